import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Encoder } from '../core/encoder.ts';
import { QuarryError, throwIfAborted } from '../core/errors.ts';
import type { Reranker } from '../core/reranker.ts';
import type { Searcher } from '../core/search.ts';
import { openTreeIndex } from '../engine/code-index.ts';
import { openModel } from '../engine/encoding/model.ts';
import type { MemoryDocument } from '../engine/indexing/memory-index.ts';
import { indexSetup, type OpenOptions } from '../engine/open-options.ts';
import { type MemorySearcherOptions, memorySearcher } from '../engine/searching/memory-searcher.ts';
import { cascadeDefaults, mostReranked } from '../engine/settings/parameters.ts';
import type { Candidate, Collection } from '../evaluation/dataset.ts';
import type { System, SystemKind, SystemSpec } from '../evaluation/system.ts';
import { Parameters } from '../evaluation/systems/parameters.ts';
import { PlaceMap } from '../evaluation/systems/place-map.ts';
import { createSystem } from '../evaluation/systems/registry.ts';
import { type OpenSearcher, type PlaceOrder, searcherSystem } from '../evaluation/systems/searcher.ts';
import { openReranker } from '../models/cross/open.ts';
import { cascadeKind } from './cascaded.ts';
import { baselineCodeHash, encoderCodeHash, engineCodeHash } from './code.ts';
import { denseKind, modelDirectory, modelHash } from './dense.ts';
import { fusedKind } from './fused.ts';

/** Raise when what the engine is given of a collection changes. */
const adapterVersion = 2;

const placeOrders: readonly PlaceOrder[] = ['score', 'folded'];
const engineDefaults = { perFile: 1, units: 50, order: 'score' };

/**
 * Quarry's engine as it searches for users: BM25F over windows, with ranking signals. Files are ranked, and the best
 * units of each.
 *
 * - Where the candidates are files, `perFile` units of each are places of one candidate.
 * - Where they are units of files that the collection has as well, these files are searched, up to `units` places in
 *   each, and a place is the candidate it lies in. `order: 'score'` ranks all places by score, the further ones of a
 *   file by their share of it; `'folded'` ranks file by file, as a user sees them – with `units: 3` just what is on the
 *   screen. `score` is the default because it was nowhere worse by MRR on the dev queries of seven repositories, given
 *   here as score, folded, folded with three units: axum .486, .465, .431; pydantic .334, .300, .321; laravel .343,
 *   .285, .323; cobra .472, .472, .445; commons-lang .365, .357, .352; curl .226, .212, .217; Quarry .241, .220, .229.
 * - Snippets without files are documents of their own.
 */
const lexical: SystemKind = {
  id: 'lexical',
  title: "Quarry's engine by words: BM25F over windows of code, with ranking signals",
  source: 'ARCHITECTURE.md',
  defaults: { ...engineDefaults },
  create: values => engineSystem('lexical', values, undefined),
};

/** The same as it is by default: with a model, whose vectors find what says it in other words. */
const hybrid: SystemKind = {
  id: 'hybrid',
  title: "Quarry's engine: words and meaning",
  source: 'ARCHITECTURE.md',
  defaults: { model: 'static', ...engineDefaults, rerank: 0, reranker: 'reranker' },
  create: values => engineSystem('hybrid', values, modelDirectory('hybrid', values['model'])),
};

