import { expect } from 'vitest';
import { Random } from '../core/random.ts';
import { gradients } from './autodiff.ts';
import { Graph, type Node } from './graph.ts';
import { mul } from './primitives/elementwise.ts';
import { sum } from './primitives/layout.ts';
import { type Plain, plain } from './reference.testing.ts';
import { compile, type Elements } from './session.ts';
import { type Shape, sizeOf } from './shape.ts';

/** What the values of an input are drawn from; ids are below the number, masks are 0 and 1 and begin with a 1. */
type Kind = 'signed' | 'positive' | 'spaced' | 'mask' | { ids: number };

export interface OpCase {
  readonly name: string;
  readonly inputs: ReadonlyArray<readonly [shape: Shape, kind?: Kind]>;
  readonly build: (...inputs: Node[]) => Node;
  readonly expected: (...inputs: Plain[]) => Plain;
  /** Whether the operator has a gradient; default true. */
  readonly smooth?: boolean;
}

/** Half the distance of the points of a difference. `spaced` values are more than two of these away from 0. */
const H = 0.01;

function values(shape: Shape, kind: Kind, random: Random): Float32Array | Int32Array {
  const n = sizeOf(shape);
  const draw = (f: (i: number) => number) => Float32Array.from({ length: n }, (_, i) => f(i));
  if (typeof kind === 'object') return Int32Array.from({ length: n }, () => random.below(kind.ids));
  if (kind === 'signed') return draw(() => 2 * random.next() - 1);
  if (kind === 'positive') return draw(() => 0.5 + random.next());
  const width = shape.at(-1) ?? 1;
  if (kind === 'mask') return draw(i => (i % width === 0 ? 1 : random.below(2)));
  const order = random.shuffled(Array.from({ length: n }, (_, i) => i));
  return draw(i => (order[i]! - Math.floor(n / 2) + 0.25) * 0.1);
}

/**
 * Holds an operator against a plain reference, its gradients against finite differences (central, extrapolated after
 * Richardson, so that the steps can be large enough for float32), and four runs on two threads against each other.
 */
export async function checkOp({ inputs, build, expected, smooth = true }: OpCase): Promise<void> {
  const random = new Random(17);
  const graph = new Graph();
  const nodes = inputs.map(([shape, kind], i) =>
    graph.input(`x${i}`, shape, typeof kind === 'object' ? 'int32' : 'float32'),
  );
  const feeds: Record<string, Elements> = {};
  for (const [i, [shape, kind = 'signed']] of inputs.entries()) feeds[`x${i}`] = values(shape, kind, random);
  const y = build(...nodes);

  const reference = expected(...inputs.map(([shape], i) => plain(shape, feeds[`x${i}`] as Float32Array)));
  const forward = await compile({ y });
  const run = async () => (await forward.run(used(forward.inputs, feeds)))['y']!;
  const result = await run();
  expect([...result.shape]).toEqual([...reference.shape]);
  expectClose(result.data as Float32Array, reference.data, 1e-5);
  if (!smooth) return;

  const weights = Float32Array.from({ length: sizeOf(y.shape) }, () => 2 * random.next() - 1);
  const loss = sum(mul(y, graph.constant(weights, y.shape)));
  const leaves = nodes.filter((_, i) => inputs[i]![1] !== 'mask' && typeof inputs[i]![1] !== 'object');
  const outputs: Record<string, Node> = { y };
  const found = gradients(loss, leaves);
  for (const { of, dense, rows } of found) {
    if (dense) outputs[`dense ${of.name}`] = dense;
    for (const [i, { ids, values }] of rows.entries()) {
      outputs[`ids${i} ${of.name}`] = ids;
      outputs[`rows${i} ${of.name}`] = values;
    }
  }
  const backward = await compile(outputs, { threads: 2 });
  const both = await backward.run(used(backward.inputs, feeds));
  for (let again = 0; again < 3; again++) {
    const same = await backward.run(used(backward.inputs, feeds));
    for (const name of Object.keys(outputs)) expect(same[name]!.data).toEqual(both[name]!.data);
  }

  const value = async () => {
    const { data } = await run();
    return weights.reduce((all, weight, i) => all + weight * Number(data[i]), 0);
  };
  for (const leaf of leaves) {
    const x = feeds[leaf.name!] as Float32Array;
    const numeric: number[] = [];
    for (let i = 0; i < x.length; i++) {
      const kept = x[i]!;
      const slopeOver = async (h: number) => {
        const [up, down] = [Math.fround(kept + h), Math.fround(kept - h)];
        x[i] = up;
        const above = await value();
        x[i] = down;
        const below = await value();
        x[i] = kept;
        return (above - below) / (up - down);
      };
      numeric.push((4 * (await slopeOver(H)) - (await slopeOver(2 * H))) / 3);
    }
    expectClose(gradientOf(leaf, both), numeric, 1e-3);
  }
  await forward.close();
  await backward.close();
}

/** The gradient of a leaf as one array, rows added up. */
function gradientOf(leaf: Node, results: Record<string, { data: Elements }>): Float32Array {
  const dense = Float32Array.from(
    (results[`dense ${leaf.name}`]?.data as Float32Array | undefined) ?? new Float32Array(sizeOf(leaf.shape)),
  );
  const d = leaf.shape.at(-1) ?? 1;
  for (let part = 0; results[`ids${part} ${leaf.name}`]; part++) {
    const ids = results[`ids${part} ${leaf.name}`]!.data as Int32Array;
    const rows = results[`rows${part} ${leaf.name}`]!.data as Float32Array;
    for (let i = 0; i < ids.length; i++) {
      for (let j = 0; j < d; j++) dense[ids[i]! * d + j]! += rows[i * d + j]!;
    }
  }
  return dense;
}

function used(
  inputs: ReadonlyArray<{ name: string }>,
  feeds: Record<string, Elements>,
): Record<string, Elements> {
  return Object.fromEntries(inputs.map(({ name }) => [name, feeds[name]!]));
}

/** Differences of at most `tolerance`, relative to the values above 1. */
export function expectClose(found: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  expect(found.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++) {
    const allowed = tolerance * Math.max(1, Math.abs(wanted[i]!));
    if (!(Math.abs(found[i]! - wanted[i]!) <= allowed)) {
      expect.fail(`element ${i}: ${found[i]} instead of ${wanted[i]} (± ${allowed})`);
    }
  }
}
