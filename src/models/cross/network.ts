import {
  add,
  attention,
  concat,
  constantOf,
  dropout,
  gather,
  gelu,
  type Initialiser,
  layerNorm,
  linear,
  mul,
  type Node,
  normal,
  reshape,
  type Shape,
  sign,
  slice,
  xavier,
} from '../../tensor/index.ts';
import type { TokenInputs } from '../architecture.ts';
import { fields, type Preparation } from '../prepare.ts';
import { matchesOf, matchWeights } from './matching.ts';

/** Everything that decides the shapes of a cross-encoder. */
export interface CrossShape {
  readonly vocabulary: number;
  /** Length of the token vectors, which are those of the dual encoder it starts from. */
  readonly dims: number;
  readonly preparation: Preparation;
  readonly sizes: Readonly<Record<string, number>>;
}

/**
 * Sizes with their defaults. Layers that are narrower than the token vectors read a projection of them. `matching` 0 leaves out
 * all match features, for ablations.
 */
export const crossSizes: Readonly<Record<string, number>> = {
  layers: 2,
  heads: 4,
  width: 256,
  inner: 512,
  matching: 1,
};

/** Largest number of tokens of a pair, its three marks included. */
export function longestPair({ query, name, doc, code }: Preparation): number {
  return query + name + doc + code + 3;
}

/** Names, shapes and first values of the weights. `tokens` and `gates` are the dual encoder's and are not trained. */
export function crossWeights(shape: CrossShape): Array<[name: string, shape: Shape, how: Initialiser]> {
  const { vocabulary, dims, preparation, sizes } = shape;
  const width = sizes['width']!;
  const all: Array<[string, Shape, Initialiser]> = [
    ['tokens', [vocabulary, dims], normal(1 / Math.sqrt(dims))],
    ['gates', [vocabulary, fields.length], constantOf(1)],
    ['marks', [3, width], normal(0.02)],
    ['placeVectors', [Math.max(preparation.query, longestPair(preparation)), width], normal(0.02)],
    ['fieldVectors', [fields.length, width], normal(0.02)],
  ];
  if (width !== dims) all.push(['narrow', [dims, width], xavier]);
  const norm = (name: string) => {
    all.push([`${name}.scale`, [width], constantOf(1)], [`${name}.bias`, [width], constantOf(0)]);
  };
  if (sizes['matching']) all.push(...matchWeights(width));
  norm('first');
  for (let i = 0; i < sizes['layers']!; i++) {
    const inner = sizes['inner']!;
    norm(`${i}.norm1`);
    for (const part of ['query', 'key', 'value', 'out']) all.push([`${i}.${part}`, [width, width], xavier]);
    norm(`${i}.norm2`);
    all.push([`${i}.up`, [width, inner], xavier], [`${i}.up.bias`, [inner], constantOf(0)]);
    all.push([`${i}.down`, [inner, width], xavier], [`${i}.down.bias`, [width], constantOf(0)]);
  }
  norm('last');
  all.push(['score', [width, 1], constantOf(0)], ['score.bias', [1], constantOf(0)]);
  return all;
}

export interface Pair {
  readonly query: TokenInputs;
  readonly unit: TokenInputs;
  readonly parameter: (name: string) => Node;
  readonly dropout: number;
}

/**
 * `[CLS] query [SEP] unit [SEP]` → one score for each pair: [n], higher is better (R2PS section 3.2; SPENCER section 3.3).
 * Every token knows how well the other side meets it, and the score is what the layers read at [CLS] plus what
 * the matches of the pair say as a whole.
 */
export function crossScores(shape: CrossShape, { query, unit, parameter, dropout: rate }: Pair): Node {
  const { sizes, dims } = shape;
  const { width } = sizes as { width: number };
  const [n] = query.ids.shape as [number, number];
  const table = parameter('tokens');
  const [queryTokens, unitTokens] = [gather(table, query.ids), gather(table, unit.ids)];
  const matches = sizes['matching']
    ? matchesOf({ inputs: query, tokens: queryTokens }, { inputs: unit, tokens: unitTokens }, parameter)
    : undefined;
  const norm = (x: Node, of: string) => layerNorm(x, parameter(`${of}.scale`), parameter(`${of}.bias`));
  const placed = (tokens: Node, { places, fields: inField }: TokenInputs, matched: Node | undefined) => {
    const where = add(gather(parameter('placeVectors'), places), gather(parameter('fieldVectors'), inField));
    const own = width === dims ? tokens : linear(tokens, parameter('narrow'));
    return matched ? add(add(own, where), matched) : add(own, where);
  };
  const [queryMask, unitMask] = [sign(query.weights), sign(unit.weights)];
  const none = mul(slice(queryMask, 1, 0, 1), 0);
  const one = add(none, 1);
  const mark = (i: number) =>
    add(reshape(none, [n, 1, 1]), reshape(slice(parameter('marks'), 0, i, i + 1), [1, 1, width]));
  const tokens = concat(
    [
      mark(0),
      placed(queryTokens, query, matches?.query),
      mark(1),
      placed(unitTokens, unit, matches?.unit),
      mark(2),
    ],
    1,
  );
  const mask = concat([one, queryMask, one, unitMask, one], 1);
  let x = dropout(norm(tokens, 'first'), rate);
  const { layers, heads } = sizes as { layers: number; heads: number };
  for (let i = 0; i < layers; i++) {
    const before = norm(x, `${i}.norm1`);
    // After the last layer only [CLS] is read: no other token needs to look.
    const isLast = i === layers - 1;
    const looking = isLast ? slice(before, 1, 0, 1) : before;
    const [key, value] = ['key', 'value'].map(of => linear(before, parameter(`${i}.${of}`)));
    const seen = attention(linear(looking, parameter(`${i}.query`)), key!, value!, mask, heads);
    if (isLast) x = slice(x, 1, 0, 1);
    x = add(x, dropout(linear(seen, parameter(`${i}.out`)), rate));
    const inner = gelu(linear(norm(x, `${i}.norm2`), parameter(`${i}.up`), parameter(`${i}.up.bias`)));
    x = add(x, dropout(linear(inner, parameter(`${i}.down`), parameter(`${i}.down.bias`)), rate));
  }
  const read = reshape(layers > 0 ? norm(x, 'last') : slice(norm(x, 'last'), 1, 0, 1), [n, width]);
  const score = reshape(linear(read, parameter('score'), parameter('score.bias')), [n]);
  return matches ? add(score, matches.score) : score;
}
