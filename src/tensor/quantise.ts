import { bytesOf, type Emitter, type Rewrite, weightOf } from './emit.ts';
import type { Node } from './graph.ts';
import type { Weights } from './initialise.ts';
import { DATA_TYPE } from './onnx.ts';

export interface QuantiseOptions {
  /**
   * Bits of the weights of matrix products, 7 or 8; default 7. Processors without VNNI add pairs of 8-bit products in
   * 16 bits, which overflow: with 7 bits they cannot.
   */
  readonly bits?: 7 | 8;
}

/**
 * Rewrites what reads weights to int8 (dynamic quantisation: activations are measured at every run).
 *
 * - A product with a weight [k, n]: the activations become uint8 with one scale for the whole tensor, the weight int8
 *   with a scale for each of its n columns; the runtime joins the five operators into one.
 * - Rows of a table: int8 with a scale for each row, as frequent words have shorter vectors than rare ones.
 *
 * Everything else – attention, norms, biases – stays float32.
 */
export function quantiser(weights: Weights, options: QuantiseOptions = {}): Rewrite {
  const limit = 2 ** ((options.bits ?? 7) - 1) - 1;
  const activations = new Map<Node, [values: string, scale: string, zero: string]>();
  const made = new Map<Node, [values: string, scales: string]>();

  const quantised = (node: Node, byRow: boolean, to: Emitter): [values: string, scales: string] => {
    const known = made.get(node);
    if (known) return known;
    const [height, width] = node.shape as [number, number];
    const { values, scales } = quantiseMatrix(weightOf(node, weights), width, byRow ? 127 : limit, byRow);
    const names: [string, string] = [
      to.initializer(to.fresh(), 'int8', node.shape, bytesOf(values)),
      to.initializer(to.fresh(), 'float32', byRow ? [height, 1] : [width], bytesOf(scales)),
    ];
    made.set(node, names);
    return names;
  };

  return (node, nameOf, output, to) => {
    const [first, second] = node.inputs;
    if (node.op === 'Gather' && first?.op === 'Parameter') {
      const [values, scales] = quantised(first, true, to);
      const axis = { axis: { int: 0 } };
      const rows = to.node('Gather', [values, nameOf(second!)], axis);
      const floats = to.node('Cast', [rows], { to: { int: DATA_TYPE.float32 } });
      to.node('Mul', [floats, to.node('Gather', [scales, nameOf(second!)], axis)], {}, output);
      return true;
    }
    if (node.op !== 'MatMul' || second?.op !== 'Parameter' || second.shape.length !== 2) return false;
    const [values, scales] = quantised(second, false, to);
    let measured = activations.get(first!);
    if (!measured) {
      measured = [to.fresh(), to.fresh(), to.fresh()];
      to.nodes.push({ op: 'DynamicQuantizeLinear', inputs: [nameOf(first!)], outputs: measured });
      activations.set(first!, measured);
    }
    const [whole, scale, zero] = measured;
    const product = to.node('MatMulInteger', [whole, values, zero]);
    const floats = to.node('Cast', [product], { to: { int: DATA_TYPE.float32 } });
    to.node('Mul', [floats, to.node('Mul', [scale, scales])], {}, output);
    return true;
  };
}

/**
 * A matrix of rows of `width` as whole numbers from -limit to limit (at most 127) and a scale for each row or column:
 * value ≈ whole number · scale, off by at most half a scale.
 */
export function quantiseMatrix(
  data: Float32Array,
  width: number,
  limit: number,
  byRow: boolean,
): { values: Int8Array; scales: Float32Array } {
  const scales = new Float32Array(byRow ? data.length / width : width);
  const placeOf = (i: number): number => (byRow ? Math.floor(i / width) : i % width);
  for (let i = 0; i < data.length; i++) {
    const place = placeOf(i);
    scales[place] = Math.max(scales[place]!, Math.abs(data[i]!) / limit);
  }
  const values = new Int8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const scale = scales[placeOf(i)]!;
    // The scale was rounded to float32: a quotient can lie a trifle above the limit.
    if (scale > 0) values[i] = Math.max(-limit, Math.min(limit, Math.round(data[i]! / scale)));
  }
  return { values, scales };
}
