// Search by meaning over one index: encodes queries, and keeps the vectors of the newest snapshot at hand.

import type { Encoder } from '../../../core/encoder.ts';
import { QuarryError } from '../../../core/errors.ts';
import type { DenseReport, SearchMode } from '../../../core/search.ts';
import type { HybridParameters } from '../../../ranking/meaning.ts';
import type { Snapshot } from '../../../store/snapshot.ts';
import { DenseIndex, type TableCache } from '../../../store/vectors/dense.ts';
import { type LateQuery, type LateScorer, lateScorerOf } from '../../encoding/unit-encoder.ts';
import type { DenseQuery } from './retriever.ts';

/** The vector of a query, or the reason why it has none. */
export type QueryVector = { mode: SearchMode } & (
  | { vector?: undefined; reason: string }
  | {
      /** All 0 for a query without a token that the model knows; then there is a reason as well. */
      vector: Float32Array;
      late: () => LateQuery | undefined;
      fingerprint: string;
      reason?: string;
    }
);

/** The vectors of a snapshot as a query is compared with them. */
export interface VectorComparison {
  /** Undefined where vectors have no say: the search is lexical. */
  dense: DenseQuery | undefined;
  report: DenseReport;
  /** Lines for people. */
  notes: string[];
}

/** An encoder of queries; see `Model`. */
export interface QueryEncoder {
  /** Why there is no encoder, once `open` gave none. */
  readonly note: string | undefined;
  open(): Promise<Encoder | undefined>;
  encodeQuery(text: string, signal: AbortSignal | undefined): Promise<Float32Array | undefined>;
  close(): Promise<void>;
}

/** Search by meaning over the snapshots of one index. */
export class Meaning<Source extends QueryEncoder = QueryEncoder> {
  readonly model: Source | undefined;
  private readonly tables: TableCache = new Map();
  private current: DenseIndex | undefined;
  private snapshot: Snapshot | undefined;
  private scorer: LateScorer | undefined;

  constructor(model: Source | undefined) {
    this.model = model;
  }

  /** Encodes a query. Throws QuarryError `not-found` where the mode `dense` is asked for without a model. */
  async encode(query: string, mode: SearchMode, signal: AbortSignal | undefined): Promise<QueryVector> {
    if (mode === 'lexical') return { mode, reason: 'words only were asked for' };
    const { model } = this;
    const encoder = await model?.open();
    if (!model || !encoder) {
      const reason = model?.note ?? 'there is no model';
      if (mode === 'dense')
        throw new QuarryError('not-found', `no search by meaning: ${reason}`, 'name a model: --model');
      return { mode, reason };
    }
    const vector = await model.encodeQuery(query, signal);
    const isKnown = vector?.some(value => value !== 0) ?? false;
    const reason = isKnown ? undefined : 'the model knows nothing of the query';
    // What the model cannot read has no results by meaning alone, as words that are nowhere have none.
    if (!vector || (reason !== undefined && mode === 'hybrid')) return { mode, reason: reason! };
    this.scorer ??= lateScorerOf(encoder);
    const { fingerprint } = encoder;
    const late = () => this.scorer?.query(query);
    return { mode, vector, late, fingerprint, ...(reason === undefined ? {} : { reason }) };
  }

  /** The vectors a query is compared with; to be called within `SearchParts.read`, as they may have to be loaded. */
  over(snapshot: Snapshot, query: QueryVector, parameters: HybridParameters): VectorComparison {
    const { mode, vector, reason } = query;
    const notes: string[] = [];
    if (mode !== 'lexical' && this.model?.note !== undefined) notes.push(this.model.note);
    if (!vector) {
      const report = { used: false, encodedUnits: 0, totalUnits: 0, reason: query.reason };
      return { dense: undefined, report, notes };
    }
    const index = this.indexOf(snapshot, query.fingerprint);
    const { encodedUnits, totalUnits } = index;
    if (encodedUnits < totalUnits)
      notes.push(
        `${(totalUnits - encodedUnits).toLocaleString('en')} of ${totalUnits.toLocaleString('en')} units are found by their words only: they are not encoded yet`,
      );
    const units = { encodedUnits, totalUnits };
    if (encodedUnits === 0)
      return { dense: undefined, report: { used: false, ...units, reason: 'no unit is encoded yet' }, notes };
    const report = reason === undefined ? { used: true, ...units } : { used: false, ...units, reason };
    return { dense: { index, vector, late: query.late, parameters, only: mode === 'dense' }, report, notes };
  }

  private indexOf(snapshot: Snapshot, fingerprint: string): DenseIndex {
    if (!this.current || this.snapshot !== snapshot || this.current.fingerprint !== fingerprint) {
      this.current = new DenseIndex(snapshot, fingerprint, this.tables);
      this.snapshot = snapshot;
    }
    return this.current;
  }

  close(): void {
    this.tables.clear();
    this.current = undefined;
    this.snapshot = undefined;
    this.scorer = undefined;
    this.model?.close().catch(() => undefined);
  }
}
