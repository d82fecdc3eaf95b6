import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import type { Candidate, DatasetLoader, OpenDataset, Query, RetrievalDataset } from '../dataset.ts';
import { counted, Fingerprint, type GivenPath, givenPath, packedOrNot, splitOf } from './opening.ts';
import { DataReader, MalformedRow, Row } from './reading.ts';

const splits = ['all', 'test', 'dev', 'valid', 'train'];
const source =
  'your own: FILE with rows {"query", "code"}, or DIR with codebase.jsonl {"id", "code"} and queries.jsonl {"query", "relevant": [ids]}';

/** Data in the simplest form that can be written by hand or by a script. */
export const jsonlLoader: DatasetLoader = {
  id: 'jsonl',
  title: 'Your own pairs, or codebase and queries, as JSON Lines',
  task: 'retrieval',
  splits,
  licence: 'your own',
  source,
  needs: 'path',
  open,
};

/** What either form comes to. */
interface Content {
  candidates: Candidate[];
  queries: Query[];
  notes: string[];
}

async function open(options: OpenDataset): Promise<RetrievalDataset> {
  const split = splitOf('jsonl', splits, options);
  const given = givenPath(
    'jsonl',
    'a file of pairs, or a folder with codebase.jsonl and queries.jsonl',
    options,
  );
  const reader = new DataReader(given.directory, source, options);
  const { candidates, queries, notes } = given.isDirectory
    ? await readFolder(reader, given, split, options)
    : await readPairs(reader, given, split, options);
  const fingerprint = new Fingerprint();
  for (const candidate of candidates) fingerprint.candidate(candidate);
  for (const query of queries) fingerprint.query(query);
  const digest = fingerprint.digest();
  return {
    task: 'retrieval',
    id: 'jsonl',
    title: `${given.name} (your own)`,
    split,
    licence: 'your own',
    source,
    files: reader.files,
    notes,
    measures: ['mrr', 'success@1', 'success@5', 'success@10', 'ndcg@10'],
    averaging: 'queries',
    async *collections(signal) {
      throwIfAborted(signal);
      yield {
        name: given.name,
        fingerprint: digest,
        queries,
        async *candidates(inner) {
          throwIfAborted(inner);
          yield* candidates;
        },
      };
    },
  };
}

interface Pair {
  query: string;
  candidate: Omit<Candidate, 'id'>;
  id: string | undefined;
  split: string | undefined;
  slices: Record<string, string>;
}

/** One file: every code is the answer to its query. Equal codes are one candidate, which answers all their queries. */
async function readPairs(
  reader: DataReader,
  given: GivenPath,
  split: string,
  options: OpenDataset,
): Promise<Content> {
  const named = new Set<string>();
  const found: Pair[] = [];
  const others = new Map<string, number>();
  const parse = (row: Row): Pair => {
    const id = optionalId(row);
    if (id !== undefined && named.has(id)) throw new MalformedRow(`id ${id} occurs twice`);
    const pair = { query: row.text('query').trim(), candidate: codeOf(row), id, ...partOf(row) };
    if (id !== undefined) named.add(id);
    return pair;
  };
  for await (const pair of reader.rows(given.name, parse)) {
    if (split !== 'all' && pair.split !== split) add(others, pair.split ?? 'none');
    else if (found.length < (options.first ?? Number.POSITIVE_INFINITY)) found.push(pair);
  }
  if (found.length === 0) throw nothingIn(given, split, others);

  const byCode = new Map<string, Candidate>();
  const byQuery = new Map<string, Record<string, number>>();
  for (const [i, { id, query, candidate }] of found.entries()) {
    let one = byCode.get(candidate.text);
    if (!one) byCode.set(candidate.text, (one = { id: id ?? unusedId(i + 1, named), ...candidate }));
    const judgments = byQuery.get(query) ?? {};
    judgments[one.id] = 1;
    byQuery.set(query, judgments);
  }
  const queries = found.map(({ id, query, slices }, i): Query => {
    return { id: id ?? unusedId(i + 1, named), text: query, judgments: byQuery.get(query)!, slices };
  });
  const notes: string[] = leftOut(others);
  const equal = found.length - byCode.size;
  if (equal > 0)
    notes.push(`${counted(equal, 'code')} equal to an earlier one: one candidate answers all their queries`);
  const shared = found.length - byQuery.size;
  if (shared > 0)
    notes.push(
      `${counted(shared, 'query', 'queries')} asked before: all answers of equal queries are relevant`,
    );
  if (options.first !== undefined)
    notes.push(`only the first ${counted(found.length, 'pair')}, candidates included`);
  return { candidates: [...byCode.values()], queries, notes };
}

/** A number that is nobody's id. */
function unusedId(number: number, named: ReadonlySet<string>): string {
  let id = String(number);
  while (named.has(id)) id = `#${id}`;
  return id;
}

