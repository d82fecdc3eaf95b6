import { throwIfAborted } from '../../core/errors.ts';
import type { Candidate, DatasetLoader, OpenDataset, Query, RetrievalDataset } from '../dataset.ts';
import { splitOf } from './opening.ts';
import {
  countNotes,
  fingerprintOf,
  firstNote,
  publishedReader,
  retrievalMeasures,
  written,
} from './published.ts';
import { type DataReader, MalformedRow } from './reading.ts';

/** Text of a code: as published, or with the docstring cut out. */
export type CosqaForm = 'code_with_doc' | 'code';

/** A labelled pair of the training split. */
export interface CosqaPair {
  query: string;
  /** Id of a code of the codebase. */
  codeId: string;
  label: 0 | 1;
}

const splits = ['test', 'dev'];
const licence = 'MIT';
const source =
  'CoSQA (Huang et al., ACL 2021): Jun-jie-Huang/CoCLR, data/search/{code_idx_map.txt, cosqa-retrieval-dev-500.json, ' +
  'cosqa-retrieval-test-500.json} and data/qa/cosqa-train.json, as cosqa/{codebase, queries.dev, queries.test, ' +
  'train}.jsonl.gz below the data directory';
const published = {
  codes: 6267,
  'dev queries': 500,
  'test queries': 500,
  'training pairs': 19_604,
  'positive training pairs': 9020,
};

/** Web queries against the whole codebase of Python functions, docstrings as published. */
export const cosqaLoader: DatasetLoader = loaderOf(
  'cosqa',
  'CoSQA: web queries find Python functions, docstrings kept as published',
  'code_with_doc',
);

/** The same with docstrings cut out: nothing but code says what a function does. */
export const cosqaNodocLoader: DatasetLoader = loaderOf(
  'cosqa-nodoc',
  'CoSQA: web queries find Python functions, docstrings removed',
  'code',
);

function loaderOf(id: string, title: string, form: CosqaForm): DatasetLoader {
  const described = { id, title, licence, source };
  return { ...described, task: 'retrieval', splits, open: options => open(described, form, options) };
}

async function open(
  described: Pick<DatasetLoader, 'id' | 'title' | 'licence' | 'source'>,
  form: CosqaForm,
  options: OpenDataset,
): Promise<RetrievalDataset> {
  const { id } = described;
  const split = splitOf(id, splits, options);
  const protocol = options.protocol ?? 'full';
  const reader = publishedReader(id, source, options);
  const ids = new Set<string>();
  for await (const code of cosqaCodes(reader, form)) ids.add(code.id);
  const training = await readTraining(reader, ids, protocol);
  const sliced = (query: Query): Query => ({
    ...query,
    slices: {
      gold: Object.keys(query.judgments).some(gold => training.answered.has(gold)) ? 'seen' : 'unseen',
    },
  });
  const all = (split === 'dev' ? training.dev : training.test).map(sliced);
  const seen = all.filter(query => query.slices?.gold === 'seen').length;
  const queries = all.slice(0, options.first);
  const found = {
    codes: ids.size,
    'dev queries': training.dev.length,
    'test queries': training.test.length,
    'training pairs': training.pairs,
    'positive training pairs': training.positives,
  };
  const notes = [
    `one right code per query; the pool is all ${written(ids.size)} codes, docstrings ${form === 'code' ? 'removed' : 'kept as published'}`,
    `${written(seen)} of ${written(all.length)} right codes also answer a query of the training split (slice gold: seen)`,
    protocol === 'full'
      ? `protocol full: systems that learn get all ${written(training.kept)} positive training pairs`
      : `protocol disjoint: training pairs of dev and test codes are left out; ${written(training.kept)} positive pairs are left`,
    'the form with 20,604 documents (MTEB, CoIR) gives other numbers',
    ...countNotes(found, published),
    ...firstNote(options, ''),
  ];
  const fingerprint = fingerprintOf(reader, id, form, protocol, queries);
  return {
    ...described,
    task: 'retrieval',
    split,
    files: reader.files,
    notes,
    measures: retrievalMeasures,
    averaging: 'queries',
    async *collections(signal) {
      throwIfAborted(signal);
      yield {
        name: 'cosqa',
        fingerprint,
        queries,
        async *candidates(inner) {
          for await (const code of cosqaCodes(reader, form)) {
            throwIfAborted(inner);
            const trainingQueries = training.queries.get(code.id);
            yield trainingQueries ? { ...code, trainingQueries } : code;
          }
        },
      };
    },
  };
}

