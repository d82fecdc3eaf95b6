import {
  add,
  concat,
  constantOf,
  div,
  exp,
  gather,
  gelu,
  type Initialiser,
  l2Normalise,
  linear,
  log,
  matmul,
  max,
  mul,
  type Node,
  normal,
  oneHot,
  relu,
  reshape,
  type Shape,
  sign,
  slice,
  sqrt,
  stopGradient,
  sub,
  sum,
  swapLast,
  xavier,
} from '../../tensor/index.ts';
import type { TokenInputs } from '../architecture.ts';
import { fields } from '../prepare.ts';

/** Cosines that a kernel counts, and how wide it is (Xiong et al. 2017, K-NRM, formula 7): the first counts equal tokens. */
const kernels = [
  { at: 1, width: 0.02 },
  { at: 0.85, width: 0.1 },
  { at: 0.65, width: 0.1 },
  { at: 0.45, width: 0.1 },
  { at: 0.25, width: 0.1 },
  { at: 0.05, width: 0.1 },
] as const;

/** Cosines from here on are those of a token with itself. */
const equality = 0.999;

/** Name, doc comment, code. */
const unitFields = fields.length - 1;
/** Best cosine and equality to the other side, in all and by field, how much the token counts, its share of the query. */
const queryFeatures = 2 + 2 * unitFields + 2;
/** Best cosine and equality to the query, how much the token counts, how often it occurs. */
const unitFeatures = 4;
/** Cosine of the bags, MaxSim, equal tokens, the latter two by field, kernels. */
const pairFeatures = 3 + 2 * unitFields + kernels.length;
const innerFeatures = 32;

/** Names, shapes and first values of the weights; `width` of the layers that read the features of tokens. */
export function matchWeights(width: number): Array<[name: string, shape: Shape, how: Initialiser]> {
  return [
    ['matched.query', [queryFeatures, width], normal(0.1)],
    ['matched.unit', [unitFeatures, width], normal(0.1)],
    ['pair.up', [pairFeatures, innerFeatures], xavier],
    ['pair.up.bias', [innerFeatures], constantOf(0)],
    ['pair.down', [innerFeatures, 1], constantOf(0)],
    // It starts as what the dual encoder says: cosine and late interaction, half each.
    ['pair.direct', [2, 1], constantOf(0.5)],
  ];
}

/** One side of a pair with the vectors of its tokens, [n, t, d]. */
interface Side {
  readonly inputs: TokenInputs;
  readonly tokens: Node;
}

/** What the matches of a pair say: vectors to add to those of the tokens, [n, s, d] and [n, t, d], and a score, [n]. */
interface Matches {
  readonly query: Node;
  readonly unit: Node;
  readonly score: Node;
}

/**
 * How well the tokens of a pair meet each other, by the static vectors that the dual encoder has learned: exact matches
 * and best cosines for every token (a small cross-encoder does not find them by itself), MaxSim (ColBERT,
 * section 3.3) and kernel pooling (K-NRM) for the pair. No gradient goes through them.
 */
export function matchesOf(query: Side, unit: Side, parameter: (name: string) => Node): Matches {
  const [n, s] = query.inputs.ids.shape as [number, number];
  const [, t] = unit.inputs.ids.shape as [number, number];
  const cosines = matmul(l2Normalise(query.tokens), swapLast(l2Normalise(unit.tokens)));
  const forQuery = add(cosines, missing(sign(unit.inputs.weights), [n, 1, t]));
  const forUnit = add(cosines, missing(sign(query.inputs.weights), [n, s, 1]));
  const best = relu(max(forQuery, 2, true));
  const inFields = oneHot(unit.inputs.fields, fields.length);
  const byField = Array.from({ length: unitFields }, (_, f) => {
    const own = reshape(slice(inFields, 2, f + 1, f + 2), [n, 1, t]);
    return relu(max(add(forQuery, missing(own, [n, 1, t])), 2, true));
  });
  const counts = { query: countOf(query, parameter), unit: countOf(unit, parameter) };
  const weights = mul(counts.query, query.inputs.weights);
  const shares = div(weights, add(sum(weights, 1, true), 1e-6));
  const column = (x: Node, length: number) => reshape(x, [n, length, 1]);
  const ofQuery = [
    best,
    equal(best),
    ...byField,
    ...byField.map(equal),
    column(counts.query, s),
    column(shares, s),
  ];
  const bestOfUnit = column(relu(max(forUnit, 1)), t);
  const ofUnit = [bestOfUnit, equal(bestOfUnit), column(counts.unit, t), column(unit.inputs.weights, t)];
  const weighed = (x: Node) => reshape(sum(mul(reshape(x, [n, s]), shares), 1), [n, 1]);
  const kernelSums = kernels.map(({ at, width }) => {
    const off = div(sub(forQuery, at), width);
    return mul(weighed(log(add(sum(exp(mul(mul(off, off), -0.5)), 2), 1e-3))), 0.1);
  });
  const cosine = reshape(sum(mul(bagOf(query, parameter), bagOf(unit, parameter)), 1), [n, 1]);
  const ofPair = stopGradient(
    concat(
      [
        cosine,
        weighed(best),
        weighed(equal(best)),
        ...byField.map(weighed),
        ...byField.map(x => weighed(equal(x))),
        ...kernelSums,
      ],
      1,
    ),
  );
  const inner = gelu(linear(ofPair, parameter('pair.up'), parameter('pair.up.bias')));
  const direct = linear(slice(ofPair, 1, 0, 2), parameter('pair.direct'));
  return {
    query: linear(stopGradient(concat(ofQuery, 2)), parameter('matched.query')),
    unit: linear(stopGradient(concat(ofUnit, 2)), parameter('matched.unit')),
    score: reshape(add(direct, linear(inner, parameter('pair.down'))), [n]),
  };
}

/** Below every cosine where a mask is 0, else 0. */
function missing(mask: Node, shape: Shape): Node {
  return mul(sub(1, reshape(mask, shape)), -3);
}

/** 1 for tokens that the other side has as well, else 0. */
function equal(best: Node): Node {
  return sign(relu(sub(best, equality)));
}

/** How much each token counts in its field, learned by token and field: [n, t]. */
function gatesOf({ ids, fields: inField }: TokenInputs, parameter: (name: string) => Node): Node {
  return sum(mul(gather(parameter('gates'), ids), oneHot(inField, fields.length)), 2);
}

/** Length of each token's part of the dual encoder's vector: [n, t]. */
function countOf({ inputs, tokens }: Side, parameter: (name: string) => Node): Node {
  const gates = gatesOf(inputs, parameter);
  return sqrt(add(mul(mul(gates, gates), sum(mul(tokens, tokens), 2)), 1e-9));
}

/** The static dual encoder's vector: [n, d]. */
function bagOf({ inputs, tokens }: Side, parameter: (name: string) => Node): Node {
  const [n, t, d] = tokens.shape as [number, number, number];
  const gates = mul(gatesOf(inputs, parameter), inputs.weights);
  return l2Normalise(reshape(matmul(reshape(gates, [n, 1, t]), tokens), [n, d]));
}
