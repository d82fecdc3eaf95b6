import { existsSync, statSync } from 'node:fs';
import { basename, relative, resolve, sep } from 'node:path';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import type { Candidate, DatasetLoader, OpenDataset, Query, RetrievalDataset } from '../dataset.ts';
import { counted, Fingerprint, type GivenPath, givenPath, readJson, rowsOfList, splitOf } from './opening.ts';
import { DataReader, MalformedRow, Row } from './reading.ts';

const splits = ['all'];
const source =
  'your own: rows {"query": "…", "relevant": ["src/a.ts"]}, the first one may be {"root": "../src"}';

/** Questions about a tree with the files that answer them. */
export const questionsLoader: DatasetLoader = {
  id: 'questions',
  title: 'Your own questions on your own files',
  task: 'retrieval',
  splits,
  licence: 'your own',
  source,
  needs: 'path',
  open,
};

interface Question {
  text: string;
  /** Grade by path. */
  relevant: Record<string, number>;
  category: string | undefined;
}

/** A question, and where it stands. */
interface Placed {
  question: Question;
  line: number;
}

/** What a file of questions holds. */
interface Questions {
  root: string | undefined;
  placed: Placed[];
}

async function open(options: OpenDataset): Promise<RetrievalDataset> {
  const split = splitOf('questions', splits, options);
  const given = givenPath('questions', 'a .jsonl or .json file of questions', options);
  if (given.isDirectory)
    throw new QuarryError('usage', `${given.path} is a directory`, 'questions needs a file of questions');
  const reader = new DataReader(given.directory, source, options);
  const read = given.name.endsWith('.json') ? readList : readRows;
  const { root: named, placed } = await read(reader, given);
  const root = options.repos ?? resolve(given.directory, named ?? '.');
  if (!existsSync(root) || !statSync(root).isDirectory())
    throw new QuarryError(
      'not-found',
      `no directory of files: ${root}`,
      'give --repos DIR, or a first row {"root": DIR}',
    );
  // The file of questions holds every query word for word.
  const own = relative(root, given.path).split(sep).join('/');
  const tree = async function* (signal: AbortSignal | undefined): AsyncGenerator<Candidate> {
    for await (const candidate of options.host.readTree(root, signal))
      if (candidate.id !== own) yield candidate;
  };

  const fingerprint = new Fingerprint();
  const paths = new Set<string>();
  for await (const candidate of tree(options.signal)) {
    fingerprint.candidate(candidate);
    paths.add(candidate.id);
  }
  const found: Query[] = [];
  for (const { question, line } of placed) {
    const unknown = Object.keys(question.relevant).find(path => !paths.has(path));
    if (unknown !== undefined) reader.skip(given.name, line, missingFile(unknown, paths));
    else found.push(queryOf(question, `${given.name}:${line}`));
  }
  if (found.length === 0)
    throw new QuarryError('not-found', `no questions on the files of ${root} in ${given.path}`, source);
  reader.files[0]!.rows = found.length;
  const queries = found.slice(0, options.first);
  for (const query of queries) fingerprint.query(query);
  const digest = fingerprint.digest();
  const notes = [
    `the candidates are the ${counted(paths.size, 'file')} of ${root} that an index of it would hold`,
  ];
  if (queries.length < found.length) notes.push(`only the first ${counted(queries.length, 'question')}`);
  return {
    task: 'retrieval',
    id: 'questions',
    title: `${given.name}: your own questions`,
    split,
    licence: 'your own',
    source,
    files: reader.files,
    notes,
    measures: ['mrr', 'success@1', 'success@5', 'ndcg@10', 'recall@10'],
    averaging: 'queries',
    async *collections(signal) {
      throwIfAborted(signal);
      yield { name: basename(root), fingerprint: digest, root, queries, candidates: inner => tree(inner) };
    },
  };
}

/** JSON Lines. */
async function readRows(reader: DataReader, given: GivenPath): Promise<Questions> {
  let root: string | undefined;
  const placed: Placed[] = [];
  for await (const [text, line] of reader.lines(given.name)) {
    if (text.trim() === '') continue;
    try {
      const row = rowOf(text);
      if (placed.length === 0 && root === undefined && row.fields['root'] !== undefined)
        root = row.text('root');
      else placed.push({ question: questionOf(row), line });
    } catch (error) {
      if (!(error instanceof MalformedRow)) throw error;
      reader.skip(given.name, line, error.message);
    }
  }
  return { root, placed };
}

/** One JSON list, or an object with `root` and `questions`. The number of a question stands for its line. */
async function readList(reader: DataReader, given: GivenPath): Promise<Questions> {
  const data = await readJson(reader, given.name);
  const isList = Array.isArray(data);
  const whole = new Row((isList ? {} : data) as Record<string, unknown>);
  const list: unknown = isList ? data : whole.fields['questions'];
  if (!Array.isArray(list)) throw new QuarryError('format', `${given.path}: no list of questions`, source);
  let root = whole.optionalText('root');
  const placed = rowsOfList(reader, given.name, list as unknown[], (row, index): Placed | undefined => {
    if (index > 0 || root !== undefined || row.fields['root'] === undefined)
      return { question: questionOf(row), line: index + 1 };
    root = row.text('root');
    return undefined;
  });
  return { root, placed: placed.filter(one => one !== undefined) };
}

function rowOf(text: string): Row {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw new MalformedRow('not JSON');
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    throw new MalformedRow('not a JSON object');
  return new Row(data as Record<string, unknown>);
}

function questionOf(row: Row): Question {
  const text = row.text('query').trim();
  const given = row.fields['relevant'];
  const relevant: Record<string, number> = {};
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) {
    const grades = new Row(given as Record<string, unknown>);
    for (const path of Object.keys(given)) relevant[plain(path)] = grades.number(path);
  } else for (const path of row.ids('relevant')) relevant[plain(path)] = 1;
  const grades = Object.values(relevant);
  if (grades.some(grade => grade < 0)) throw new MalformedRow('a grade is below 0');
  if (!grades.some(grade => grade > 0)) throw new MalformedRow('nothing is relevant');
  return { text, relevant, category: row.optionalText('category') };
}

function plain(path: string): string {
  return path.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '');
}

function queryOf({ text, relevant, category }: Question, id: string): Query {
  return { id, text, judgments: relevant, ...(category === undefined ? {} : { slices: { category } }) };
}

function missingFile(path: string, paths: ReadonlySet<string>): string {
  const name = basename(path);
  const near = [...paths].find(other => basename(other) === name) ?? nearest(path, paths);
  return `no file ${path} in the tree${near === undefined ? '' : `; did you mean ${near}?`}`;
}
