import { test } from 'vitest';
import { checkOp, type OpCase } from '../op-check.testing.ts';
import {
  along,
  erfOf,
  fill,
  get,
  logistic,
  map,
  plain,
  product,
  softmaxOf,
  zip,
} from '../reference.testing.ts';
import * as e from './elementwise.ts';
import { gather, oneHot } from './gather.ts';
import { layerNorm } from './layer-norm.ts';
import { expand, reshape, sum, swapLast, transpose } from './layout.ts';
import { matmul } from './matmul.ts';
import { concat, pad, slice } from './pieces.ts';
import { max, mean } from './reduce.ts';
import { softmax } from './softmax.ts';

const pairs = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [
    [4, 1, 3],
    [2, 1],
  ],
  [[], [2, 2]],
  [[5], []],
] as const;

const binaries: OpCase[] = pairs.flatMap(([a, b]): OpCase[] => {
  const sizes = `[${a.join()}] [${b.join()}]`;
  return [
    {
      name: `add ${sizes}`,
      inputs: [[a], [b]],
      build: e.add,
      expected: (x, y) => zip(x, y, (p, q) => p + q),
    },
    {
      name: `sub ${sizes}`,
      inputs: [[a], [b]],
      build: e.sub,
      expected: (x, y) => zip(x, y, (p, q) => p - q),
    },
    {
      name: `mul ${sizes}`,
      inputs: [[a], [b]],
      build: e.mul,
      expected: (x, y) => zip(x, y, (p, q) => p * q),
    },
    {
      name: `div ${sizes}`,
      inputs: [[a], [b, 'positive']],
      build: e.div,
      expected: (x, y) => zip(x, y, (p, q) => p / q),
    },
  ];
});

const phi = (x: number) => 0.5 * (1 + erfOf(x / Math.SQRT2));

const unaries: OpCase[] = [
  { name: 'neg', inputs: [[[2, 3]]], build: e.neg, expected: x => map(x, v => -v) },
  { name: 'exp', inputs: [[[2, 3]]], build: e.exp, expected: x => map(x, Math.exp) },
  { name: 'log', inputs: [[[2, 3], 'positive']], build: e.log, expected: x => map(x, Math.log) },
  { name: 'sqrt', inputs: [[[2, 3], 'positive']], build: e.sqrt, expected: x => map(x, Math.sqrt) },
  { name: 'tanh', inputs: [[[2, 3]]], build: e.tanh, expected: x => map(x, Math.tanh) },
  { name: 'sigmoid', inputs: [[[7]]], build: e.sigmoid, expected: x => map(x, logistic) },
  {
    name: 'sign',
    inputs: [[[2, 3], 'spaced']],
    build: e.sign,
    expected: x => map(x, Math.sign),
    smooth: false,
  },
  { name: 'abs', inputs: [[[2, 3], 'spaced']], build: e.abs, expected: x => map(x, Math.abs) },
  { name: 'relu', inputs: [[[4, 3], 'spaced']], build: e.relu, expected: x => map(x, v => Math.max(0, v)) },
  {
    name: 'leakyRelu',
    inputs: [[[4, 3], 'spaced']],
    build: x => e.leakyRelu(x, 0.3),
    expected: x => map(x, v => (v > 0 ? v : 0.3 * v)),
  },
  { name: 'erf', inputs: [[[2, 5]]], build: e.erf, expected: x => map(x, erfOf) },
  { name: 'gelu', inputs: [[[40], 'spaced']], build: e.gelu, expected: x => map(x, v => v * phi(v)) },
  {
    name: 'numbers as operands',
    inputs: [[[3], 'positive']],
    build: x => e.div(2, e.sub(e.mul(3, x), -1)),
    expected: x => map(x, v => 2 / (3 * v + 1)),
  },
];

const layouts: OpCase[] = [
  {
    name: 'reshape',
    inputs: [[[2, 6]]],
    build: x => reshape(x, [3, -1, 2]),
    expected: x => plain([3, 2, 2], x.data),
  },
  {
    name: 'transpose',
    inputs: [[[2, 3, 4]]],
    build: x => transpose(x, [2, 0, 1]),
    expected: x => fill([4, 2, 3], (i, j, k) => get(x, j, k, i)),
  },
  {
    name: 'swapLast',
    inputs: [[[2, 3, 4]]],
    build: swapLast,
    expected: x => fill([2, 4, 3], (i, j, k) => get(x, i, k, j)),
  },
  {
    name: 'expand',
    inputs: [[[3, 1]]],
    build: x => expand(x, [2, 3, 4]),
    expected: x => fill([2, 3, 4], (...at) => get(x, ...at)),
  },
  {
    name: 'expand as an operand',
    inputs: [[[3, 1]], [[2, 3, 4]]],
    build: (x, y) => e.mul(expand(x, [2, 3, 4]), y),
    expected: (x, y) => zip(x, y, (a, b) => a * b),
  },
  {
    name: 'slice',
    inputs: [[[3, 5]]],
    build: x => slice(x, 1, 1, 4),
    expected: x => fill([3, 3], (i, j) => get(x, i, j + 1)),
  },
  {
    name: 'pad',
    inputs: [[[2, 3]]],
    build: x => pad(x, -1, 1, 2),
    expected: x => fill([2, 6], (i, j) => (j > 0 && j < 4 ? get(x, i, j - 1) : 0)),
  },
  {
    name: 'concat',
    inputs: [[[2, 1]], [[2, 3]]],
    build: (a, b) => concat([a, b, a], 1),
    expected: (a, b) => fill([2, 5], (i, j) => (j > 0 && j < 4 ? get(b, i, j - 1) : get(a, i, 0))),
  },
  {
    name: 'slices with gaps and overlaps',
    inputs: [[[6, 2]]],
    build: x =>
      e.add(
        e.mul(slice(x, 0, 1, 3), slice(x, 0, 4, 6)),
        e.mul(slice(x, 0, 2, 4), slice(x, 1, 0, 1).graph.scalar(2)),
      ),
    expected: x => fill([2, 2], (i, j) => get(x, i + 1, j) * get(x, i + 4, j) + 2 * get(x, i + 2, j)),
  },
];

