import { test } from 'vitest';
import { checkOp, type OpCase } from '../op-check.testing.ts';
import { add } from '../primitives/elementwise.ts';
import {
  fill,
  get,
  logistic,
  map,
  type Plain,
  plain,
  product,
  softmaxOf,
  total,
  zip,
} from '../reference.testing.ts';
import { conv1d, dropout, linear } from './layers.ts';
import { binaryCrossEntropy, crossEntropy, infoNce, logSoftmax, logSumExp, marginLoss } from './losses.ts';
import { lstm } from './lstm.ts';
import { attentionPool, maskedMax, maskedMean, weightedSum } from './pooling.ts';
import { cosine, cosines, euclidean, l2Normalise } from './similarity.ts';

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const row = (x: Plain, i: number): number[] => {
  const width = x.shape.at(-1)!;
  return x.data.slice(i * width, (i + 1) * width);
};
const dot = (a: readonly number[], b: readonly number[]): number => total(a.length, i => a[i]! * b[i]!);
const length = (a: readonly number[]): number => Math.sqrt(dot(a, a));
const logSum = (values: readonly number[]): number =>
  Math.log(total(values.length, i => Math.exp(values[i]!)));
const average = (values: readonly number[]): number => total(values.length, i => values[i]!) / values.length;

const layers: OpCase[] = [
  {
    name: 'linear',
    inputs: [[[2, 3, 4]], [[4, 2]], [[2]]],
    build: linear,
    expected: (x, w, b) => zip(product(x, w), b, (p, q) => p + q),
  },
  ...[1, 2, 3, 5].map(
    (width): OpCase => ({
      name: `conv1d of width ${width}`,
      inputs: [[[2, 4, 2]], [[width * 2, 3]], [[3]]],
      build: conv1d,
      expected: (x, w, b) =>
        fill([2, 4, 3], (i, t, o) => {
          const at = (k: number) => t + k - Math.floor((width - 1) / 2);
          const seen = (k: number, c: number) => (at(k) < 0 || at(k) >= 4 ? 0 : get(x, i, at(k), c));
          return get(b, o) + total(width, k => total(2, c => seen(k, c) * get(w, 2 * k + c, o)));
        }),
    }),
  ),
  { name: 'dropout of nothing', inputs: [[[3]]], build: x => dropout(x, 0), expected: x => x },
];

/** The last state and all states of one direction, step by step. */
function lstmOf(
  x: Plain,
  mask: Plain,
  wx: Plain,
  wh: Plain,
  b: Plain,
  backwards: boolean,
): { states: Plain; last: Plain } {
  const [n, t] = x.shape as [number, number];
  const h = wh.shape[0]!;
  const states = new Map<string, number>();
  const last: number[] = [];
  for (const i of range(n)) {
    let state = range(h).map(() => 0);
    let cell = range(h).map(() => 0);
    for (const step of backwards ? range(t).reverse() : range(t)) {
      const gate = (k: number, j: number) =>
        get(b, k * h + j) +
        total(x.shape[2]!, c => get(x, i, step, c) * get(wx, c, k * h + j)) +
        total(h, c => state[c]! * get(wh, c, k * h + j));
      if (get(mask, i, step) === 1) {
        cell = range(h).map(
          j => logistic(gate(1, j)) * cell[j]! + logistic(gate(0, j)) * Math.tanh(gate(2, j)),
        );
        state = range(h).map(j => logistic(gate(3, j)) * Math.tanh(cell[j]!));
      }
      for (const j of range(h)) states.set(`${i} ${step} ${j}`, state[j]!);
    }
    last.push(...state);
  }
  return { states: fill([n, t, h], (...at) => states.get(at.join(' '))!), last: plain([n, h], last) };
}

const recurrent: OpCase[] = [true, false].flatMap((backwards): OpCase[] => {
  const inputs: OpCase['inputs'] = [[[2, 4, 3]], [[2, 4], 'mask'], [[3, 8]], [[2, 8]], [[8]]];
  const direction = backwards ? 'backwards' : 'forwards';
  return [
    {
      name: `lstm ${direction}, all states`,
      inputs,
      build: (x, mask, input, hidden, bias) => lstm(x, mask, { input, hidden, bias }, backwards).states,
      expected: (x, mask, wx, wh, b) => lstmOf(x, mask, wx, wh, b, backwards).states,
    },
    {
      name: `lstm ${direction}, last state`,
      inputs,
      build: (x, mask, input, hidden, bias) => lstm(x, mask, { input, hidden, bias }, backwards).last,
      expected: (x, mask, wx, wh, b) => lstmOf(x, mask, wx, wh, b, backwards).last,
    },
  ];
});

const poolings: OpCase[] = [
  {
    name: 'weightedSum',
    inputs: [[[2, 3, 4]], [[2, 3]]],
    build: weightedSum,
    expected: (x, w) => fill([2, 4], (n, c) => total(3, t => get(w, n, t) * get(x, n, t, c))),
  },
  {
    name: 'maskedMean',
    inputs: [[[3, 4, 2]], [[3, 4], 'mask']],
    build: maskedMean,
    expected: (x, mask) =>
      fill([3, 2], (n, c) =>
        average(
          range(4)
            .filter(t => get(mask, n, t))
            .map(t => get(x, n, t, c)),
        ),
      ),
  },
  {
    name: 'maskedMax',
    inputs: [
      [[3, 4, 2], 'spaced'],
      [[3, 4], 'mask'],
    ],
    build: maskedMax,
    expected: (x, mask) =>
      fill([3, 2], (n, c) =>
        Math.max(
          ...range(4)
            .filter(t => get(mask, n, t))
            .map(t => get(x, n, t, c)),
        ),
      ),
  },
  {
    name: 'attentionPool',
    inputs: [[[3, 4, 2]], [[3, 4], 'mask'], [[3, 4]]],
    build: attentionPool,
    expected: (x, mask, scores) =>
      fill([3, 2], (n, c) => {
        const seen = range(4).filter(t => get(mask, n, t));
        const weights = softmaxOf(seen.map(t => get(scores, n, t)));
        return total(seen.length, i => weights[i]! * get(x, n, seen[i]!, c));
      }),
  },
];

