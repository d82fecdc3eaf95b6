import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Encoder, UnitText } from '../../core/encoder.ts';
import { QuarryError } from '../../core/errors.ts';
import { modelPlaces, resolveModel } from '../../models/library/locate.ts';
import { encodeUnits, type UnitVectors } from './unit-encoder.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where an encoder comes from, as it can be told to a worker thread. */
export interface ModelSource {
  directory: string;
  /** URL of a module with its own `openEncoder(directory)`, for tests. */
  module?: string;
}

/** The model that is used when nobody names one, if it is there. */
const defaultModel = 'static';

/**
 * The model that a choice means: a folder, the name of a shipped or downloaded model, `none` or false for lexical
 * search, undefined for `QUARRY_MODEL` or the shipped one. Throws QuarryError `not-found` for one that does not exist.
 */
export function findModel(choice: string | false | undefined, env: Environment): ModelSource | undefined {
  const wanted = choice ?? (env['QUARRY_MODEL'] || undefined);
  if (wanted === false || wanted === 'none') return undefined;
  const places = modelPlaces(env);
  if (wanted === undefined) {
    const directory = join(places.packageModels, defaultModel);
    return existsSync(directory) ? { directory } : undefined;
  }
  return { directory: resolveModel(wanted, places) };
}

/** The re-ranker that is used when nobody names one, if it is there. */
const defaultReranker = 'reranker';

/** A re-ranker's folder, and whether somebody has chosen it: then it reads along in every search that does not say otherwise. */
export interface RerankerSource {
  directory: string;
  isChosen: boolean;
}

/**
 * The re-ranker that a choice means: a folder or a name, `none` or false for none, undefined for `QUARRY_RERANKER` or the
 * shipped one. Throws QuarryError `not-found` for one that does not exist.
 */
export function findReranker(
  choice: string | false | undefined,
  env: Environment,
): RerankerSource | undefined {
  const wanted = choice ?? (env['QUARRY_RERANKER'] || undefined);
  if (wanted === false || wanted === 'none') return undefined;
  const places = modelPlaces(env);
  if (wanted !== undefined) return { directory: resolveModel(wanted, places), isChosen: true };
  const directory = join(places.packageModels, defaultReranker);
  return existsSync(directory) ? { directory, isChosen: false } : undefined;
}

/** Opens the encoder of a source. Throws as `openEncoder` does. */
export async function openModel(source: ModelSource): Promise<Encoder> {
  if (source.module !== undefined) {
    const given = (await import(source.module)) as { openEncoder: (directory: string) => Promise<Encoder> };
    return given.openEncoder(source.directory);
  }
  const { openEncoder } = await import('../../models/open.ts');
  return openEncoder(source.directory);
}

/** What can be said of a model that is open. */
export type ModelInfo = Pick<Encoder, 'id' | 'fingerprint' | 'dims'>;

/** One encoder for a whole process: opened when it is first needed, asked by one call at a time. */
export class Model {
  readonly source: ModelSource;
  private opened: Promise<Encoder | undefined> | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private problem: string | undefined;

  constructor(source: ModelSource) {
    this.source = source;
  }

  /** Why there is no encoder, once `open` gave none. */
  get note(): string | undefined {
    return this.problem;
  }

  /**
   * The encoder, or undefined where the native runtime is missing: then search is lexical, and `note` says why. Throws
   * QuarryError for a model that is damaged.
   */
  async open(): Promise<Encoder | undefined> {
    this.opened ??= this.start();
    return this.opened;
  }

  private async start(): Promise<Encoder | undefined> {
    try {
      return await openModel(this.source);
    } catch (error) {
      // A platform without binaries is no fault of the model's.
      if (!(error instanceof QuarryError && error.code === 'unsupported')) throw error;
      this.problem = `${error.message}; searching by words only`;
      return undefined;
    }
  }

  /** The vector of a query; undefined without an encoder. */
  async encodeQuery(text: string, signal: AbortSignal | undefined): Promise<Float32Array | undefined> {
    const encoder = await this.open();
    return encoder && this.inTurn(() => encoder.encodeQueries([text], signal));
  }

  /** Vectors of units, for `DocumentEncoder`. */
  async encodeUnits(units: readonly UnitText[], signal?: AbortSignal): Promise<UnitVectors> {
    const encoder = await this.open();
    if (!encoder) throw new Error('the model is not open');
    return this.inTurn(() => encodeUnits(encoder, units, signal));
  }

  async close(): Promise<void> {
    const encoder = await this.opened?.catch(() => undefined);
    await this.inTurn(async () => encoder?.close());
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    this.last = result.catch(() => undefined);
    return result;
  }
}
