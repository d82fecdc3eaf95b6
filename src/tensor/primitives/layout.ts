import type { Node } from '../graph.ts';
import { axesOf, broadcast, formatShape, misfit, type Shape, sameShape, sizeOf } from '../shape.ts';

/** The same elements in another shape of the same size; one size may be -1 and follows from the others. */
export function reshape(x: Node, shape: Shape): Node {
  const known = shape.filter(size => size !== -1);
  const free = sizeOf(x.shape) / sizeOf(known);
  const target = shape.map(size => (size === -1 ? free : size));
  if (known.length < shape.length - 1 || !Number.isInteger(free) || sizeOf(target) !== sizeOf(x.shape)) {
    throw misfit('reshape', [x.shape, shape], 'not of the same size');
  }
  if (sameShape(target, x.shape)) return x;
  return x.graph.apply('Reshape', [x], {
    shape: target,
    dtype: x.dtype,
    lists: [target],
    vjp: gradient => [reshape(gradient, x.shape)],
  });
}

/** Reorders the axes: axis i of the result is axis `order[i]` of `x`. All axes reversed by default. */
export function transpose(x: Node, order: readonly number[] = x.shape.map((_, i) => i).reverse()): Node {
  if (order.length !== x.shape.length || axesOf('transpose', x.shape, order).length !== order.length) {
    throw misfit('transpose', [x.shape], `${formatShape(order)} is no order of its axes`);
  }
  if (order.every((axis, i) => axis === i)) return x;
  return x.graph.apply('Transpose', [x], {
    shape: order.map(axis => x.shape[axis]!),
    dtype: x.dtype,
    attributes: { perm: { ints: order } },
    vjp: gradient => [
      transpose(
        gradient,
        order.map((_, i) => order.indexOf(i)),
      ),
    ],
  });
}

/** Swaps the last two axes. */
export function swapLast(x: Node): Node {
  const order = x.shape.map((_, i) => i);
  if (order.length < 2) throw misfit('swapLast', [x.shape], 'needs two axes');
  return transpose(x, [...order.slice(0, -2), order.length - 1, order.length - 2]);
}

/** Repeats `x` along its axes of size 1, and new ones in front, until it has the shape. */
export function expand(x: Node, shape: Shape): Node {
  if (!sameShape(broadcast('expand', x.shape, shape), shape)) {
    throw misfit('expand', [x.shape, shape], 'does not reach the shape');
  }
  if (sameShape(x.shape, shape)) return x;
  return x.graph.apply('Expand', [x], {
    shape,
    lists: [shape],
    vjp: gradient => [sumTo(gradient, x.shape)],
  });
}

/** Sum along axes, all by default. The axes go, or stay with size 1 if `keep`. */
export function sum(x: Node, axes?: number | readonly number[], keep = false): Node {
  const along = axesOf('sum', x.shape, axes);
  if (along.length === 0) return x;
  const kept = x.shape.map((size, i) => (along.includes(i) ? 1 : size));
  return x.graph.apply('ReduceSum', [x], {
    shape: keep ? kept : x.shape.filter((_, i) => !along.includes(i)),
    lists: [along],
    attributes: { keepdims: { int: keep ? 1 : 0 } },
    vjp: gradient => [expand(reshape(gradient, kept), x.shape)],
  });
}

/** Sums over whatever broadcasting repeated: the adjoint of `expand`. */
export function sumTo(x: Node, shape: Shape): Node {
  if (sameShape(x.shape, shape)) return x;
  const added = x.shape.length - shape.length;
  const along = x.shape.flatMap((size, i) => (i < added || (shape[i - added] === 1 && size > 1) ? [i] : []));
  return reshape(sum(x, along), shape);
}