/** `model`: directory of the encoder; by words only without it. */
function engineSystem(
  id: string,
  values: globalThis.Parameters<SystemKind['create']>[0],
  model: string | undefined,
): ReturnType<SystemKind['create']> {
  const read = new Parameters(id, values);
  const perFile = read.whole('perFile', 1, 1000);
  const units = { perFile: read.whole('units', 1, 1000), order: read.choice('order', placeOrders) };
  const top = 'rerank' in values ? read.whole('rerank', 0, mostReranked) : 0;
  const reranker = top === 0 ? undefined : modelDirectory(id, values['reranker']);
  const hashes = [model, reranker]
    .filter(folder => folder !== undefined)
    .map(folder => ` ${modelHash(folder)}`);
  const networks = hashes.length === 0 ? '' : `${hashes.join('')} ${encoderCodeHash()}`;
  return {
    fingerprint: `${engineCodeHash()} ${adapterVersion}${networks}`,
    ...searcherSystem({
      perFile,
      async open(collection, signal) {
        const parts: Parts = {
          model,
          encoder: model === undefined ? undefined : await encoderOf(model),
          top,
          reranker: reranker === undefined ? undefined : await rerankerOf(reranker),
        };
        if (collection.root !== undefined)
          return openTree(collection, collection.root, { ...parts, rerankerDirectory: reranker }, signal);
        if (collection.files)
          return { ...(await openFiles(collection, collection.files, parts, signal)), units };
        return openSnippets(collection, parts, signal);
      },
    }),
  };
}

/** What a searcher is made of. */
interface Parts {
  /** Directory of the encoder. */
  model: string | undefined;
  encoder: Encoder | undefined;
  /** Files that the re-ranker puts in order. */
  top: number;
  reranker: Reranker | undefined;
}

/** Re-rankers stay open as encoders do. */
const rerankers = new Map<string, Promise<Reranker>>();

function rerankerOf(directory: string): Promise<Reranker> {
  let reranker = rerankers.get(directory);
  if (!reranker) rerankers.set(directory, (reranker = openReranker(directory, availableParallelism())));
  return reranker;
}

/** Encoders stay open until the process ends: one is used for collection after collection. */
const encoders = new Map<string, Promise<Encoder>>();

function encoderOf(directory: string): Promise<Encoder> {
  let encoder = encoders.get(directory);
  if (!encoder) encoders.set(directory, (encoder = openModel({ directory })));
  return encoder;
}

const dense = denseKind(directory => openModel({ directory }));

/** What it merges may be anything, lists that were merged included. */
const fused = fusedKind(() => ({ kinds: quarryKinds(), codeFingerprint: baselineCodeHash() }));

const cascade = cascadeKind(rerankerOf, encoderCodeHash, () => ({
  kinds: quarryKinds(),
  codeFingerprint: baselineCodeHash(),
}));

/** Kinds of systems the engine and the models supply. */
export function quarryKinds(): SystemKind[] {
  return [lexical, hybrid, dense, fused, cascade];
}

/** The systems of an experiment. Throws QuarryError `usage`, also for two of one name. */
export function systemsOf(specs: readonly SystemSpec[]): System[] {
  const extra = { kinds: quarryKinds(), codeFingerprint: baselineCodeHash() };
  const systems = specs.map(spec => createSystem(spec, extra));
  const names = new Set<string>();
  for (const { name } of systems) {
    if (names.has(name))
      throw new QuarryError(
        'usage',
        `two systems are called ${name}`,
        'give one of them a name: other=bm25(k1=2)',
      );
    names.add(name);
  }
  return systems;
}

/**
 * Candidates as documents of the engine, each with a path of its own. One without a path gets one that no query can
 * match. Several units of one file stay separate documents: a folder of such a name sets the later ones apart, so that
 * file name and extension say what they said.
 */
export function memoryDocuments(candidates: readonly Candidate[]): {
  documents: MemoryDocument[];
  /** Candidate of a document's path. */
  idOf: (path: string) => string;
  pathOf: (id: string) => string | undefined;
} {
  const ids = new Map<string, string>();
  const paths = new Map<string, string>();
  const documents = candidates.map(({ id, text, language, role, path: own }, n) => {
    const path = own === undefined ? neutralName(n) : ids.has(own) ? `${neutralName(n)}/${own}` : own;
    ids.set(path, id);
    paths.set(id, path);
    return {
      path,
      text,
      ...(language === undefined ? {} : { language }),
      ...(role ? { role } : {}),
      ...(own === undefined ? { unnamed: true } : {}),
    };
  });
  return { documents, idOf: path => ids.get(path)!, pathOf: id => paths.get(id) };
}