/** Streams the labelled pairs of the training split; with `disjoint` those of dev and test codes are left out. */
export async function* cosqaTrainingPairs(
  options: Pick<OpenDataset, 'data' | 'protocol' | 'strict' | 'signal' | 'onSkipped'>,
): AsyncGenerator<CosqaPair> {
  const reader = publishedReader('cosqa', source, options);
  const ids = new Set<string>();
  for await (const code of cosqaCodes(reader, 'code_with_doc')) ids.add(code.id);
  const golds =
    options.protocol === 'disjoint'
      ? goldsOf([...(await cosqaQueries(reader, 'dev', ids)), ...(await cosqaQueries(reader, 'test', ids))])
      : new Set<string>();
  for await (const pair of cosqaPairs(reader, ids)) if (!golds.has(pair.codeId)) yield pair;
}

/** Streams the codebase, without training queries. */
export function cosqaCodes(reader: DataReader, form: CosqaForm): AsyncGenerator<Candidate> {
  const seen = new Set<string>();
  return reader.rows('cosqa/codebase.jsonl.gz', row => {
    const id = row.id('id');
    const name = row.optionalText('func_name');
    const text = row.text(form);
    if (seen.has(id)) throw new MalformedRow(`id ${id} occurs twice`);
    seen.add(id);
    return { id, text, language: 'python', ...(name === undefined ? {} : { name }) };
  });
}

/** The queries of a split. Rows whose right code is not among `ids` are malformed. */
export async function cosqaQueries(
  reader: DataReader,
  split: string,
  ids: ReadonlySet<string>,
): Promise<Query[]> {
  const seen = new Set<string>();
  const queries = reader.rows(`cosqa/queries.${split}.jsonl.gz`, (row): Query => {
    const id = row.id('id');
    const text = row.text('query');
    const relevant = row.ids('relevant');
    if (relevant.length === 0) throw new MalformedRow('no relevant code');
    const unknown = relevant.find(code => !ids.has(code));
    if (unknown !== undefined) throw new MalformedRow(`relevant code ${unknown} is not in the codebase`);
    if (seen.has(id)) throw new MalformedRow(`id ${id} occurs twice`);
    seen.add(id);
    return { id, text, judgments: Object.fromEntries(relevant.map(code => [code, 1])) };
  });
  return Array.fromAsync(queries);
}

/** Streams all labelled training pairs. Rows whose code is not among `ids` are malformed. */
export function cosqaPairs(reader: DataReader, ids: ReadonlySet<string>): AsyncGenerator<CosqaPair> {
  return reader.rows('cosqa/train.jsonl.gz', row => {
    const pair = { query: row.text('query'), codeId: row.id('code_id'), label: row.label('label') };
    if (!ids.has(pair.codeId)) throw new MalformedRow(`code ${pair.codeId} is not in the codebase`);
    return pair;
  });
}

async function readTraining(
  reader: DataReader,
  ids: ReadonlySet<string>,
  protocol: 'full' | 'disjoint',
): Promise<{
  dev: Query[];
  test: Query[];
  pairs: number;
  positives: number;
  /** Positive pairs that the protocol leaves. */
  kept: number;
  /** Codes with a positive pair, whatever the protocol. */
  answered: Set<string>;
  /** Queries by code, as far as the protocol leaves them. */
  queries: Map<string, string[]>;
}> {
  const dev = await cosqaQueries(reader, 'dev', ids);
  const test = await cosqaQueries(reader, 'test', ids);
  const golds = goldsOf([...dev, ...test]);
  const answered = new Set<string>();
  const queries = new Map<string, string[]>();
  let [pairs, positives, kept] = [0, 0, 0];
  for await (const { query, codeId, label } of cosqaPairs(reader, ids)) {
    pairs++;
    if (label === 0) continue;
    positives++;
    answered.add(codeId);
    if (protocol === 'disjoint' && golds.has(codeId)) continue;
    kept++;
    const list = queries.get(codeId);
    if (list) list.push(query);
    else queries.set(codeId, [query]);
  }
  return { dev, test, pairs, positives, kept, answered, queries };
}

function goldsOf(queries: readonly Query[]): Set<string> {
  return new Set(queries.flatMap(query => Object.keys(query.judgments)));
}
