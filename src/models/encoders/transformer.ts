import {
  add,
  attention,
  attentionPool,
  constantOf,
  dropout,
  gather,
  gelu,
  type Initialiser,
  l2Normalise,
  layerNorm,
  linear,
  type Node,
  normal,
  reshape,
  type Shape,
  sign,
  xavier,
} from '../../tensor/index.ts';
import type { Architecture, ModelShape, Tower } from '../architecture.ts';
import { bagOf, tableWeights, tokenGates, tokenVectors } from '../bag.ts';
import { fields } from '../prepare.ts';

/**
 * Bidirectional Transformer (Vaswani et al. 2017) with the norm before each half of a layer (Xiong et al. 2020), which
 * trains from scratch without a long warm-up, and attention pooling. With `bag` 1 the vector is the sum of
 * the static encoder's and of what the layers add, whose last matrix starts at 0: such a model starts as good as
 * the static one whose table it is given.
 */
export const transformerEncoder: Architecture = {
  id: 'transformer',
  title: 'bidirectional Transformer',
  source: 'Vaswani et al. 2017; Chen 2025, Table 2',
  preparation: { kind: 'sequence', query: 24, name: 12, doc: 32, code: 84 },
  lengths: [48, 80, 128, 192, 256],
  sizes: { layers: 2, heads: 4, inner: 1024, bag: 1 },
  weights,
  encode,
};

function weights(shape: ModelShape): Array<[string, Shape, Initialiser]> {
  const { dims: d, sizes, preparation } = shape;
  const { query, name, doc, code } = preparation;
  const all = tableWeights(shape);
  all.push(['placeVectors', [Math.max(query, name + doc + code), d], normal(0.02)]);
  all.push(['fieldVectors', [fields.length, d], normal(0.02)]);
  const norm = (name: string) => {
    all.push([`${name}.scale`, [d], constantOf(1)], [`${name}.bias`, [d], constantOf(0)]);
  };
  norm('first');
  for (let i = 0; i < sizes['layers']!; i++) {
    norm(`${i}.norm1`);
    for (const part of ['query', 'key', 'value', 'out']) all.push([`${i}.${part}`, [d, d], xavier]);
    norm(`${i}.norm2`);
    all.push([`${i}.up`, [d, sizes['inner']!], xavier], [`${i}.up.bias`, [sizes['inner']!], constantOf(0)]);
    all.push([`${i}.down`, [sizes['inner']!, d], xavier], [`${i}.down.bias`, [d], constantOf(0)]);
  }
  norm('last');
  all.push(['pool', [d, 1], normal(0.02)]);
  all.push(['project', [d, d], sizes['bag'] ? constantOf(0) : xavier]);
  return all;
}

function encode(tower: Tower): Node {
  const { inputs, parameter, shape, dropout: rate } = tower;
  const { layers, heads, bag } = shape.sizes;
  const [n, t] = inputs.ids.shape;
  const norm = (x: Node, of: string) => layerNorm(x, parameter(`${of}.scale`), parameter(`${of}.bias`));
  const vectors = tokenVectors(tower);
  const mask = sign(inputs.weights);
  const placed = add(
    gather(parameter('placeVectors'), inputs.places),
    gather(parameter('fieldVectors'), inputs.fields),
  );
  let x = dropout(norm(add(vectors, placed), 'first'), rate);
  for (let i = 0; i < layers!; i++) {
    const before = norm(x, `${i}.norm1`);
    const [query, key, value] = ['query', 'key', 'value'].map(of => linear(before, parameter(`${i}.${of}`)));
    const seen = linear(attention(query!, key!, value!, mask, heads!), parameter(`${i}.out`));
    x = add(x, dropout(seen, rate));
    const inner = gelu(linear(norm(x, `${i}.norm2`), parameter(`${i}.up`), parameter(`${i}.up.bias`)));
    x = add(x, dropout(linear(inner, parameter(`${i}.down`), parameter(`${i}.down.bias`)), rate));
  }
  const last = norm(x, 'last');
  const scores = reshape(linear(last, parameter('pool')), [n!, t!]);
  const pooled = linear(attentionPool(last, mask, scores), parameter('project'));
  if (!bag) return pooled;
  return add(l2Normalise(bagOf(vectors, tokenGates(tower))), pooled);
}
