import { expectDtype, type Node } from '../graph.ts';
import { misfit, sameShape, withAxis } from '../shape.ts';
import { mul, sub } from './elementwise.ts';
import { sumTo } from './layout.ts';
import { mean } from './reduce.ts';

/**
 * (x - mean) / √(variance + epsilon) · scale + bias along the last axis, of size d (Ba, Kiros & Hinton 2016); scale
 * and bias are [d].
 */
export function layerNorm(x: Node, scale: Node, bias: Node, epsilon = 1e-5): Node {
  expectDtype('layerNorm', 'float32', x, scale, bias);
  const last = x.shape.slice(-1);
  for (const weights of [scale, bias]) {
    if (last.length === 0 || !sameShape(weights.shape, last)) {
      throw misfit(
        'layerNorm',
        [x.shape, weights.shape],
        'scale and bias must be of the size of the last axis',
      );
    }
  }
  const axis = x.shape.length - 1;
  return x.graph.apply('LayerNormalization', [x, scale, bias], {
    shape: x.shape,
    attributes: { axis: { int: axis }, epsilon: { float: epsilon } },
    vjp: (gradient, node) => {
      const centre = part(node, 1, axis);
      const inverse = part(node, 2, axis);
      const normalised = mul(sub(x, centre), inverse);
      const scaled = mul(gradient, scale);
      const along = mean(mul(scaled, normalised), axis, true);
      const forX = mul(inverse, sub(sub(scaled, mean(scaled, axis, true)), mul(normalised, along)));
      return [forX, sumTo(mul(gradient, normalised), scale.shape), sumTo(gradient, bias.shape)];
    },
  });
}

/** Output 1 (mean) or 2 (1 / standard deviation) of the operator, which it computes anyway; [.., 1]. */
function part(node: Node, index: 1 | 2, axis: number): Node {
  return node.graph.apply('Part', [node], {
    shape: withAxis(node.shape, axis, 1),
    attributes: { index: { int: index } },
  });
}
