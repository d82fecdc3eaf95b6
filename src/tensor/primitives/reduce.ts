import { expectDtype, type Node } from '../graph.ts';
import { axesOf, sizeOf } from '../shape.ts';
import { abs, div, mul, sign, sub } from './elementwise.ts';
import { expand, reshape, sum } from './layout.ts';

function reduce(
  op: string,
  x: Node,
  axes: number | readonly number[] | undefined,
  keep: boolean,
  vjp: (gradient: Node, result: Node, along: readonly number[]) => Node,
): Node {
  expectDtype(op, 'float32', x);
  const along = axesOf(op, x.shape, axes);
  if (along.length === 0) return x;
  const kept = x.shape.map((size, i) => (along.includes(i) ? 1 : size));
  return x.graph.apply(op, [x], {
    shape: keep ? kept : x.shape.filter((_, i) => !along.includes(i)),
    lists: [along],
    attributes: { keepdims: { int: keep ? 1 : 0 } },
    vjp: (gradient, node) => [vjp(reshape(gradient, kept), reshape(node, kept), along)],
  });
}

/** Mean along axes, all by default. The axes go, or stay with size 1 if `keep`. */
export function mean(x: Node, axes?: number | readonly number[], keep = false): Node {
  return reduce('ReduceMean', x, axes, keep, gradient =>
    expand(mul(gradient, sizeOf(gradient.shape) / sizeOf(x.shape)), x.shape),
  );
}

/** Maximum along axes, all by default. Equal maxima share the gradient. Values must be finite. */
export function max(x: Node, axes?: number | readonly number[], keep = false): Node {
  return reduce('ReduceMax', x, axes, keep, (gradient, highest, along) => {
    const chosen = sub(1, abs(sign(sub(x, highest))));
    return mul(chosen, div(gradient, sum(chosen, along, true)));
  });
}
