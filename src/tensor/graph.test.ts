import { expect, test } from 'vitest';
import { QuarryError } from '../core/errors.ts';
import { gradients } from './autodiff.ts';
import { attention, graphAttention } from './composites/attention.ts';
import { conv1d, dropout } from './composites/layers.ts';
import { crossEntropy, infoNce } from './composites/losses.ts';
import { lstm } from './composites/lstm.ts';
import { maskedMean } from './composites/pooling.ts';
import { Graph, type Node } from './graph.ts';
import { add, mul, stopGradient } from './primitives/elementwise.ts';
import { gather } from './primitives/gather.ts';
import { layerNorm } from './primitives/layer-norm.ts';
import { expand, reshape, sum, transpose } from './primitives/layout.ts';
import { matmul } from './primitives/matmul.ts';
import { concat, slice } from './primitives/pieces.ts';
import { compile } from './session.ts';

const graph = new Graph();
const a = graph.input('a', [2, 3]);
const b = graph.input('b', [4, 5]);
const c = graph.input('c', [2, 3, 4]);
const ids = graph.input('ids', [2], 'int32');

test.each<[why: string, build: () => unknown, message: RegExp]>([
  ['add', () => add(a, b), /^add: \[2, 3\] and \[4, 5\]/],
  ['two numbers', () => add(1, 2), /^Add: needs a node/],
  ['matmul', () => matmul(a, b), /^matmul: \[2, 3\] and \[4, 5\]/],
  ['ids as numbers', () => mul(ids, 2), /^mul: \[2\]: needs float32, not int32/],
  ['numbers as ids', () => gather(a, b), /^gather: \[4, 5\]: needs int32/],
  ['reshape', () => reshape(a, [4, -1]), /^reshape: \[2, 3\] and \[4, -1\]/],
  ['transpose', () => transpose(a, [0, 0]), /^transpose: \[2, 3\]/],
  ['expand', () => expand(a, [4, 3]), /^expand: \[2, 3\] and \[4, 3\]/],
  ['an axis', () => sum(a, 2), /^sum: \[2, 3\]: there is no axis 2/],
  ['slice', () => slice(a, 1, 2, 4), /^slice: \[2, 3\]/],
  ['concat', () => concat([a, b], 0), /^concat: \[2, 3\] and \[4, 5\]/],
  ['nothing to concat', () => concat([], 0), /^concat: nothing/],
  ['layerNorm', () => layerNorm(a, b, b), /^layerNorm: \[2, 3\] and \[4, 5\]/],
  ['conv1d', () => conv1d(c, a), /^conv1d: \[2, 3, 4\] and \[2, 3\]/],
  ['dropout', () => dropout(a, 1), /^dropout: the rate 1/],
  ['lstm', () => lstm(c, b, { input: b, hidden: b, bias: b }), /^lstm: /],
  ['attention', () => attention(c, c, c, a, 3), /^attention: /],
  ['graphAttention', () => graphAttention(c, c, { projection: b, looking: b, seen: b }), /^graphAttention: /],
  ['maskedMean', () => maskedMean(c, b), /^maskedMean: \[2, 3, 4\] and \[4, 5\]/],
  ['crossEntropy', () => crossEntropy(a, b), /^crossEntropy: \[2, 3\] and \[4, 5\]/],
  ['infoNce', () => infoNce(b, a), /^infoNce: \[4, 5\] and \[2, 3\]/],
  ['a name twice', () => graph.input('a', [1]), /'a' is taken/],
  ['a bad name', () => graph.input('/a', [1]), /cannot be a name/],
  ['an empty axis', () => graph.input('empty', [0]), /^input 'empty': \[0\]/],
  ['a constant', () => graph.constant(Float32Array.of(1), [2]), /^constant: 1 values for the shape \[2\]/],
  ['a second graph', () => add(a, new Graph().input('a', [2, 3])), /different graphs/],
  ['a loss that is no scalar', () => gradients(a, []), /^gradients: \[2, 3\]/],
  ['a gradient for a constant', () => gradients(sum(a), [graph.scalar(1)]), /is no float32 input/],
])('says what is wrong with %s', (_, build, message) => {
  expect(build).toThrow(QuarryError);
  expect(build).toThrow(message);
});

test('a parameter is one node, with one shape', () => {
  const own = new Graph();
  expect(own.parameter('w', [2])).toBe(own.parameter('w', [2]));
  expect(() => own.parameter('w', [3])).toThrow(/^parameter: \[2\] and \[3\]/);
});

async function gradientAt(build: (x: Node) => Node, at: number): Promise<number> {
  const own = new Graph();
  const x = own.input('x', []);
  const [gradient] = gradients(build(x), [x]);
  const program = await compile({ gradient: gradient!.dense! });
  return Number((await program.run({ x: Float32Array.of(at) }))['gradient']!.data[0]);
}

test('no gradient flows through stopGradient', async () => {
  expect(await gradientAt(x => mul(x, stopGradient(x)), 3)).toBe(3);
  expect(await gradientAt(x => mul(x, x), 3)).toBe(6);
});

test('what the loss does not depend on has no gradient', () => {
  const own = new Graph();
  const [x, y] = [own.input('x', []), own.input('y', [])];
  expect(gradients(mul(x, x), [y])).toEqual([{ of: y, dense: undefined, rows: [] }]);
});
