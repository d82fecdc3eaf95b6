import { QuarryError } from '../../core/errors.ts';
import type { Node } from '../graph.ts';
import { add, mul } from '../primitives/elementwise.ts';
import { matmul } from '../primitives/matmul.ts';
import { concat, pad, slice } from '../primitives/pieces.ts';
import { misfit } from '../shape.ts';

/** x · weight + bias: [.., in] with [in, out] and [out] → [.., out]. */
export function linear(x: Node, weight: Node, bias?: Node): Node {
  const product = matmul(x, weight);
  return bias ? add(product, bias) : product;
}

/**
 * Sets a share `rate` of the elements to 0 and scales the others by 1 / (1 - rate) (Srivastava et al. 2014). The mask
 * is an input of the graph, fed by `DropoutMasks`: a run has no hidden state, so it can be repeated. For a graph
 * without dropout the rate is 0.
 */
export function dropout(x: Node, rate: number): Node {
  if (!(rate >= 0 && rate < 1)) throw new QuarryError('usage', `dropout: the rate ${rate} is not in [0, 1)`);
  return rate === 0 ? x : mul(x, x.graph.mask(x.shape, rate));
}

/**
 * Convolution over time that keeps the length: x [n, t, in], weight [width · in, out] (row `k · in + c` belongs to
 * channel c of the k-th neighbour), bias [out] → [n, t, out]. Zeros are assumed beyond the ends, for even widths one
 * more behind; padded positions inside have to be 0.
 */
export function conv1d(x: Node, weight: Node, bias?: Node): Node {
  const [, length, channels] = x.shape;
  const [rows] = weight.shape;
  if (length === undefined || channels === undefined || rows === undefined || rows % channels !== 0) {
    throw misfit('conv1d', [x.shape, weight.shape], 'needs [n, t, in] and [width · in, out]');
  }
  const width = rows / channels;
  const padded = pad(x, 1, Math.floor((width - 1) / 2), Math.ceil((width - 1) / 2));
  const neighbours = Array.from({ length: width }, (_, k) => slice(padded, 1, k, k + length));
  return linear(concat(neighbours, 2), weight, bias);
}
