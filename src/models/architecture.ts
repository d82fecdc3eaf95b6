import type { Initialiser, Node, Shape, Weights } from '../tensor/index.ts';
import { constantOf, initialise, mul } from '../tensor/index.ts';
import type { Preparation } from './prepare.ts';

/** Which tower a text goes through. */
export type Side = 'query' | 'unit';

/** Everything that decides the shapes of a model. */
export interface ModelShape {
  /** Id of the architecture. */
  readonly architecture: string;
  readonly vocabulary: number;
  /** Length of a vector. */
  readonly dims: number;
  /** One tower for queries and units, or one each (Chen formula 6). */
  readonly towers: 'shared' | 'separate';
  readonly preparation: Preparation;
  /** The architecture's own sizes, such as `layers`. */
  readonly sizes: Readonly<Record<string, number>>;
}

/** A batch of prepared texts as inputs of a graph, all of shape [n, t]; what is beyond a text's end is 0. */
export interface TokenInputs {
  /** int32 */
  readonly ids: Node;
  /** int32, positions in `fields`. */
  readonly fields: Node;
  /** int32, the number of tokens before this one. */
  readonly places: Node;
  /** float32, above 0 for tokens and 0 for what is beyond the end. */
  readonly weights: Node;
}

/** What an architecture may use while its graph is built. */
export interface Tower {
  readonly shape: ModelShape;
  readonly inputs: TokenInputs;
  /** The parameter of that name, as `weights` declares it. */
  readonly parameter: (name: string) => Node;
  /** Share of activations that are dropped in training, 0 otherwise. */
  readonly dropout: number;
}

/** One kind of encoder: what weights it has and how they make a vector of a text. */
export interface Architecture {
  readonly id: string;
  readonly title: string;
  /** Where it was published. */
  readonly source: string;
  readonly preparation: Preparation;
  /** Its sizes with their defaults; a model can have no others. */
  readonly sizes: Readonly<Record<string, number>>;
  /** It is a weighted sum of rows of a table, which `StaticEncoder` adds up without the native runtime. */
  readonly isTable?: boolean;
  /** The graph is unrolled over the tokens, so that all texts are padded to the longest there can be. */
  readonly isUnrolled?: boolean;
  /** Lengths that texts are padded to in training; each is a graph of its own, whose memory stays taken. */
  readonly lengths?: readonly number[];
  /** Names, shapes and first values of the weights of one tower. */
  weights(shape: ModelShape): Array<[name: string, shape: Shape, how: Initialiser]>;
  /** → [n, dims]; rows need not have the length 1. */
  encode(tower: Tower): Node;
}

/** Name of a tower's parameter in the weights of the model. */
function parameterName(shape: ModelShape, side: Side, name: string): string {
  return shape.towers === 'shared' ? name : `${side}.${name}`;
}

/**
 * All weights of one tower. The size `weighted` 1, which every architecture takes, multiplies each dimension of the
 * vectors by a learned factor: the weighted cosine of Chen 2025 (formula 6 and Table 4).
 */
function towerWeights(architecture: Architecture, shape: ModelShape): ReturnType<Architecture['weights']> {
  const own = architecture.weights(shape);
  return shape.sizes['weighted'] ? [...own, ['dimensions', [shape.dims], constantOf(1)]] : own;
}

/** The first weights of a model, decided by the seed. */
export function initialWeights(architecture: Architecture, shape: ModelShape, seed: number): Weights {
  const weights: Weights = new Map();
  for (const side of shape.towers === 'shared' ? (['unit'] as const) : (['query', 'unit'] as const)) {
    for (const [name, size, how] of towerWeights(architecture, shape)) {
      const key = parameterName(shape, side, name);
      weights.set(key, initialise(key, size, how, seed));
    }
  }
  return weights;
}

/** Inputs of a graph for `n` texts of `t` tokens; names begin with `prefix`. */
export function tokenInputs(graph: Node['graph'], n: number, t: number, prefix = ''): TokenInputs {
  return {
    ids: graph.input(`${prefix}ids`, [n, t], 'int32'),
    fields: graph.input(`${prefix}fields`, [n, t], 'int32'),
    places: graph.input(`${prefix}places`, [n, t], 'int32'),
    weights: graph.input(`${prefix}weights`, [n, t]),
  };
}

/** Vectors of a batch of texts: [n, dims], rows as the architecture gives them. */
export function encodeTower(
  architecture: Architecture,
  shape: ModelShape,
  side: Side,
  inputs: TokenInputs,
  dropout = 0,
): Node {
  const sizes = new Map(towerWeights(architecture, shape).map(([name, size]) => [name, size]));
  const parameter = (name: string) =>
    inputs.ids.graph.parameter(parameterName(shape, side, name), sizes.get(name)!);
  const rows = architecture.encode({ shape, inputs, parameter, dropout });
  return shape.sizes['weighted'] ? mul(rows, parameter('dimensions')) : rows;
}
