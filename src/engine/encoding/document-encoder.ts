import { noTerm } from '../../core/encoder.ts';
import { emptyRows, quantiseRows, sliceRows, type VectorRows } from '../../store/vectors/rows.ts';
import type { UnitEncoder } from './unit-encoder.ts';
import { type EncodedSpan, unitTexts } from './unit-text.ts';
import type { CachedDocument, VectorCache } from './vector-cache.ts';

/** A document whose units want vectors. */
export interface EncodableDocument {
  key: string;
  language: string;
  text: string;
  units: readonly EncodedSpan[];
}

interface Waiting extends EncodableDocument {
  done: (rows: VectorRows) => void;
}

/** Units per call of the encoder: enough to share its fixed costs, few enough to stop soon. */
const unitsPerCall = 64;

/** Encodes the units of documents in batches that reach over documents; what the cache has is not encoded. */
export class DocumentEncoder {
  private readonly encoder: UnitEncoder;
  private readonly cache: VectorCache | undefined;
  private waiting: Waiting[] = [];
  private waitingUnits = 0;

  constructor(encoder: UnitEncoder, cache: VectorCache | undefined) {
    this.encoder = encoder;
    this.cache = cache;
  }

  /** Units that `flush` would encode. */
  get pending(): number {
    return this.waitingUnits;
  }

  /** Calls `done` at once if the cache has the vectors, or during a later `flush`. */
  add(document: EncodableDocument, done: (rows: VectorRows) => void): void {
    const known = this.cache?.get(document.key, document.units);
    if (known) done(known);
    else if (document.units.length === 0) done(emptyRows(0, this.encoder));
    else {
      this.waiting.push({ ...document, done });
      this.waitingUnits += document.units.length;
    }
  }

  /**
   * Encodes what waits. Between calls of the encoder `go` is told how many units are done and may say false; the
   * documents not finished by then get no vectors.
   */
  async flush(go: (units: number) => boolean | Promise<boolean> = () => true): Promise<void> {
    const { waiting } = this;
    this.waiting = [];
    this.waitingUnits = 0;
    const { dims, terms } = this.encoder;
    let next = 0;
    while (next < waiting.length) {
      // As many whole documents as fit; a long one takes several calls.
      const batch: Waiting[] = [];
      let units = 0;
      while (next < waiting.length && (units === 0 || units + waiting[next]!.units.length <= unitsPerCall)) {
        units += waiting[next]!.units.length;
        batch.push(waiting[next++]!);
      }
      const texts = batch.flatMap(({ language, text, units: spans }) => unitTexts(language, text, spans));
      const values = new Float32Array(units * dims);
      const termIds = new Uint16Array(units * terms).fill(noTerm);
      for (let from = 0; from < units; from += unitsPerCall) {
        const part = texts.slice(from, from + unitsPerCall);
        const found = await this.encoder.encode(part);
        values.set(found.vectors, from * dims);
        if (found.terms) termIds.set(found.terms, from * terms);
        if (!(await go(part.length))) return;
      }
      this.handOut(batch, quantiseRows(values, dims, termIds));
    }
  }

  private handOut(batch: readonly Waiting[], all: VectorRows): void {
    const finished: CachedDocument[] = [];
    let first = 0;
    for (const { key, units, done } of batch) {
      const count = units.length;
      const rows = sliceRows(all, first, count);
      first += count;
      finished.push({ key, units, rows });
      done(rows);
    }
    this.cache?.put(finished);
  }
}
