import type { UnitText } from '../../core/encoder.ts';
import { throwIfAborted } from '../../core/errors.ts';
import { Random } from '../../core/random.ts';
import type { RerankCandidate } from '../../core/reranker.ts';
import {
  type Batch,
  type CrossShape,
  crossScores,
  crossWeights,
  type Prepared,
  Preparer,
  padded,
  pairText,
  tokenInputs,
} from '../../models/index.ts';
import { compile, div, Graph, initialise, type Program, reshape, type Weights } from '../../tensor/index.ts';
import type { Tokenizer } from '../../text/index.ts';
import type { CandidateList } from '../data/example.ts';
import { lengthsUpTo } from '../loop/lengths.ts';
import type { RankingSpec, Recipe } from '../loop/recipe.ts';
import type { TrainingTask } from '../loop/task.ts';
import type { PoolScore } from '../loop/validate.ts';
import { type ExampleList, exampleLists } from './example-lists.ts';
import { rankingLossOf } from './losses.ts';
import type { RankingSet } from './ranking-set.ts';

export interface RankTaskOptions {
  recipe: Recipe & { ranking: RankingSpec };
  set: RankingSet;
  tokenizer: Tokenizer;
  shape: CrossShape;
  seed: number;
  threads: number;
}

/** A list that an epoch has, with its longest unit in UTF-16 code units, which is near enough to sort by. */
interface PlannedList {
  from: ExampleList;
  length: number;
}

export interface RankTask extends TrainingTask<readonly PlannedList[]> {
  /** Scores (logits) of the candidates of validation lists, by pool. */
  scoreValidation(weights: Weights, signal?: AbortSignal): Promise<Map<string, ScoredList[]>>;
}

export interface ScoredList {
  list: CandidateList;
  /** Of the cross-encoder alone. */
  logits: Float32Array;
}

/** Lengths that texts are padded to: few, because the graph of each pair of lengths keeps about a gigabyte. */
const queryLengths = [12];
const unitLengths = [64, 100];
/** Lists are sorted by length within so many batches. */
const sortedTogether = 16;
/** Pairs per run of a validation. */
const validationRows = 40;

