import { createHash } from 'node:crypto';
import type {
  Candidate,
  ClassificationDataset,
  DatasetLoader,
  LabelledPair,
  OpenDataset,
  Query,
} from '../dataset.ts';
import { Random } from '../statistics.ts';
import { bm25Defaults, bm25System } from '../systems/bm25.ts';
import { type CosqaForm, type CosqaPair, cosqaCodes, cosqaPairs, cosqaQueries } from './cosqa.ts';
import { splitOf } from './opening.ts';
import { classificationMeasures, countNotes, firstNote, publishedReader, written } from './published.ts';
import { type DataReader, MalformedRow } from './reading.ts';

const splits = ['test'];
const licence = 'MIT (CoCLR); MIT, data under C-UDA (CodeXGLUE)';
const source =
  'WebQueryTest (Lu et al., CodeXGLUE, NeurIPS 2021): Jun-jie-Huang/CoCLR, data/qa/test_webquery.json, as ' +
  'webquery/test.jsonl.gz below the data directory; calibration needs the files of cosqa beside it';
const published = { pairs: 1046, 'pairs of label 1': 422, 'distinct queries': 523, 'distinct codes': 824 };

/** Seed of the negatives: changing it, or how they are found, changes every threshold. */
const seed = 20210801;
/** A negative is drawn from so many of the best-matching wrong codes. */
const hardest = 10;

/** Does this code answer this web query? Code with its docstring, as published. */
export const webqueryLoader: DatasetLoader = loaderOf(
  'webquery',
  'WebQueryTest: does the Python function answer the web query?',
  'code_with_doc',
);

export const webqueryNodocLoader: DatasetLoader = loaderOf(
  'webquery-nodoc',
  'WebQueryTest: does the Python function answer the web query? Docstrings removed',
  'code',
);

function loaderOf(id: string, title: string, form: CosqaForm): DatasetLoader {
  const described = { id, title, licence, source };
  return { ...described, task: 'classification', splits, open: options => open(described, form, options) };
}

async function open(
  described: Pick<DatasetLoader, 'id' | 'title' | 'licence' | 'source'>,
  form: CosqaForm,
  options: OpenDataset,
): Promise<ClassificationDataset> {
  const split = splitOf(described.id, splits, options);
  const reader = publishedReader(described.id, source, options);
  const rows = await readPairs(reader, form);
  const cosqa = await readCosqa(reader, form);
  const negatives = await hardNegatives(cosqa.fullTexts, cosqa.dev);
  const pairs = rows.map(row => ({
    ...row.pair,
    slices: { code: cosqa.normalised.has(row.normalised) ? 'in CoSQA' : 'not in CoSQA' },
  }));
  const codes = new Set(rows.map(row => row.published));
  const queries = new Set(pairs.map(pair => pair.query));
  const positives = pairs.filter(pair => pair.label === 1).length;
  const found = {
    pairs: pairs.length,
    'pairs of label 1': positives,
    'distinct queries': queries.size,
    'distinct codes': codes.size,
  };
  const exact = rows.filter(row => cosqa.exact.has(row.published)).length;
  const close = pairs.filter(pair => pair.slices.code === 'in CoSQA').length;
  const asked = new Set(cosqa.training.map(pair => pair.query));
  const share = pairs.length === 0 ? 0 : (pairs.length - positives) / pairs.length;
  const labelled = (id: string, query: string, codeId: string, label: 0 | 1): LabelledPair => ({
    id,
    query,
    code: cosqa.codes.get(codeId)!,
    label,
  });
  return {
    ...described,
    task: 'classification',
    split,
    files: reader.files,
    notes: [
      `${written(pairs.length - positives)} of ${written(pairs.length)} pairs have label 0: always saying no is right for ${(100 * share).toFixed(1)} %`,
      `the code of ${written(exact)} pairs is in the codebase of CoSQA as it stands, of ${written(close)} but for white space (slice code)`,
      `${written(pairs.filter(pair => asked.has(pair.query)).length)} pairs have a query of CoSQA's training split: no independent test of what learned from CoSQA`,
      `threshold cosqa-dev: CoSQA's dev queries with the right code, and each with a wrong one of the ${hardest} that BM25 finds first, because the wrong codes of WebQueryTest are results of a search engine too`,
      `threshold cosqa-train: the labelled training pairs of CoSQA`,
      ...countNotes(found, published),
      ...firstNote(options, ''),
    ],
    measures: classificationMeasures,
    calibration: [
      {
        name: 'cosqa-dev',
        pairs: cosqa.dev.flatMap((query, q) => {
          const golds = Object.keys(query.judgments);
          const negative = negatives[q];
          return [
            ...golds.map(gold => labelled(`${query.id}+${gold}`, query.text, gold, 1)),
            ...(negative === undefined ? [] : [labelled(`${query.id}-${negative}`, query.text, negative, 0)]),
          ];
        }),
      },
      {
        name: 'cosqa-train',
        pairs: cosqa.training.map((pair, i) => labelled(`train-${i}`, pair.query, pair.codeId, pair.label)),
      },
    ],
    pairs: pairs.slice(0, options.first),
  };
}