/** A folder: the codebase, and queries with the ids of what answers them. */
async function readFolder(
  reader: DataReader,
  given: GivenPath,
  split: string,
  options: OpenDataset,
): Promise<Content> {
  const known = new Set<string>();
  const candidates: Candidate[] = [];
  const parseCode = (row: Row): Candidate => {
    const id = row.id('id');
    if (known.has(id)) throw new MalformedRow(`id ${id} occurs twice`);
    const candidate = { id, ...codeOf(row) };
    known.add(id);
    return candidate;
  };
  for await (const candidate of reader.rows(packedOrNot(given.path, 'codebase.jsonl'), parseCode))
    candidates.push(candidate);

  const file = packedOrNot(given.path, 'queries.jsonl');
  const named = new Set<string>();
  const others = new Map<string, number>();
  const queries: Array<Omit<Query, 'id'> & { id: string | undefined }> = [];
  let matching = 0;
  const parseQuery = (row: Row) => {
    const id = optionalId(row);
    if (id !== undefined && named.has(id)) throw new MalformedRow(`id ${id} occurs twice`);
    const { split: own, slices } = partOf(row);
    const query = { id, text: row.text('query').trim(), slices, ...judgmentsOf(row, known) };
    if (id !== undefined) named.add(id);
    return { query, own };
  };
  for await (const { query, own } of reader.rows(file, parseQuery)) {
    if (split !== 'all' && own !== split) add(others, own ?? 'none');
    else if (++matching <= (options.first ?? Number.POSITIVE_INFINITY)) queries.push(query);
  }
  if (queries.length === 0) throw nothingIn(given, split, others);
  const notes = leftOut(others);
  if (queries.length < matching) notes.push(`only the first ${counted(queries.length, 'query', 'queries')}`);
  return {
    candidates,
    queries: queries.map((query, i) => ({ ...query, id: query.id ?? unusedId(i + 1, named) })),
    notes,
  };
}

function judgmentsOf(
  row: Row,
  known: ReadonlySet<string>,
): { judgments: Record<string, number>; pool?: readonly string[] } {
  const given = row.fields['relevant'];
  const judgments: Record<string, number> = {};
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) {
    const grades = new Row(given as Record<string, unknown>);
    for (const id of Object.keys(given)) judgments[id] = grades.number(id);
  } else for (const id of row.ids('relevant')) judgments[id] = 1;
  const ids = Object.keys(judgments);
  const unknown = ids.find(id => !known.has(id));
  if (unknown !== undefined) throw new MalformedRow(`${unknown} is not in the codebase`);
  if (!ids.some(id => judgments[id]! > 0)) throw new MalformedRow('nothing is relevant');
  if (ids.some(id => judgments[id]! < 0)) throw new MalformedRow('a grade is below 0');
  if (row.fields['candidates'] === undefined) return { judgments };
  const pool = [...new Set(row.ids('candidates'))];
  const missing = pool.find(id => !known.has(id));
  if (missing !== undefined) throw new MalformedRow(`candidate ${missing} is not in the codebase`);
  const outside = ids.find(id => judgments[id]! > 0 && !pool.includes(id));
  if (outside !== undefined) throw new MalformedRow(`${outside} is relevant and not among the candidates`);
  return { judgments, pool };
}

function codeOf(row: Row): Omit<Candidate, 'id'> {
  const text = row.optionalText('code') ?? row.optionalText('text');
  if (text === undefined) throw new MalformedRow('no text in field code');
  const language = row.optionalText('language');
  const name = row.optionalText('name');
  return { text, ...(language === undefined ? {} : { language }), ...(name === undefined ? {} : { name }) };
}

/** The split a row says it belongs to, and its slices. */
function partOf(row: Row): { split: string | undefined; slices: Record<string, string> } {
  const slices: Record<string, string> = {};
  for (const name of ['category', 'language']) {
    const value = row.optionalText(name);
    if (value !== undefined) slices[name] = value;
  }
  return { split: row.optionalText('split'), slices };
}

function optionalId(row: Row): string | undefined {
  return row.fields['id'] === undefined || row.fields['id'] === null ? undefined : row.id('id');
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function leftOut(others: ReadonlyMap<string, number>): string[] {
  return [...others].map(([split, rows]) => `${counted(rows, 'row')} left out: split ${split}`);
}

function nothingIn(
  { path, isDirectory }: GivenPath,
  split: string,
  others: ReadonlyMap<string, number>,
): QuarryError {
  const there = [...others.keys()].join(', ');
  const empty =
    isDirectory && !existsSync(join(path, 'queries.jsonl')) ? source : 'every row needs query and code';
  return new QuarryError(
    'not-found',
    `no rows of split ${split} in ${path}`,
    there === '' ? empty : `there is ${there}: try --split, or leave it out for all`,
  );
}