/** A cross-encoder: lists of a right unit and negatives for each query (R2PS, section 3.3). */
export function rankTask({ recipe, set, tokenizer, shape, seed, threads }: RankTaskOptions): RankTask {
  const { ranking: spec, batch } = recipe;
  const { temperature = 0.07 } = recipe.loss;
  const loss = rankingLossOf(recipe.loss.kind);
  const preparer = new Preparer(tokenizer, shape.preparation);
  const { query, name, doc, code } = shape.preparation;
  const lengths = {
    query: lengthsUpTo(query, queryLengths),
    unit: lengthsUpTo(name + doc + code, unitLengths),
  };
  const per = spec.count + 1;
  const programs = new Map<string, Program>();

  const candidatesOf = (from: ExampleList, others: readonly ExampleList[]): RerankCandidate[] => {
    const { unit: right, query: asked } = set.examples[from.example]!;
    const mayBeRight = ({ example }: ExampleList) => {
      const { unit, query } = set.examples[example]!;
      return unit.code === right.code || query === asked;
    };
    // Negatives that are missing are units of the batch: what may be right as well only where there is nothing else.
    const lacking = spec.count - from.negatives.length;
    const fromBatch =
      lacking === 0
        ? []
        : [...others.filter(other => !mayBeRight(other)), ...others.filter(mayBeRight)].slice(0, lacking);
    return [from.example, ...from.negatives, ...fromBatch.map(({ example }) => example)].map(i => {
      const { unit, path = '' } = set.examples[i]!;
      return { ...unit, path: from.showsPath ? path : '' };
    });
  };
  const shapes = new Map(crossWeights(shape).map(([key, size]) => [key, size]));
  const scoresNode = (n: number, s: number, t: number, dropout: number) => {
    const graph = new Graph();
    return crossScores(shape, {
      query: tokenInputs(graph, n, s, 'query.'),
      unit: tokenInputs(graph, n, t, 'unit.'),
      parameter: key => graph.parameter(key, shapes.get(key)!),
      dropout,
    });
  };
  const put = (feeds: Record<string, Int32Array | Float32Array>, prefix: string, from: Batch) => {
    for (const [field, array] of Object.entries(from)) feeds[`${prefix}${field}`] = array as Float32Array;
  };
  const fitting = (texts: readonly Prepared[], known: readonly number[]) => {
    const longest = texts.reduce((most, { ids }) => Math.max(most, ids.length), 1);
    return known.find(length => length >= longest) ?? known.at(-1)!;
  };

  async function scoreValidation(weights: Weights, signal?: AbortSignal): Promise<Map<string, ScoredList[]>> {
    const found = new Map<string, ScoredList[]>();
    for (const [pool, lists] of set.validation) {
      const scored: ScoredList[] = lists.map(list => ({
        list,
        logits: new Float32Array(list.candidates.length),
      }));
      const pairs = scored.flatMap(({ list, logits }) => {
        const asked = preparer.query(list.query);
        return list.candidates.map((candidate, place) => ({
          query: asked,
          unit: preparer.unit(pairText(candidate)),
          set: (value: number) => {
            logits[place] = value;
          },
        }));
      });
      pairs.sort((a, b) => a.unit.ids.length - b.unit.ids.length);
      for (let at = 0; at < pairs.length; at += validationRows) {
        throwIfAborted(signal);
        const some = pairs.slice(at, at + validationRows);
        const [queries, units] = [some.map(pair => pair.query), some.map(pair => pair.unit)];
        const [s, t] = [fitting(queries, lengths.query), fitting(units, lengths.unit)];
        const key = `${s} ${t}`;
        let program = programs.get(key);
        if (!program) {
          const scores = scoresNode(validationRows, s, t, 0);
          programs.set(key, (program = await compile({ scores }, { threads })));
        }
        const feeds: Record<string, Int32Array | Float32Array> = {};
        put(feeds, 'query.', padded(queries, validationRows, s));
        put(feeds, 'unit.', padded(units, validationRows, t));
        for (const { name } of program.inputs) feeds[name] ??= weights.get(name)!.data;
        const values = (await program.run(feeds))['scores']!.data as Float32Array;
        for (const [row, pair] of some.entries()) pair.set(values[row]! / temperature);
      }
      found.set(pool, scored);
    }
    return found;
  }

  return {
    size: set.examples.length,
    counts: set.counts,
    frozen: ['tokens', 'gates'],
    initialWeights: () =>
      new Map(crossWeights(shape).map(([key, size, how]) => [key, initialise(key, size, how, seed)])),
    async plan(epoch, signal) {
      const own = seed ^ Math.imul(epoch + 1, 0x9e3779b1);
      const lists = await exampleLists({ set, spec, seed: own, threads, signal });
      const planned = lists.map(from => ({ from, length: lengthOf(set.examples[from.example]!.unit) }));
      return batchesOf(planned, batch, new Random(own ^ 0x5bd1e995));
    },
    feeds(lists) {
      const random = new Random(lists.reduce((hash, { length }) => Math.imul(hash, 31) + length, seed));
      const rows = lists.flatMap(({ from }, place) => {
        const others = lists.filter((_, i) => i !== place).map(other => other.from);
        const all = candidatesOf(from, random.shuffled(others));
        const asked = preparer.query(set.examples[from.example]!.query);
        return all.map(candidate => ({ query: asked, candidate }));
      });
      const queries = rows.map(row => row.query);
      const units = rows.map(({ candidate }) => preparer.unit(pairText(candidate)));
      const [s, t] = [fitting(queries, lengths.query), fitting(units, lengths.unit)];
      const feeds: Record<string, Int32Array | Float32Array> = {};
      put(feeds, 'query.', padded(queries, rows.length, s));
      put(feeds, 'unit.', padded(units, rows.length, t));
      return { key: `${lists.length} ${s} ${t}`, feeds, examples: lists.length };
    },
    lossGraph(key) {
      const [n, s, t] = key.split(' ').map(Number) as [number, number, number];
      const scores = scoresNode(n * per, s, t, recipe.dropout);
      const logits = div(reshape(scores, [n, per]), temperature);
      return loss.build(logits);
    },
    scoreValidation,
    async validate(weights, signal) {
      const scored = await scoreValidation(weights, signal);
      return [...scored].map(([pool, lists]) => poolScore(pool, lists));
    },
    async close() {
      for (const program of programs.values()) await program.close();
      programs.clear();
    },
  };
}

/** Batches of lists of about equal lengths; what is left over is left out of this epoch. */
function batchesOf(lists: readonly PlannedList[], batch: number, random: Random): PlannedList[][] {
  const order = random.shuffled([...lists]);
  const batches: PlannedList[][] = [];
  for (let at = 0; at < order.length; at += batch * sortedTogether) {
    const some = order.slice(at, at + batch * sortedTogether).sort((a, b) => a.length - b.length);
    for (let from = 0; from + batch <= some.length; from += batch)
      batches.push(some.slice(from, from + batch));
  }
  return random.shuffled(batches);
}

function lengthOf({ name, doc, code }: UnitText): number {
  return name.length + doc.length + code.length;
}

/** MRR of the right candidate; ties count against it. */
function poolScore(name: string, lists: readonly ScoredList[]): PoolScore {
  let [mrr, positive, negative, wrong] = [0, 0, 0, 0];
  for (const { list, logits } of lists) {
    const own = logits[list.positive]!;
    mrr += 1 / logits.filter(score => score >= own).length;
    for (const [i, logit] of logits.entries()) {
      if (i === list.positive) positive += logit;
      else {
        negative += logit;
        wrong++;
      }
    }
  }
  const queries = lists.length;
  return {
    name,
    queries,
    units: lists[0]?.list.candidates.length ?? 0,
    mrr: mrr / queries,
    positive: positive / queries,
    negative: negative / Math.max(1, wrong),
  };
}
