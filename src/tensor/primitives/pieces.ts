import { QuarryError } from '../../core/errors.ts';
import { expectDtype, type Node } from '../graph.ts';
import { axisOf, misfit, sameShape, withAxis } from '../shape.ts';

/** The part of `x` from `start` (inclusive) to `end` (exclusive) along one axis; both counted from 0. */
export function slice(x: Node, axis: number, start: number, end: number): Node {
  const along = axisOf('slice', x.shape, axis);
  const size = x.shape[along]!;
  if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end > size || start >= end) {
    throw misfit('slice', [x.shape], `there is no part ${start} to ${end} of axis ${along}`);
  }
  if (end - start === size) return x;
  return x.graph.apply('Slice', [x], {
    shape: withAxis(x.shape, along, end - start),
    dtype: x.dtype,
    lists: [[start], [end], [along]],
    vjp: gradient => [pad(gradient, along, start, size - end)],
  });
}

/** `x` with `before` and `after` zeros added at the ends of one axis. */
export function pad(x: Node, axis: number, before: number, after: number): Node {
  const along = axisOf('pad', x.shape, axis);
  if (before < 0 || after < 0) throw misfit('pad', [x.shape], 'cannot add fewer than 0 zeros');
  if (before + after === 0) return x;
  const size = x.shape[along]!;
  const ends = [before, after].flatMap(count => x.shape.map((_, i) => (i === along ? count : 0)));
  expectDtype('pad', 'float32', x);
  return x.graph.apply('Pad', [x], {
    shape: withAxis(x.shape, along, size + before + after),
    lists: [ends],
    vjp: gradient => [slice(gradient, along, before, before + size)],
  });
}

/** Where a node that `pad` made has its zeros; undefined for another node. */
export function paddingOf(x: Node): { axis: number; before: number; after: number } | undefined {
  if (x.op !== 'Pad') return undefined;
  const ends = x.lists[0]!;
  const axis = ends.findIndex(count => count > 0) % x.shape.length;
  return { axis, before: ends[axis]!, after: ends[axis + x.shape.length]! };
}

/** Nodes of the same type, one after the other along an axis; the other axes must be equal. */
export function concat(nodes: readonly Node[], axis: number): Node {
  const [first] = nodes;
  if (!first) throw new QuarryError('usage', 'concat: nothing given');
  if (nodes.length === 1) return first;
  const along = axisOf('concat', first.shape, axis);
  for (const node of nodes) {
    if (
      node.dtype !== first.dtype ||
      node.shape.length !== first.shape.length ||
      !sameShape(withAxis(node.shape, along, 1), withAxis(first.shape, along, 1))
    ) {
      throw misfit('concat', [first.shape, node.shape], `do not fit along axis ${along}`);
    }
  }
  const sizes = nodes.map(node => node.shape[along]!);
  return first.graph.apply('Concat', nodes, {
    shape: withAxis(
      first.shape,
      along,
      sizes.reduce((a, b) => a + b),
    ),
    dtype: first.dtype,
    attributes: { axis: { int: along } },
    vjp: gradient => {
      let start = 0;
      return sizes.map(size => slice(gradient, along, start, (start += size)));
    },
  });
}
