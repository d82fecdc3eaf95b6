import { QuarryError } from '../core/errors.ts';
import { type Node, reachable } from './graph.ts';
import { formatShape, type Shape, sameShape } from './shape.ts';

/** Values for the sizes that are to be free: unlikely to be a size of the model by chance, and never each other's. */
const PROBES = [
  [29, 41],
  [31, 43],
  [37, 47],
] as const;

/** ONNX reads the end of a slice beyond the end of the axis as the end of the axis. */
const END = 2 ** 31 - 1;

/** How a graph is to be written so that some of its sizes are free; given to `emitModel`. */
export interface FreeSizes {
  readonly outputs: Readonly<Record<string, Node>>;
  /** In place of `node.lists`. */
  readonly listsOf: (node: Node) => ReadonlyArray<readonly number[]>;
  /** In place of `node.shape`: free sizes are names, those that follow from several of them are `?`. */
  readonly shapeOf: (node: Node) => ReadonlyArray<number | string>;
}

/**
 * Finds out what of a graph depends on the sizes named (at most three): `build` is called twice with different ones,
 * and the shapes that operators are told are compared. Most can be said without the sizes – "as in the input", "what
 * is left", "up to the end". What cannot – a parameter of such a size, a constant, more than one unknown – is
 * a `QuarryError` ('usage') that names the operator.
 */
export function freeSizes(
  build: (sizes: Readonly<Record<string, number>>) => Readonly<Record<string, Node>>,
  names: readonly string[],
): FreeSizes {
  if (names.length > PROBES.length) throw new QuarryError('usage', 'export: at most three sizes can be free');
  const probe = (i: 0 | 1) => build(Object.fromEntries(names.map((name, at) => [name, PROBES[at]![i]])));
  const [outputs, others] = [probe(0), probe(1)];
  const [order, other] = [reachable(Object.values(outputs)), reachable(Object.values(others))];
  const twins = new Map<Node, Node>(order.map((node, i) => [node, other[i] ?? node]));
  const lists = new Map<Node, ReadonlyArray<readonly number[]>>();
  for (const node of order) {
    const twin = twins.get(node)!;
    const alike =
      node.op === twin.op &&
      order.length === other.length &&
      node.inputs.every((input, i) => twins.get(input) === twin.inputs[i]);
    if (!alike)
      throw new QuarryError('usage', `export: the graph is another one for other sizes, at ${node.op}`);
    checkLeaf(node, twin);
    lists.set(node, freed(node, twin));
  }
  return {
    outputs,
    listsOf: node => lists.get(node)!,
    shapeOf: node =>
      node.shape.map((size, i) => {
        const twin = twins.get(node)!.shape[i];
        if (size === twin) return size;
        return names.find((_, at) => PROBES[at]![0] === size && PROBES[at]![1] === twin) ?? '?';
      }),
  };
}

function checkLeaf(node: Node, twin: Node): void {
  if (node.op !== 'Parameter' && node.op !== 'Constant') return;
  if (
    sameShape(node.shape, twin.shape) &&
    (node.data ?? []).every((value, i) => Object.is(value, twin.data![i]))
  )
    return;
  throw cannot(node, node.shape, twin.shape);
}

/** The lists of a node in a form that holds for both sizes. */
function freed(node: Node, twin: Node): ReadonlyArray<readonly number[]> {
  if (node.lists.every((list, i) => sameShape(list, twin.lists[i]!))) return node.lists;
  const [input] = node.inputs;
  const [given, otherGiven] = [input!.shape, twin.inputs[0]!.shape];
  const [list, otherList] = [node.lists[0]!, twin.lists[0]!];
  if (node.op === 'Reshape') {
    const target = list.map((size, i) => {
      if (size === otherList[i]) return size;
      return given[i] === size && otherGiven[i] === otherList[i] ? 0 : -1;
    });
    if (target.filter(size => size === -1).length <= 1) return [target];
  }
  if (node.op === 'Slice') {
    const [[start], [end], [axis]] = node.lists as [number[], number[], [number]];
    const [[otherStart], [otherEnd]] = twin.lists as [number[], number[]];
    const [size, otherSize] = [given[axis]!, otherGiven[axis]!];
    const from = place(start!, otherStart!, size, otherSize);
    const to = place(end!, otherEnd!, size, otherSize);
    if (from !== undefined && to !== undefined) return [[from], [to], [axis]];
  }
  throw cannot(node, list, otherList);
}

/** A place on an axis, counted from its start or, as a negative number, from its end. */
function place(at: number, other: number, size: number, otherSize: number): number | undefined {
  if (at === other) return at;
  if (at - size !== other - otherSize) return undefined;
  return at === size ? END : at - size;
}

function cannot(node: Node, a: Shape, b: Shape): QuarryError {
  const name = node.name ? `${node.op} '${node.name}'` : node.op;
  return new QuarryError(
    'usage',
    `export: ${name}: ${formatShape(a)} and ${formatShape(b)}: cannot follow a size that is free`,
  );
}
