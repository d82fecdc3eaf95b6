import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import type { Candidate, DatasetLoader, OpenDataset, Query, RetrievalDataset } from '../dataset.ts';
import { counted, Fingerprint, givenPath, packedOrNot, splitOf } from './opening.ts';
import { DataReader, MalformedRow, type Row } from './reading.ts';

const splits = ['test', 'dev', 'train'];
const source = 'the BEIR layout (Thakur et al., NeurIPS 2021): corpus.jsonl, queries.jsonl, qrels/SPLIT.tsv';

/** Any data set in the layout of BEIR; judgments are graded. */
export const beirLoader: DatasetLoader = {
  id: 'beir',
  title: 'A data set in BEIR layout: corpus.jsonl, queries.jsonl, qrels/test.tsv',
  task: 'retrieval',
  splits,
  licence: 'that of the data set',
  source,
  needs: 'path',
  open,
};

async function open(options: OpenDataset): Promise<RetrievalDataset> {
  const split = splitOf('beir', splits, options);
  const given = givenPath('beir', 'a folder with corpus.jsonl, queries.jsonl and qrels/', options);
  const { directory, name } = given;
  const reader = new DataReader(directory, source, options);
  const corpus = packedOrNot(directory, 'corpus.jsonl');
  checkSplit(directory, split);

  const fingerprint = new Fingerprint();
  const known = new Set<string>();
  for await (const candidate of candidatesOf(reader, corpus)) {
    known.add(candidate.id);
    fingerprint.candidate(candidate);
  }
  const asked = new Map<string, string>();
  for await (const { id, text } of queriesOf(reader, packedOrNot(directory, 'queries.jsonl')))
    asked.set(id, text);
  const judged = await readQrels(reader, `qrels/${split}.tsv`, asked, known);

  const answered = [...asked].filter(([id]) => Object.values(judged.get(id) ?? {}).some(grade => grade > 0));
  if (answered.length === 0)
    throw new QuarryError('usage', `${join(directory, 'qrels', `${split}.tsv`)} judges none of the queries`);
  const queries = answered.slice(0, options.first).map(([id, text]): Query => {
    return { id, text, judgments: judged.get(id)! };
  });
  for (const query of queries) fingerprint.query(query);
  const digest = fingerprint.digest();

  const unjudged = asked.size - judged.size;
  const unanswered = judged.size - answered.length;
  const notes: string[] = [];
  if (unjudged > 0)
    notes.push(`${counted(unjudged, 'query', 'queries')} without judgments in ${split} left out`);
  if (unanswered > 0)
    notes.push(`${counted(unanswered, 'query', 'queries')} without a relevant candidate left out`);
  if (queries.length < answered.length)
    notes.push(`only the first ${counted(queries.length, 'query', 'queries')}`);
  return {
    task: 'retrieval',
    id: 'beir',
    title: `${name} (BEIR layout)`,
    split,
    licence: beirLoader.licence,
    source,
    files: reader.files,
    notes,
    measures: ['ndcg@10', 'mrr', 'recall@10', 'recall@100'],
    averaging: 'queries',
    async *collections(signal) {
      throwIfAborted(signal);
      yield {
        name,
        fingerprint: digest,
        queries,
        candidates: inner => candidatesOf(reader, corpus, inner),
      };
    },
  };
}

function checkSplit(directory: string, split: string): void {
  const folder = join(directory, 'qrels');
  if (existsSync(join(folder, `${split}.tsv`)) || !existsSync(folder)) return;
  const there = readdirSync(folder).filter(file => file.endsWith('.tsv'));
  throw new QuarryError(
    'not-found',
    `missing file: ${join(folder, `${split}.tsv`)}`,
    there.length === 0 ? source : `there is ${there.sort().join(', ')}: try --split`,
  );
}

async function* candidatesOf(
  reader: DataReader,
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<Candidate> {
  const seen = new Set<string>();
  const parse = (row: Row): Candidate => {
    const id = fresh(row, seen);
    const text = [row.optionalText('title'), row.optionalText('text')].filter(part => part !== undefined);
    if (text.length === 0) throw new MalformedRow('fields title and text are empty');
    seen.add(id);
    return { id, text: text.join('\n') };
  };
  for await (const candidate of reader.rows(path, parse)) {
    throwIfAborted(signal);
    yield candidate;
  }
}

async function* queriesOf(reader: DataReader, path: string): AsyncGenerator<{ id: string; text: string }> {
  const seen = new Set<string>();
  yield* reader.rows(path, row => {
    const query = { id: fresh(row, seen), text: row.text('text') };
    seen.add(query.id);
    return query;
  });
}

function fresh(row: Row, seen: ReadonlySet<string>): string {
  const id = row.id('_id');
  if (seen.has(id)) throw new MalformedRow(`_id ${id} occurs twice`);
  return id;
}

/** Grades by candidate, by query. Rows about what is not there are malformed. */
async function readQrels(
  reader: DataReader,
  path: string,
  queries: ReadonlyMap<string, string>,
  candidates: ReadonlySet<string>,
): Promise<Map<string, Record<string, number>>> {
  const judged = new Map<string, Record<string, number>>();
  let rows = 0;
  for await (const [text, line] of reader.lines(path)) {
    if (text.trim() === '') continue;
    const [query = '', candidate = '', score = '', ...more] = text.split('\t');
    if (line === 1 && /^query[-_]?id$/i.test(query.trim())) continue;
    const grade = Number(score);
    const wrong =
      more.length > 0 || score.trim() === '' || !Number.isFinite(grade)
        ? 'not query-id, corpus-id and score, parted by tabs'
        : !queries.has(query)
          ? `query ${query} is not in queries.jsonl`
          : !candidates.has(candidate)
            ? `${candidate} is not in corpus.jsonl`
            : judged.has(query) && Object.hasOwn(judged.get(query)!, candidate)
              ? `query ${query} and ${candidate} are judged twice`
              : undefined;
    if (wrong !== undefined) {
      reader.skip(path, line, wrong);
      continue;
    }
    rows++;
    const grades = judged.get(query) ?? {};
    // Negative scores mean worthless (TREC): judged, and not relevant.
    grades[candidate] = Math.max(0, grade);
    judged.set(query, grades);
  }
  reader.files.find(file => file.path === path)!.rows = rows;
  return judged;
}