interface WebQueryRow {
  pair: LabelledPair;
  /** Of the code as published. */
  published: string;
  normalised: string;
}

/** Pairs with the same code text share one candidate. */
async function readPairs(reader: DataReader, form: CosqaForm): Promise<WebQueryRow[]> {
  const seen = new Set<string>();
  const codes = new Map<string, Candidate>();
  const rows = reader.rows('webquery/test.jsonl.gz', (row): WebQueryRow => {
    const id = row.id('id');
    const text = row.text(form);
    const full = row.text('code_with_doc');
    const name = row.optionalText('func_name');
    const pair = { id, query: row.text('query'), label: row.label('label') };
    if (seen.has(id)) throw new MalformedRow(`id ${id} occurs twice`);
    seen.add(id);
    const code = codes.get(text) ?? { id, text, language: 'python', ...(name === undefined ? {} : { name }) };
    codes.set(text, code);
    return { pair: { ...pair, code }, published: hashOf(full), normalised: hashOf(normal(full)) };
  });
  return Array.fromAsync(rows);
}

interface Cosqa {
  /** By id in CoSQA; as candidates their ids are `cosqa-ID`, so that they are none of the tested codes. */
  codes: Map<string, Candidate>;
  /** Codes as published, for the search for negatives. */
  fullTexts: Candidate[];
  exact: Set<string>;
  normalised: Set<string>;
  dev: Query[];
  training: CosqaPair[];
}

async function readCosqa(reader: DataReader, form: CosqaForm): Promise<Cosqa> {
  const fullTexts = await Array.fromAsync(cosqaCodes(reader, 'code_with_doc'));
  const shown = form === 'code_with_doc' ? fullTexts : await Array.fromAsync(cosqaCodes(reader, form));
  const codes = new Map(shown.map(code => [code.id, { ...code, id: `cosqa-${code.id}` }]));
  const ids = new Set(codes.keys());
  return {
    codes,
    fullTexts: fullTexts.filter(code => ids.has(code.id)),
    exact: new Set(fullTexts.map(code => hashOf(code.text))),
    normalised: new Set(fullTexts.map(code => hashOf(normal(code.text)))),
    dev: await cosqaQueries(reader, 'dev', ids),
    training: await Array.fromAsync(cosqaPairs(reader, ids)),
  };
}

/**
 * For each query one wrong code out of those that match its words best; undefined if no other code has any of them.
 * The same for both forms of the data set, and the same in every run.
 */
async function hardNegatives(
  codes: readonly Candidate[],
  queries: readonly Query[],
): Promise<Array<string | undefined>> {
  // Written out, so that new defaults of the system do not move the thresholds.
  const parameters = { ...bm25Defaults, k1: 1.2, b: 0.75, k3: 0, stem: true, idf: 'collection' };
  const system = await bm25System('bm25', parameters).prepare({
    name: 'cosqa',
    fingerprint: '',
    queries: [],
    async *candidates() {
      yield* codes;
    },
  });
  const random = new Random(seed);
  const negatives: Array<string | undefined> = [];
  for (const query of queries) {
    const golds = Object.keys(query.judgments).length;
    const ranked = await system.rank(query, { limit: hardest + golds });
    const wrong = ranked.filter(item => !Object.hasOwn(query.judgments, item.id)).slice(0, hardest);
    negatives.push(wrong[random.below(Math.max(1, wrong.length))]?.id);
  }
  return negatives;
}

function normal(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
