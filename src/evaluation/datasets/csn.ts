import { readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import type { Collection, DatasetLoader, OpenDataset, Query, RetrievalDataset } from '../dataset.ts';
import { firstParagraph, withoutDocstring } from './docstring.ts';
import { counted, Fingerprint, type GivenPath, givenPath, splitOf } from './opening.ts';
import { DataReader, MalformedRow, type Row } from './reading.ts';

const splits = ['test', 'valid', 'train'];
const source =
  'CodeSearchNet (Husain et al., arXiv 1909.09436), https://github.com/github/CodeSearchNet: unpack LANGUAGE.zip';

/** CodeSearchNet as it was published: one row per documented function, in `LANGUAGE/final/jsonl/SPLIT/*.jsonl.gz`. */
export const csnLoader: DatasetLoader = {
  id: 'csn',
  title: 'CodeSearchNet files: docstrings find their functions, by language',
  task: 'retrieval',
  splits,
  licence: 'that of the repository each function comes from',
  source,
  needs: 'path',
  open,
};

/** A row as far as it matters here. */
interface Pair {
  language: string;
  query: string;
  code: string;
  docstring: string;
  name: string | undefined;
  /** Address, or repository, path and name. Some occur twice. */
  key: string;
  /** Undefined when the row does not say it. */
  partition: string | undefined;
}

interface DataFile {
  path: string;
  /** Undefined when neither name nor folder say it. */
  split: string | undefined;
  language: string | undefined;
}

/** What is kept of a language after the first pass; candidates are streamed from the files again. */
class Part {
  readonly language: string;
  readonly files: Set<DataFile> = new Set();
  readonly queries: Query[] = [];
  /** Candidate ids, in the order of the queries. */
  readonly ids: string[] = [];
  readonly fingerprint: Fingerprint = new Fingerprint();
  /** Codes a docstring was cut out of. */
  cut = 0;
  private readonly used: Map<string, number> = new Map();

  constructor(language: string) {
    this.language = language;
  }

  add(pair: Pair, file: DataFile): void {
    const times = (this.used.get(pair.key) ?? 0) + 1;
    this.used.set(pair.key, times);
    const id = times === 1 ? pair.key : `${pair.key} (${times})`;
    const text = withoutDocstring(pair.code, pair.docstring);
    if (text !== pair.code) this.cut++;
    const query = { id: `${this.language}:${id}`, text: pair.query, judgments: { [id]: 1 } };
    this.files.add(file);
    this.ids.push(id);
    this.queries.push(query);
    this.fingerprint.candidate({ id, text });
    this.fingerprint.query(query);
  }
}

async function open(options: OpenDataset): Promise<RetrievalDataset> {
  const split = splitOf('csn', splits, options);
  const given = givenPath('csn', 'a folder or file of CodeSearchNet', options);
  const reader = new DataReader(given.directory, source, options);
  const files = dataFiles(given, split);
  const parts = new Map<string, Part>();
  const most = options.first ?? Number.POSITIVE_INFINITY;
  let total = 0;
  for (const file of files) {
    if (total >= most) break;
    // Read to its end even when no more pairs are wanted, so that its checksum is known.
    for await (const pair of pairsOf(reader, file, split)) {
      throwIfAborted(options.signal);
      if (total >= most) continue;
      let part = parts.get(pair.language);
      if (!part) parts.set(pair.language, (part = new Part(pair.language)));
      part.add(pair, file);
      total++;
    }
  }
  if (total === 0)
    throw new QuarryError('not-found', `no rows of split ${split} in ${given.path}`, 'try another --split');
  const cut = [...parts.values()].reduce((sum, part) => sum + part.cut, 0);
  const notes = [
    'a query is the first paragraph of a docstring; its answer is the function the docstring was taken from',
    `the docstring was cut out of the code of ${cut.toLocaleString('en')} of ${counted(total, 'function')}; in the others it does not stand`,
    'published numbers rank within 1,000 candidates (999 distractors); without pools all functions of a language are ranked',
  ];
  if (options.first !== undefined)
    notes.push(`only the first ${counted(total, 'pair')}, candidates included`);
  const collections = [...parts.values()].map(part => collectionOf(part, reader, split));
  return {
    task: 'retrieval',
    id: 'csn',
    title: `CodeSearchNet: ${[...parts.keys()].join(', ')}`,
    split,
    licence: csnLoader.licence,
    source,
    files: reader.files,
    notes,
    measures: ['mrr', 'success@1', 'success@5', 'success@10', 'ndcg@10'],
    averaging: 'queries',
    async *collections(signal) {
      for (const collection of collections) {
        throwIfAborted(signal);
        yield collection;
      }
    },
  };
}

function collectionOf(part: Part, reader: DataReader, split: string): Collection {
  const { language, files, ids, queries } = part;
  return {
    name: language,
    fingerprint: part.fingerprint.digest(),
    slices: { language },
    queries,
    async *candidates(signal) {
      let at = 0;
      for (const file of files) {
        for await (const { language: own, code, docstring, name } of pairsOf(reader, file, split)) {
          throwIfAborted(signal);
          if (own !== language) continue;
          yield {
            id: ids[at++]!,
            text: withoutDocstring(code, docstring),
            language,
            ...(name === undefined ? {} : { name }),
          };
          if (at === ids.length) return;
        }
      }
    },
  };
}

async function* pairsOf(reader: DataReader, file: DataFile, split: string): AsyncGenerator<Pair> {
  for await (const pair of reader.rows(file.path, row => parse(row, file))) {
    if (file.split !== undefined || (pair.partition ?? split) === split) yield pair;
  }
}

function parse(row: Row, file: DataFile): Pair {
  const code = row.optionalText('code') ?? row.optionalText('original_string');
  if (code === undefined) throw new MalformedRow('no text in field code or original_string');
  const docstring = row.optionalText('docstring') ?? '';
  const query = firstParagraph(docstring) || tokens(row);
  if (query === '') throw new MalformedRow('neither docstring nor docstring_tokens');
  const name = row.optionalText('func_name');
  const place = [row.optionalText('repo'), row.optionalText('path'), name].filter(part => part !== undefined);
  return {
    language: row.optionalText('language') ?? file.language ?? 'unknown',
    query,
    code,
    docstring,
    name,
    key: row.optionalText('url') ?? (place.length > 0 ? place.join('/') : 'function'),
    partition: row.optionalText('partition'),
  };
}

function tokens(row: Row): string {
  return Array.isArray(row.fields['docstring_tokens']) ? row.ids('docstring_tokens').join(' ').trim() : '';
}

/** The files that may hold rows of a split, by path. Throws QuarryError `not-found` with the splits there are. */
function dataFiles(given: GivenPath, split: string): DataFile[] {
  const all = given.isDirectory ? filesBelow(given.directory) : [given.name];
  const files = all.map(path => describe(path));
  const fitting = files.filter(file => (file.split ?? split) === split);
  if (fitting.length > 0) return fitting;
  const others = [...new Set(files.map(file => file.split))].join(', ');
  throw new QuarryError(
    'not-found',
    `no file of split ${split} in ${given.path}`,
    others === '' ? `${source}; files end in .jsonl or .jsonl.gz` : `there is ${others}: try --split`,
  );
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => !entry.isDirectory() && /\.jsonl(?:\.gz)?$/.test(entry.name))
    .map(entry => relative(directory, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
    .sort();
}

/** Reads split and language off `python/final/jsonl/test/python_test_0.jsonl.gz` or parts of it. */
function describe(path: string): DataFile {
  const named = /(?:^|\/)(?:([a-z]+)_)?(train|valid|test)(?:_\d+)?\.jsonl(?:\.gz)?$/.exec(path);
  const split = named?.[2] ?? /(?:^|\/)(train|valid|test)\/[^/]*$/.exec(path)?.[1];
  const folder = /(?:^|\/)([a-z]+)\/(?:final\/)?jsonl\//.exec(path)?.[1];
  return { path, split, language: named?.[1] ?? folder };
}
