// An open encoder of somebody else's, as search by meaning uses one.

import type { Encoder } from '../../core/encoder.ts';
import type { QueryEncoder } from './retrieval/meaning.ts';

/** Remembers the last query: many pairs of one query come one after the other. */
export class BorrowedEncoder implements QueryEncoder {
  readonly note: undefined;
  private readonly encoder: Encoder;
  private last: { text: string; vector: Float32Array } | undefined;

  constructor(encoder: Encoder) {
    this.encoder = encoder;
  }

  async open(): Promise<Encoder> {
    return this.encoder;
  }

  async encodeQuery(text: string, signal: AbortSignal | undefined): Promise<Float32Array> {
    if (this.last?.text !== text)
      this.last = { text, vector: await this.encoder.encodeQueries([text], signal) };
    return this.last.vector;
  }

  /** Leaves the encoder open: it is its owner's to close. */
  async close(): Promise<void> {
    this.last = undefined;
  }
}