const cosineOf = (a: readonly number[], b: readonly number[]) => dot(a, b) / length(a) / length(b);

const similarities: OpCase[] = [
  {
    name: 'l2Normalise',
    inputs: [[[2, 3, 4]]],
    build: l2Normalise,
    expected: x =>
      plain(
        x.shape,
        range(6).flatMap(i => row(x, i).map(v => v / length(row(x, i)))),
      ),
  },
  {
    name: 'cosine',
    inputs: [[[3, 4]], [[3, 4]]],
    build: cosine,
    expected: (a, b) => fill([3], i => cosineOf(row(a, i), row(b, i))),
  },
  {
    name: 'cosines',
    inputs: [[[2, 4]], [[3, 4]]],
    build: cosines,
    expected: (a, b) => fill([2, 3], (i, j) => cosineOf(row(a, i), row(b, j))),
  },
  {
    name: 'euclidean',
    inputs: [[[3, 4]], [[3, 4]]],
    build: euclidean,
    expected: (a, b) => fill([3], i => length(row(a, i).map((v, j) => v - row(b, i)[j]!))),
  },
];

function infoNceOf(a: Plain, b: Plain, w?: Plain): number {
  const losses = range(a.shape[0]!).map(i => {
    const logits = range(b.shape[0]!).map(j => dot(row(a, i), row(b, j)) / 0.5);
    return (w ? get(w, i) : 1) * (logSum(logits) - logits[i]!);
  });
  return average(losses);
}

const losses: OpCase[] = [
  {
    name: 'logSumExp',
    inputs: [[[3, 4]]],
    build: x => logSumExp(x),
    expected: x => fill([3], i => logSum(row(x, i))),
  },
  {
    name: 'logSumExp of large values',
    inputs: [[[3, 4]]],
    build: x => logSumExp(add(x, 200)),
    expected: x => fill([3], i => 200 + logSum(row(x, i))),
  },
  {
    name: 'logSoftmax along the first axis',
    inputs: [[[3, 2]]],
    build: x => logSoftmax(x, 0),
    expected: x => fill([3, 2], (i, j) => get(x, i, j) - logSum(range(3).map(k => get(x, k, j)))),
  },
  {
    name: 'crossEntropy with classes',
    inputs: [[[3, 4]], [[3], { ids: 4 }]],
    build: (x, classes) => crossEntropy(x, classes),
    expected: (x, ids) => plain([], [average(range(3).map(i => logSum(row(x, i)) - get(x, i, get(ids, i))))]),
  },
  {
    name: 'crossEntropy with distributions and weights',
    inputs: [[[3, 4]], [[3, 4], 'positive'], [[3], 'positive']],
    build: crossEntropy,
    expected: (x, p, w) => {
      const one = (i: number) => total(4, j => get(p, i, j) * (logSum(row(x, i)) - get(x, i, j)));
      return plain([], [average(range(3).map(i => get(w, i) * one(i)))]);
    },
  },
  {
    name: 'binaryCrossEntropy',
    inputs: [
      [[5], 'spaced'],
      [[5], 'positive'],
      [[5], 'positive'],
    ],
    build: binaryCrossEntropy,
    expected: (x, t, w) => {
      const one = (i: number) =>
        -get(t, i) * Math.log(logistic(get(x, i))) - (1 - get(t, i)) * Math.log(1 - logistic(get(x, i)));
      return plain([], [average(range(5).map(i => get(w, i) * one(i)))]);
    },
  },
  {
    name: 'marginLoss',
    inputs: [
      [[3, 1], 'spaced'],
      [[3, 4], 'spaced'],
    ],
    build: (p, n) => marginLoss(p, n, 0.075),
    expected: (p, n) => plain([], [average(zip(n, p, (b, a) => Math.max(0, 0.075 - a + b)).data)]),
  },
  {
    name: 'infoNce with more negatives',
    inputs: [[[2, 3]], [[4, 3]]],
    build: (a, b) => infoNce(a, b, { temperature: 0.5 }),
    expected: (a, b) => plain([], [infoNceOf(a, b)]),
  },
  {
    name: 'infoNce, weighted',
    inputs: [[[3, 2]], [[3, 2]], [[3], 'positive']],
    build: (a, b, weights) => infoNce(a, b, { temperature: 0.5, weights }),
    expected: (a, b, w) => plain([], [infoNceOf(a, b, w)]),
  },
  {
    name: 'infoNce, symmetric, temperature learned',
    inputs: [[[3, 2]], [[3, 2]], [[], 'positive']],
    build: (a, b, temperature) => infoNce(a, b, { temperature, symmetric: true }),
    expected: (a, b, t) => {
      const scaled = map(a, v => v * (0.5 / get(t)));
      return plain([], [(infoNceOf(scaled, b) + infoNceOf(b, scaled)) / 2]);
    },
  },
];

test.each([...layers, ...recurrent, ...poolings, ...similarities, ...losses])('$name', checkOp);
