import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import { Random } from '../../core/random.ts';
import type {
  Candidate,
  Collection,
  CorpusRow,
  DatasetLoader,
  OpenDataset,
  Query,
  RetrievalDataset,
  SourceFile,
} from '../dataset.ts';
import { counted, Fingerprint, givenPath, splitOf } from './opening.ts';
import { firstNote, retrievalMeasures } from './published.ts';
import { isFunction } from './repository-units.ts';

const splits = ['test', 'valid'];
const source = 'quarry corpus build MANIFEST --out DIR';
/** Codes of a pool: what CodeSearchNet and most papers after it rank within. */
const poolSize = 1000;
/** A language with fewer codes says nothing. */
const fewestCodes = 200;
/** Pools are part of the data set: they do not change with the seed of an experiment. */
const poolSeed = 1;

/** Repositories of a training corpus that no model has seen: splits are by repository. */
export const corpusLoader: DatasetLoader = {
  id: 'corpus',
  title: 'Held-out repositories of a corpus: doc comments find their functions, in pools by language',
  task: 'retrieval',
  splits,
  licence: 'that of the repository each function comes from',
  source,
  needs: 'path',
  open,
};

/** A code with all queries about it. */
interface Entry {
  candidate: Candidate;
  queries: Query[];
}

async function open(options: OpenDataset): Promise<RetrievalDataset> {
  const split = splitOf('corpus', splits, options);
  const given = givenPath('corpus', 'the directory of a built corpus', options);
  const { readCorpus } = options.host;
  if (!given.isDirectory || !readCorpus)
    throw new QuarryError('usage', `${given.path} is no corpus`, `give the directory it is in: ${source}`);
  const kinds = options.kinds ?? ['doc'];
  const byLanguage = new Map<string, Map<string, Entry>>();
  const ids = new Set<string>();
  let pairs = 0;
  for await (const row of readCorpus(given.path, {
    split: split === 'valid' ? 'valid' : 'test',
    kinds,
    ...(options.signal ? { signal: options.signal } : {}),
  })) {
    throwIfAborted(options.signal);
    // Types are not asked for; what is no unit at all is the code of a README or an example.
    if (!isFunction(row.unit) && row.unit !== 'snippet') continue;
    pairs++;
    let entries = byLanguage.get(row.language);
    if (!entries) byLanguage.set(row.language, (entries = new Map()));
    add(row, entries, ids, kinds.length > 1);
  }
  const left: string[] = [];
  const collections = [...byLanguage]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([language, entries]) => poolsOf(language, [...entries.values()], options.first, left));
  if (collections.length === 0)
    throw new QuarryError(
      'not-found',
      `no language with ${fewestCodes} functions in split ${split} of ${given.path}`,
      'build the corpus from more repositories, or try another --split',
    );
  const notes = [
    `repositories of split ${split}, none of which is in the training split; kind of pairs: ${kinds.join(', ')}`,
    `ranked within pools of ${poolSize.toLocaleString('en')} codes of one language, drawn with seed ${poolSeed}; the total is the mean over pools`,
    'a query is the first sentence of a doc comment or what else the kind says; the code has no doc comment',
    ...(left.length > 0 ? [`left out by the division into pools: ${left.join(', ')}`] : []),
    ...firstNote(options, ' of every pool'),
  ];
  return {
    task: 'retrieval',
    id: 'corpus',
    title: `Held-out repositories of ${given.name}: ${kinds.join(', ')}`,
    split,
    licence: corpusLoader.licence,
    source,
    files: filesOf(given.path, pairs),
    notes,
    measures: retrievalMeasures,
    averaging: 'collections',
    async *collections(signal) {
      for (const collection of collections) {
        throwIfAborted(signal);
        yield collection;
      }
    },
  };
}

/** Codes of the same text are one candidate, which all their queries ask for. */
function add(row: CorpusRow, entries: Map<string, Entry>, ids: Set<string>, severalKinds: boolean): void {
  const { code, language, name, repository, path, query, kind } = row;
  const key = createHash('sha256').update(code.trim()).digest('base64');
  let entry = entries.get(key);
  if (!entry) {
    const id = freeId(`${repository}/${path}${name === '' ? '' : `:${name}`}`, ids);
    const candidate = { id, text: code, language, ...(name === '' ? {} : { name }) };
    entries.set(key, (entry = { candidate, queries: [] }));
  }
  const { id } = entry.candidate;
  const { length } = entry.queries;
  entry.queries.push({
    id: length === 0 ? id : `${id} (${length + 1})`,
    text: query,
    judgments: { [id]: 1 },
    ...(severalKinds ? { slices: { kind } } : {}),
  });
}

function freeId(wanted: string, used: Set<string>): string {
  let id = wanted;
  for (let i = 2; used.has(id); i++) id = `${wanted}#${i}`;
  used.add(id);
  return id;
}

/** Pools of exactly `poolSize` codes; a smaller one only where it is the only one. What is left out goes into `left`. */
function poolsOf(
  language: string,
  entries: readonly Entry[],
  first: number | undefined,
  left: string[],
): Collection[] {
  const whole = Math.floor(entries.length / poolSize);
  const count = whole === 0 && entries.length >= fewestCodes ? 1 : whole;
  const kept = Math.min(entries.length, count * poolSize);
  if (kept < entries.length) left.push(`${counted(entries.length - kept, 'code')} of ${language}`);
  // The name counts so that languages of equal size are not all divided alike.
  const salt = createHash('sha256').update(`${poolSeed} ${language}`).digest().readInt32LE(0);
  const shuffled = new Random(salt).shuffled(entries);
  return Array.from({ length: count }, (_, i) => {
    const pool = shuffled.slice(i * poolSize, (i + 1) * poolSize);
    const candidates = pool.map(entry => entry.candidate);
    const queries = pool.flatMap(entry => entry.queries).slice(0, first);
    const fingerprint = new Fingerprint();
    for (const candidate of candidates) fingerprint.candidate(candidate);
    for (const query of queries) fingerprint.query(query);
    return {
      name: count === 1 ? language : `${language} pool ${i + 1}/${count}`,
      fingerprint: fingerprint.digest(),
      slices: { language },
      queries,
      async *candidates(signal?: AbortSignal) {
        throwIfAborted(signal);
        yield* candidates;
      },
    };
  });
}

/** The description of the corpus stands for its shards: it holds their checksums, which were checked. */
function filesOf(directory: string, rows: number): SourceFile[] {
  const path = 'corpus.json';
  if (!existsSync(join(directory, path))) return [];
  const bytes = readFileSync(join(directory, path));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return [{ path, bytes: bytes.length, sha256, rows, skipped: 0 }];
}
