import type { RerankCandidate } from '../../../core/reranker.ts';

/** What the worker is started with. */
export interface RerankSetup {
  directory: string;
  /** Of the native runtime. */
  threads: number;
}

export type ToRerankWorker =
  | { type: 'score'; id: number; query: string; candidates: readonly RerankCandidate[] }
  | { type: 'cancel'; id: number };

export type FromRerankWorker =
  | { type: 'ready'; modelId: string; fingerprint: string }
  | { type: 'failed'; code: string; message: string; hint?: string }
  | { type: 'scored'; id: number; scores: Float32Array; relevances: Float32Array }
  | { type: 'error'; id: number; message: string };
