import { expectDtype, type Node } from '../graph.ts';
import { axisOf } from '../shape.ts';
import { mul, sub } from './elementwise.ts';
import { sum } from './layout.ts';

/** exp(x) / Σ exp(x) along one axis, safe for large values. Masks are added before, as large negative numbers. */
export function softmax(x: Node, axis = -1): Node {
  expectDtype('softmax', 'float32', x);
  const along = axisOf('softmax', x.shape, axis);
  return x.graph.apply('Softmax', [x], {
    shape: x.shape,
    attributes: { axis: { int: along } },
    vjp: (gradient, y) => [mul(y, sub(gradient, sum(mul(gradient, y), along, true)))],
  });
}
