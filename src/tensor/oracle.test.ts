import { init, nn, numpy as np, valueAndGrad } from '@jax-js/jax';
import { expect, test } from 'vitest';
import { Random } from '../core/random.ts';
import { expectClose } from './op-check.testing.ts';
import { TrainingStep } from './training-step.ts';
import { batchOf, pairGraph, SMALL, weightsOf } from './transformer.testing.ts';

/**
 * The model of `transformer.testing.ts` once more, in another library with an autodiff of its own: jax-js. It shares
 * nothing with the runtime but the numbers that go in. Arrays of jax-js are used up by every operation; `ref` keeps
 * them.
 */
type Tensor = np.Array;

const { n, t, d, heads, layers, vocabulary } = SMALL;

function encodeWithJax(ids: ArrayLike<number>, mask: Tensor, weights: Record<string, Tensor>): Tensor {
  const weight = (name: string) => weights[name]!.ref;
  const rows = Array.from(ids, id => Array.from({ length: vocabulary }, (_, i) => (i === id ? 1 : 0)));
  let x = np.matmul(np.array(rows), weight('tokens')).reshape([n, t, d]).add(weight('places'));
  const hidden = mask.ref.sub(1).mul(1e9).reshape([n, 1, 1, t]);
  for (let i = 0; i < layers; i++) {
    const input = x;
    const split = (name: string) =>
      np.transpose(
        np.matmul(input.ref, weight(`${i}.${name}`)).reshape([n, t, heads, d / heads]),
        [0, 2, 1, 3],
      );
    const scores = np.matmul(split('query'), np.swapaxes(split('key'), 2, 3)).mul(Math.sqrt(heads / d));
    const seen = np.matmul(nn.softmax(scores.add(hidden.ref), -1), split('value'));
    const joined = np.transpose(seen, [0, 2, 1, 3]).reshape([n, t, d]);
    x = normed(
      x.add(np.matmul(joined, weight(`${i}.out`))),
      weight(`${i}.norm1.scale`),
      weight(`${i}.norm1.bias`),
    );
    const inner = nn.gelu(np.matmul(x.ref, weight(`${i}.up`)).add(weight(`${i}.up.bias`)), {
      approximate: false,
    });
    const outer = np.matmul(inner, weight(`${i}.down`)).add(weight(`${i}.down.bias`));
    x = normed(x.add(outer), weight(`${i}.norm2.scale`), weight(`${i}.norm2.bias`));
  }
  const pooled = np.sum(x.mul(mask.ref.reshape([n, t, 1])), 1).div(np.sum(mask.ref, 1).reshape([n, 1]));
  return pooled.ref.div(np.sqrt(np.sum(pooled.ref.mul(pooled), -1, { keepdims: true })));
}

function normed(x: Tensor, scale: Tensor, bias: Tensor): Tensor {
  const centred = x.ref.sub(np.mean(x, -1, { keepdims: true }));
  const variance = np.mean(centred.ref.mul(centred.ref), -1, { keepdims: true });
  return centred
    .div(np.sqrt(variance.add(1e-5)))
    .mul(scale)
    .add(bias);
}

/** Mean of -log softmax of the diagonal, along the rows. */
function diagonalLoss(logits: Tensor): Tensor {
  const diagonal = np.sum(logits.ref.mul(np.eye(n)), 1);
  return np.mean(nn.logsumexp(logits, 1).sub(diagonal));
}

test('loss and all gradients of a Transformer with InfoNCE equal those of jax-js', async () => {
  const weights = weightsOf(SMALL, 3);
  const feeds = batchOf(SMALL, new Random(6));
  const step = await TrainingStep.compile(pairGraph(SMALL, weights).loss);
  const { loss, gradients } = await step.run(feeds, weights);

  await init('wasm');
  const own = Object.fromEntries(
    Array.from(weights, ([name, { shape, data }]) => [name, np.array(data.slice()).reshape([...shape])]),
  );
  const mask = (side: string) => np.array((feeds[`${side}.mask`] as Float32Array).slice()).reshape([n, t]);
  const lossOf = (all: Record<string, Tensor>): Tensor => {
    const query = encodeWithJax(feeds['query.ids']!, mask('query'), all);
    const code = encodeWithJax(feeds['code.ids']!, mask('code'), all);
    const logits = np.matmul(query, np.transpose(code)).div(0.1);
    return diagonalLoss(logits.ref)
      .add(diagonalLoss(np.transpose(logits)))
      .mul(0.5);
  };
  const [theirLoss, theirs] = valueAndGrad(lossOf)(own);

  expectClose([loss], [Number(theirLoss.js())], 1e-5);
  expect(loss).toBeGreaterThan(0.5);
  for (const [name, { data }] of weights) {
    const wanted = (await theirs[name]!.data()) as Float32Array;
    const rows = gradients.rows.get(name);
    const found = gradients.dense.get(name) ?? new Float32Array(data.length);
    for (const [i, id] of rows?.ids.entries() ?? []) {
      found.set(rows!.values.subarray(i * d, (i + 1) * d), id * d);
    }
    expect(Math.max(...wanted.map(Math.abs)), name).toBeGreaterThan(1e-3);
    expectClose(found, wanted, 2e-5);
  }
});
