import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Encoder, UnitText } from '../core/encoder.ts';
import { QuarryError, throwIfAborted } from '../core/errors.ts';
import { findModel } from '../engine/encoding/model.ts';
import {
  encodeUnits,
  type LateQuery,
  type LateScorer,
  lateScorerOf,
  type UnitVectors,
} from '../engine/encoding/unit-encoder.ts';
import type { Collection, Query } from '../evaluation/dataset.ts';
import type { PreparedSystem, RankedItem, RankOptions, SystemKind } from '../evaluation/system.ts';
import { Parameters } from '../evaluation/systems/parameters.ts';
import { type CandidateUnit, CandidateUnits, type UnitChoice, unitChoices } from './candidate-units.ts';
import { encoderCodeHash } from './code.ts';
import { type Precision, precisions, VectorRows } from './vector-rows.ts';

/** Raise when what an encoder is given of a collection, or how its vectors are compared, changes. */
const adapterVersion = 2;
/** Units that are encoded at a time; a stop waits for one batch. */
const batchSize = 256;

export type OpenEncoder = (directory: string) => Promise<Encoder>;

/**
 * An encoder alone: every candidate becomes a vector, and all are compared with the query's by their cosine. Nothing is
 * approximate, and no word is matched. Where candidates are files, all units of a file are encoded and its best one
 * counts. What has no token that the encoder knows is left out.
 *
 * - `model`: the name of a shipped or downloaded model, or a directory that `quarry train` wrote.
 * - `unit`: `outline` tells name, doc comment and code apart as an index does; `whole` encodes the bare text.
 * - `precision`: `int8` keeps rows as bytes, each with its own scale.
 * - `late`: weight λ of late interaction, (cosine + λ · late) / (1 + λ), for models that have it; 0 leaves it out.
 */
export function denseKind(open: OpenEncoder): SystemKind {
  return {
    id: 'dense',
    title: 'Vectors of an encoder, exact cosine',
    source: 'docs/evaluation.md',
    defaults: { model: 'static', unit: 'outline', precision: 'fp32', late: 0 },
    create(values) {
      const read = new Parameters('dense', values);
      const unit = read.choice('unit', unitChoices);
      const precision = read.choice('precision', precisions);
      const late = read.number('late', 0, 100);
      const directory = modelDirectory('dense', values['model']);
      return {
        fingerprint: `${modelHash(directory)} ${encoderCodeHash()} ${adapterVersion}`,
        async prepare(collection, signal) {
          const encoder = await open(directory);
          try {
            return await encodeAll(encoder, collection, { unit, precision, late }, signal);
          } catch (error) {
            await encoder.close();
            throw error;
          }
        },
      };
    },
  };
}

/** Throws QuarryError `usage` for what is no text, `not-found` naming the nearest model. */
export function modelDirectory(kind: string, model: unknown): string {
  const source = typeof model === 'string' && model.trim() !== '' ? findModel(model, process.env) : undefined;
  if (source) return source.directory;
  throw new QuarryError(
    'usage',
    `${kind}: model must be a name or a directory, not ${JSON.stringify(model)}`,
  );
}

/**
 * The fingerprint of the encoder, known before it is opened. Other people's models have none: there it is a hash of all
 * files but those for people.
 */