const reductions: OpCase[] = [
  {
    name: 'sum of all',
    inputs: [[[2, 3]]],
    build: x => sum(x),
    expected: x => plain([], [x.data.reduce((a, b) => a + b)]),
  },
  {
    name: 'sum along two axes',
    inputs: [[[2, 3, 4]]],
    build: x => sum(x, [0, 2]),
    expected: x => plain([3], along(along(x, 0, added), 2, added).data),
  },
  { name: 'sum, kept', inputs: [[[2, 3]]], build: x => sum(x, -1, true), expected: x => along(x, 1, added) },
  {
    name: 'mean',
    inputs: [[[2, 3, 4]]],
    build: x => mean(x, 1),
    expected: x => plain([2, 4], along(x, 1, values => added(values) / 3).data),
  },
  {
    name: 'max',
    inputs: [[[3, 4], 'spaced']],
    build: x => max(x, 1),
    expected: x => plain([3], along(x, 1, values => Math.max(...values)).data),
  },
  {
    name: 'max of all, kept',
    inputs: [[[2, 3], 'spaced']],
    build: x => max(x, [0, 1], true),
    expected: x => plain([1, 1], [Math.max(...x.data)]),
  },
  {
    name: 'softmax',
    inputs: [[[3, 4]]],
    build: x => softmax(x),
    expected: x =>
      plain(
        [3, 4],
        [0, 1, 2].flatMap(i => softmaxOf(x.data.slice(4 * i, 4 * i + 4))),
      ),
  },
  {
    name: 'softmax along the first axis',
    inputs: [[[3, 2]]],
    build: x => softmax(x, 0),
    expected: x => fill([3, 2], (i, j) => softmaxOf([0, 1, 2].map(k => get(x, k, j)))[i]!),
  },
];

const products: OpCase[] = (
  [
    [
      [2, 3],
      [3, 4],
    ],
    [
      [5, 2, 3],
      [3, 4],
    ],
    [
      [2, 2, 2, 3],
      [3, 2],
    ],
    [
      [4, 2, 3],
      [4, 3, 2],
    ],
    [
      [2, 1, 2, 3],
      [3, 3, 2],
    ],
    [
      [2, 3],
      [4, 3, 1],
    ],
  ] as const
).map(([a, b]) => ({
  name: `matmul [${a.join()}] [${b.join()}]`,
  inputs: [[a], [b]],
  build: matmul,
  expected: product,
}));

const others: OpCase[] = [
  {
    name: 'layerNorm',
    inputs: [[[2, 3, 5]], [[5]], [[5]]],
    build: (x, scale, bias) => layerNorm(x, scale, bias),
    expected: (x, scale, bias) => {
      const centred = zip(
        x,
        along(x, 2, values => added(values) / 5),
        (a, b) => a - b,
      );
      const variance = along(centred, 2, values => added(values.map(v => v * v)) / 5);
      const normal = zip(centred, variance, (a, b) => a / Math.sqrt(b + 1e-5));
      return zip(
        zip(normal, scale, (a, b) => a * b),
        bias,
        (a, b) => a + b,
      );
    },
  },
  {
    name: 'gather',
    inputs: [[[5, 3]], [[2, 4], { ids: 5 }]],
    build: gather,
    expected: (table, ids) => fill([2, 4, 3], (i, j, k) => get(table, get(ids, i, j), k)),
  },
  {
    name: 'gather twice and a dense use of the table',
    inputs: [[[4, 2]], [[6], { ids: 4 }], [[3], { ids: 4 }]],
    build: (table, a, b) => e.add(e.mul(sum(gather(table, a)), sum(gather(table, b))), sum(e.exp(table))),
    expected: (table, a, b) => {
      const picked = (ids: typeof a) => added(ids.data.flatMap(id => [get(table, id, 0), get(table, id, 1)]));
      return plain([], [picked(a) * picked(b) + added(table.data.map(Math.exp))]);
    },
  },
  {
    name: 'gather from a computed table',
    inputs: [[[4, 2]], [[6], { ids: 4 }]],
    build: (table, ids) => gather(e.exp(table), ids),
    expected: (table, ids) => fill([6, 2], (i, j) => Math.exp(get(table, get(ids, i), j))),
  },
  {
    name: 'oneHot',
    inputs: [[[2, 3], { ids: 6 }]],
    build: ids => oneHot(ids, 4),
    expected: ids => fill([2, 3, 4], (i, j, k) => (get(ids, i, j) === k ? 1 : 0)),
    smooth: false,
  },
];

function added(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

test.each([...binaries, ...unaries, ...layouts, ...reductions, ...products, ...others])('$name', checkOp);
