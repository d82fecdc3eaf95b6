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

type Language = 'sql' | 'csharp';

interface Published {
  codes: number;
  /** Questions by split; each is asked in every run. */
  questions: Readonly<Record<string, number>>;
}

const splits = ['eval', 'dev'];
const runs = 20;
const poolSize = 50;
const licence = 'MIT (repository); Stack Overflow content CC BY-SA';
const source =
  'CODE-NN (Iyer et al., ACL 2016): sriniiyer/codenn, data/stackoverflow/{csharp,sql}/{dev,eval}/mrr.json, ' +
  'as codenn/mrr_{csharp,sql}_{codebase,dev,eval}.jsonl.gz below the data directory';

/** Questions against the published pools of 50 codes, drawn 20 times. */
export const codennSqlLoader: DatasetLoader = loaderOf('sql', 'SQL', {
  codes: 3340,
  questions: { eval: 100, dev: 111 },
});

export const codennCsharpLoader: DatasetLoader = loaderOf('csharp', 'C#', {
  codes: 6602,
  questions: { eval: 108, dev: 100 },
});

function loaderOf(language: Language, called: string, published: Published): DatasetLoader {
  const id = `codenn-${language}`;
  const title = `CODE-NN: questions find ${called} snippets in published pools of ${poolSize}`;
  return {
    id,
    title,
    task: 'retrieval',
    splits,
    licence,
    source,
    open: options => open({ id, title }, language, published, options),
  };
}

async function open(
  described: { id: string; title: string },
  language: Language,
  published: Published,
  options: OpenDataset,
): Promise<RetrievalDataset> {
  const { id } = described;
  const split = splitOf(id, splits, options);
  const reader = publishedReader(id, source, options);
  const ids = new Set<string>();
  for await (const code of codesOf(reader, language)) ids.add(code.id);
  const all = await readQueries(reader, language, split, ids);
  const queries = all.slice(0, options.first);
  const questions = published.questions[split]!;
  const found = {
    codes: ids.size,
    questions: new Set(all.map(query => query.cluster)).size,
    'queries (questions × runs)': all.length,
    [`queries with ${poolSize} candidates`]: all.filter(query => query.pool?.length === poolSize).length,
  };
  const fingerprint = fingerprintOf(reader, id, queries);
  return {
    ...described,
    task: 'retrieval',
    split,
    licence,
    source,
    files: reader.files,
    notes: [
      `published pools: ${poolSize} candidates with one right code, drawn ${runs} times for every question; the runs of a question are one observation`,
      `the codebase of ${written(ids.size)} snippets is that of all pools; their titles are removed`,
      'the right code is the last one in every published pool: what ranks equal codes in the given order must not gain by it',
      ...countNotes(found, {
        codes: published.codes,
        questions,
        'queries (questions × runs)': questions * runs,
        [`queries with ${poolSize} candidates`]: questions * runs,
      }),
      ...firstNote(options, ''),
    ],
    measures: retrievalMeasures,
    averaging: 'queries',
    async *collections(signal) {
      throwIfAborted(signal);
      yield {
        name: language,
        fingerprint,
        queries,
        async *candidates(inner) {
          for await (const code of codesOf(reader, language)) {
            throwIfAborted(inner);
            yield code;
          }
        },
      };
    },
  };
}

function codesOf(reader: DataReader, language: Language): AsyncGenerator<Candidate> {
  const seen = new Set<string>();
  return reader.rows(`codenn/mrr_${language}_codebase.jsonl.gz`, row => {
    const code = { id: row.id('id'), text: row.text('code'), language };
    if (seen.has(code.id)) throw new MalformedRow(`id ${code.id} occurs twice`);
    seen.add(code.id);
    return code;
  });
}

async function readQueries(
  reader: DataReader,
  language: Language,
  split: string,
  ids: ReadonlySet<string>,
): Promise<Query[]> {
  const seen = new Set<string>();
  const queries = reader.rows(`codenn/mrr_${language}_${split}.jsonl.gz`, (row): Query => {
    const id = row.id('id');
    const text = row.text('query');
    const relevant = row.ids('relevant');
    const pool = row.ids('candidates');
    const members = new Set(pool);
    if (relevant.length === 0) throw new MalformedRow('no relevant code');
    const unknown = [...relevant, ...pool].find(code => !ids.has(code));
    if (unknown !== undefined) throw new MalformedRow(`code ${unknown} is not in the codebase`);
    if (members.size < pool.length) throw new MalformedRow('a candidate occurs twice');
    const outside = relevant.find(code => !members.has(code));
    if (outside !== undefined) throw new MalformedRow(`relevant code ${outside} is not among the candidates`);
    if (seen.has(id)) throw new MalformedRow(`id ${id} occurs twice`);
    seen.add(id);
    // The number at the end of an id is the place within its run: only the text says which question it is.
    return { id, text, judgments: Object.fromEntries(relevant.map(code => [code, 1])), pool, cluster: text };
  });
  return Array.fromAsync(queries);
}