export function modelHash(directory: string): string {
  const own = fingerprintIn(join(directory, 'config.json'));
  if (own !== undefined) return own;
  const hash = createHash('sha256');
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && !entry.name.endsWith('.md'))
    .map(entry => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) {
    const bytes = readFileSync(file);
    hash.update(`${relative(directory, file)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex').slice(0, 32);
}

function fingerprintIn(config: string): string | undefined {
  try {
    const { fingerprint, student } = JSON.parse(readFileSync(config, 'utf8')) as {
      fingerprint?: unknown;
      student?: { files?: unknown };
    };
    // Vectors of units are the same with another student, lists are not.
    const tower = student ? ` ${JSON.stringify(student.files)}` : '';
    return typeof fingerprint === 'string' ? fingerprint + tower : undefined;
  } catch {
    // Whatever is wrong with it is said when the model is opened.
    return undefined;
  }
}

async function encodeAll(
  encoder: Encoder,
  collection: Collection,
  { unit, precision, late }: { unit: UnitChoice; precision: Precision; late: number },
  signal: AbortSignal | undefined,
): Promise<PreparedSystem> {
  const units = await CandidateUnits.create(unit, collection.root !== undefined);
  const search = new DenseSearch(encoder, precision, late);
  let batch: UnitText[] = [];
  const flush = async () => {
    throwIfAborted(signal);
    if (batch.length > 0) search.addRows(await encodeUnits(encoder, batch, signal));
    batch = [];
  };
  try {
    for await (const candidate of collection.candidates(signal)) {
      const own = await units.of(candidate);
      search.addCandidate(candidate.id, own);
      for (const { text } of own) {
        batch.push(text);
        if (batch.length === batchSize) await flush();
      }
    }
    await flush();
  } finally {
    units.dispose();
  }
  return search;
}

class DenseSearch implements PreparedSystem {
  readonly rows: VectorRows;
  private readonly encoder: Encoder;
  private readonly ids: string[] = [];
  private readonly numbers: Map<string, number> = new Map();
  /** Row after the last one of each candidate. */
  private readonly ends: number[] = [];
  private readonly lines: Array<CandidateUnit['lines']> = [];

  /** Weight of late interaction. */
  private readonly weight: number;
  private readonly scorer: LateScorer | undefined;
  private readonly terms: Uint16Array[] = [];

  constructor(encoder: Encoder, precision: Precision, weight: number) {
    this.encoder = encoder;
    this.rows = new VectorRows(encoder.dims, precision);
    this.weight = weight;
    this.scorer = weight > 0 ? lateScorerOf(encoder) : undefined;
  }

  /** Its rows have to follow, in order. */
  addCandidate(id: string, units: readonly CandidateUnit[]): void {
    this.numbers.set(id, this.ids.length);
    this.ids.push(id);
    for (const { lines } of units) this.lines.push(lines);
    this.ends.push(this.lines.length);
  }

  addRows({ vectors, terms }: UnitVectors): void {
    this.rows.add(vectors);
    if (!this.scorer) return;
    const own = this.encoder.late!.terms;
    for (let at = 0; at < terms!.length; at += own) this.terms.push(terms!.slice(at, at + own));
  }

  get indexBytes(): number {
    return this.rows.bytes + this.terms.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  async rank({ text, pool }: Query, { limit, signal }: RankOptions): Promise<RankedItem[]> {
    const vector = await this.encoder.encodeQueries([text], signal);
    const late = this.scorer?.query(text);
    // Nothing in the query is known: any order would be made up.
    if (vector.every(value => value === 0)) return [];
    const members = pool
      ? [...new Set(pool)].map(id => this.numbers.get(id)).filter(member => member !== undefined)
      : this.ids.keys();
    const found: Array<{ candidate: number; row: number; score: number }> = [];
    for (const candidate of members) {
      const best = this.best(candidate, vector, late);
      if (best) found.push({ candidate, ...best });
    }
    return found
      .sort((a, b) => b.score - a.score || a.candidate - b.candidate)
      .slice(0, limit)
      .map(({ candidate, row, score }) => {
        const lines = this.lines[row];
        return { id: this.ids[candidate]!, score, ...(lines ? { lines } : {}) };
      });
  }

  /** In [-1, 1]; 0 where nothing is known of query or code. */
  async similarity(query: string, id: string): Promise<number> {
    const candidate = this.numbers.get(id);
    if (candidate === undefined) return 0;
    const vector = await this.encoder.encodeQueries([query]);
    return this.best(candidate, vector, this.scorer?.query(query))?.score ?? 0;
  }

  close(): Promise<void> {
    return this.encoder.close();
  }

  /** The row of a candidate nearest to a vector; undefined if all of its rows are zeros. */
  private best(
    candidate: number,
    vector: Float32Array,
    late: LateQuery | undefined,
  ): { row: number; score: number } | undefined {
    const { rows, ends } = this;
    let best: { row: number; score: number } | undefined;
    for (let row = ends[candidate - 1] ?? 0; row < ends[candidate]!; row++) {
      const cosine = rows.dot(row, vector);
      if (cosine === 0 && rows.isZero(row)) continue;
      const terms = this.terms[row];
      const score =
        late && terms
          ? (cosine + this.weight * late.score(terms, 0, terms.length)) / (1 + this.weight)
          : cosine;
      if (!best || score > best.score) best = { row, score };
    }
    return best;
  }
}
