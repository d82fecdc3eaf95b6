import { QuarryError } from '../../core/errors.ts';
import type { SearchMode, SearchResult } from '../../core/search.ts';
import type { HybridParameters } from '../../ranking/meaning.ts';
import type { Snapshot } from '../../store/snapshot.ts';
import { DenseIndex, type TableCache } from '../../store/vectors/dense.ts';
import type { Model } from '../encoding/model.ts';
import { type LateQuery, type LateScorer, lateScorerOf } from '../encoding/unit-encoder.ts';
import type { DenseQuery } from './retrieve.ts';

/** A query as its model sees it, or why there is none. */
export interface Asked {
  mode: SearchMode;
  vector?: Float32Array;
  late?: () => LateQuery | undefined;
  fingerprint?: string;
  reason?: string;
}

/** What a search has of vectors, and what it says of them. */
export interface Comparison {
  dense: DenseQuery | undefined;
  said: SearchResult['dense'];
  notes: string[];
}

/** Search by meaning over the snapshots of one index: the model, and the vectors of the newest snapshot. */
export class Meaning {
  readonly model: Model | undefined;
  private readonly tables: TableCache = new Map();
  private current: DenseIndex | undefined;
  private snapshot: Snapshot | undefined;
  private scorer: LateScorer | undefined;

  constructor(model: Model | undefined) {
    this.model = model;
  }

  /** Encodes a query. Throws QuarryError `not-found` where `dense` is asked for without a model. */
  async ask(query: string, mode: SearchMode, signal: AbortSignal | undefined): Promise<Asked> {
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
    const { fingerprint } = encoder;
    if (!vector?.some(value => value !== 0))
      return { mode, fingerprint, reason: 'the model knows nothing of the query' };
    this.scorer ??= lateScorerOf(encoder);
    return { mode, vector, late: () => this.scorer?.query(query), fingerprint };
  }

  /** What a query is compared with. Loads the vectors of a new snapshot. */
  over(snapshot: Snapshot, asked: Asked, parameters: HybridParameters): Comparison {
    const notes: string[] = [];
    if (asked.mode !== 'lexical' && this.model?.note !== undefined) notes.push(this.model.note);
    const { vector, late, fingerprint, reason, mode } = asked;
    if (!vector || fingerprint === undefined) {
      const said = { used: false, encodedUnits: 0, totalUnits: 0 };
      return { dense: undefined, said: reason === undefined ? said : { ...said, reason }, notes };
    }
    const index = this.indexOf(snapshot, fingerprint);
    const { encodedUnits, totalUnits } = index;
    const used = encodedUnits > 0;
    if (encodedUnits < totalUnits)
      notes.push(
        `${(totalUnits - encodedUnits).toLocaleString('en')} of ${totalUnits.toLocaleString('en')} units are found by their words only: they are not encoded yet`,
      );
    return {
      dense: used ? { index, vector, late, parameters, only: mode === 'dense' } : undefined,
      said: { used, encodedUnits, totalUnits, ...(used ? {} : { reason: 'no unit is encoded yet' }) },
      notes,
    };
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