/** A name for the n-th candidate that no word of a query matches: `zqq`, `zqr`, … */
function neutralName(n: number): string {
  return `zq${n.toString(26).replace(/\d/g, digit => 'qrstuvwxyz'[Number(digit)]!)}`;
}

async function openSnippets(
  collection: Collection,
  parts: Parts,
  signal: AbortSignal | undefined,
): Promise<OpenSearcher> {
  const candidates: Candidate[] = [];
  for await (const candidate of collection.candidates(signal)) {
    throwIfAborted(signal);
    candidates.push(candidate);
  }
  const { documents, idOf, pathOf } = memoryDocuments(candidates);
  const searcher = await memorySearcher(documents, searching(parts, signal));
  return {
    searcher,
    idOf: ({ path }) => idOf(path),
    pathOf,
    rankPool: (query, paths, limit) => searcher.rankPool(query, paths, limit),
    similarity: (query, path) => searcher.similarity(query, path),
  };
}

/** The files the candidates are in; a place in them is the candidate it lies in. */
async function openFiles(
  collection: Collection,
  files: NonNullable<Collection['files']>,
  parts: Parts,
  signal: AbortSignal | undefined,
): Promise<OpenSearcher> {
  const places = new PlaceMap();
  for await (const candidate of collection.candidates(signal)) places.add(candidate);
  const documents: MemoryDocument[] = [];
  for await (const file of files.call(collection, signal)) {
    throwIfAborted(signal);
    documents.push(file);
  }
  return {
    searcher: await memorySearcher(documents, searching(parts, signal)),
    idOf: place => places.idOf(place),
  };
}

function searching(
  { encoder, reranker, top }: Parts,
  signal: AbortSignal | undefined,
): MemorySearcherOptions {
  return {
    ...(encoder ? { encoder } : {}),
    ...(reranker ? { reranker, cascade: { ...cascadeDefaults, top } } : {}),
    ...(signal ? { signal } : {}),
  };
}

let indexFolder: string | undefined;

/**
 * One index file per tree and model, kept until the process ends: benchmarks check out one commit of a repository after the
 * other, and an update reads only what changed.
 */
function indexFileOf(root: string): string {
  if (indexFolder === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'quarry-eval-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    indexFolder = folder;
  }
  return join(indexFolder, `${createHash('sha256').update(root).digest('hex').slice(0, 16)}.quarry`);
}

async function openTree(
  collection: Collection,
  root: string,
  { model, top, rerankerDirectory }: Parts & { rerankerDirectory: string | undefined },
  signal: AbortSignal | undefined,
): Promise<OpenSearcher> {
  const ids = new Set<string>();
  for await (const { id } of collection.candidates(signal)) ids.add(id);
  // By words, whatever models there are: that is what the name says.
  const file = indexFileOf(`${root}\0${model ?? ''}`);
  const options: OpenOptions = {
    indexFile: file,
    model: model ?? false,
    reranker: rerankerDirectory ?? false,
  };
  const index = openTreeIndex(root, options, indexSetup(options, process.env));
  try {
    await index.update(signal ? { signal } : {});
    throwIfAborted(signal);
    const { indexBytes } = await index.status();
    // What the index holds beyond the candidates is no answer.
    const same = (path: string) => (ids.has(path) ? path : undefined);
    const idOf = ({ path }: { path: string }) => same(path);
    // The order is what is judged here, however long it takes on this machine.
    const rerank = top > 0 ? { rerank: top, rerankBudgetMs: 600_000 } : {};
    // Questions of data sets are words, whatever signs they have.
    const searcher: Searcher = {
      search: (query, options) => index.search(query, { syntax: 'words', ...options, ...rerank }),
    };
    return { searcher, idOf, pathOf: same, indexBytes, close: () => index.close() };
  } catch (error) {
    index.close();
    throw error;
  }
}
