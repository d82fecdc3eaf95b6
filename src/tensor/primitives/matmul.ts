import { expectDtype, type Node } from '../graph.ts';
import { broadcast, misfit } from '../shape.ts';
import { reshape, sumTo, swapLast } from './layout.ts';

/**
 * Matrix product [.., m, k] × [.., k, n] → [.., m, n]; the axes in front are broadcast. Both need two axes.
 *
 * The gradient of a matrix that all of a batch is multiplied with is one product over the flattened batch: a batch of
 * small products and a sum over them would take several times as long.
 */
export function matmul(a: Node, b: Node): Node {
  expectDtype('matmul', 'float32', a, b);
  const [m, k] = a.shape.slice(-2);
  const [inner, n] = b.shape.slice(-2);
  if (m === undefined || k === undefined || n === undefined || k !== inner) {
    throw misfit('matmul', [a.shape, b.shape], 'cannot be multiplied');
  }
  const batch = broadcast('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2));
  return a.graph.apply('MatMul', [a, b], {
    shape: [...batch, m, n],
    vjp: gradient => {
      const forA = sumTo(matmul(gradient, swapLast(b)), a.shape);
      const forB =
        b.shape.length === 2
          ? matmul(swapLast(reshape(a, [-1, k])), reshape(gradient, [-1, n]))
          : sumTo(matmul(swapLast(a), gradient), b.shape);
      return [forA, forB];
    },
  });
}
