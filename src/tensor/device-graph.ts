import { QuarryError } from '../core/errors.ts';
import { type Gradient, gradients } from './autodiff.ts';
import { type Node, reachable } from './graph.ts';
import type { Weights } from './initialise.ts';
import type { AdamWOptions } from './optimizer.ts';
import { add, div, mul, relu, sign, sqrt, sub } from './primitives/elementwise.ts';
import { expand, reshape, sum } from './primitives/layout.ts';
import { concat } from './primitives/pieces.ts';
import type { Shape } from './shape.ts';

/** Scalars that a run of a whole step is fed, beside the inputs of the loss, the weights and their moments. */
export const SCALARS = {
  /** rate / (1 - β₁ᵗ) */
  size: 'adam:size',
  /** 1 / (1 - β₂ᵗ) */
  unbiased: 'adam:unbiased',
  /** rate · λ */
  decay: 'adam:decay',
} as const;

/** Names of a weight's moments, as in the optimizer's state; the same with `next:` before are what a step makes. */
export const meanOf = (name: string): string => `mean/${name}`;
export const squareOf = (name: string): string => `square/${name}`;
export const nextOf = (name: string): string => `next:${name}`;

export interface WholeStep {
  /** `step:loss` and `step:norm`, scalars, and `next:…` for each trained weight and its moments. */
  readonly outputs: Record<string, Node>;
  /** Parameters that the loss depends on. */
  readonly parameters: readonly Node[];
  /** Of these, those that get an update. */
  readonly trained: readonly string[];
  /** Of these, the tables whose gradient is of rows only. */
  readonly tables: readonly string[];
}

/**
 * A whole step as one graph: loss, gradients, clipping to a common norm and the update of `AdamW`, by the same
 * formulas, so that nothing but the batch and three numbers has to be brought to a device, and nothing but two numbers
 * back.
 *
 * Rows of a table are added up by `ScatterElements`, which is exact on one thread of the CPU and was on WebGPU, where
 * only the order of the additions varies. A row that no id names keeps its place, as in `AdamW`; its moments and its
 * weights decay at once, though, not when they are next named. The loss sees the rows decayed, that is, while
 * `AdamW` is one decay behind: with the usual rates, 1e-5 of a row for a step that it was not named in.
 */
export function wholeStep(
  loss: Node,
  weights: Weights,
  options: { optimizer: Required<AdamWOptions>; clip: number; frozen: readonly string[] },
): WholeStep {
  const { optimizer, clip, frozen } = options;
  const parameters = reachable([loss]).filter(node => node.op === 'Parameter');
  const wanted = parameters.filter(({ name }) => !frozen.includes(name!));
  const found = gradients(loss, wanted).filter(({ dense, rows }) => dense || rows.length > 0);
  if (found.length === 0) throw new QuarryError('usage', 'the loss depends on no parameter that is trained');
  const { graph } = loss;
  const [size, unbiased, decay] = [SCALARS.size, SCALARS.unbiased, SCALARS.decay].map(name =>
    graph.input(name, []),
  );
  const sums = found.map(addedUp);
  const squares = sums.map(gradient => sum(mul(gradient, gradient)));
  const norm = sqrt(squares.reduce((a, b) => add(a, b)));
  // clip / max(norm, clip): exactly 1 for a norm below.
  const scale = Number.isFinite(clip) ? div(clip, add(relu(sub(norm, clip)), clip)) : undefined;
  const outputs: Record<string, Node> = { 'step:loss': loss, 'step:norm': norm };
  const { beta1, beta2, epsilon } = optimizer;
  for (const [i, { of: weight, dense, rows }] of found.entries()) {
    const name = weight.name!;
    const gradient = scale ? mul(sums[i]!, scale) : sums[i]!;
    const [mean, square] = [
      graph.input(meanOf(name), weight.shape),
      graph.input(squareOf(name), weight.shape),
    ];
    const nextMean = add(mul(mean, beta1), mul(gradient, 1 - beta1));
    const nextSquare = add(mul(square, beta2), mul(mul(gradient, gradient), 1 - beta2));
    const drift = div(mul(nextMean, size!), add(sqrt(mul(nextSquare, unbiased!)), epsilon));
    const moved = dense ? drift : mul(drift, named(weight, rows));
    // What is lost is subtracted, not multiplied with 1 - rate · λ: the rounding of that number would be a bias.
    const decays = optimizer.decays(name, weights.get(name)!);
    const lost = decays ? add(moved, mul(weight, decay!)) : moved;
    outputs[nextOf(name)] = sub(weight, lost);
    outputs[nextOf(meanOf(name))] = nextMean;
    outputs[nextOf(squareOf(name))] = nextSquare;
  }
  return {
    outputs,
    parameters,
    trained: found.map(({ of }) => of.name!),
    tables: found.filter(({ dense }) => !dense).map(({ of }) => of.name!),
  };
}

/** A gradient in the shape of its weight. */
function addedUp({ of, dense, rows }: Gradient): Node {
  if (rows.length === 0) return dense!;
  const [height, d] = of.shape as [number, number];
  const values = concat(
    rows.map(part => reshape(part.values, [-1, d])),
    0,
  );
  const summed = scatterAdd(idsOf(rows), values, [height, d]);
  return dense ? add(dense, summed) : summed;
}

/** 1 for the rows that ids name, 0 for the others: [height, 1]. */
function named(table: Node, rows: Gradient['rows']): Node {
  const ids = idsOf(rows);
  const ones = expand(table.graph.scalar(1), [ids.shape[0]!, 1]);
  return sign(scatterAdd(ids, ones, [table.shape[0]!, 1]));
}

function idsOf(rows: Gradient['rows']): Node {
  return concat(
    rows.map(({ ids }) => reshape(ids, [-1, 1])),
    0,
  );
}

/** Adds row i of `values` [n, d] to row `ids[i]` ([n, 1]) of zeros of the shape; int32 ids that may repeat. */
function scatterAdd(ids: Node, values: Node, shape: Shape): Node {
  const zeros = expand(ids.graph.scalar(0), shape);
  const places = ids.graph.apply('Expand', [ids], {
    shape: values.shape,
    dtype: 'int32',
    lists: [values.shape],
  });
  return ids.graph.apply('ScatterElements', [zeros, places, values], {
    shape,
    attributes: { axis: { int: 0 }, reduction: { string: 'add' } },
  });
}
