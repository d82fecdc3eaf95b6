import { throwIfAborted } from '../core/errors.ts';
import type { EncodeOptions, Tokenizer } from './tokenizer.ts';

/** How often tokens occur in a corpus. Fed text by text; the memory depends on the vocabulary only. */
export class TokenStatistics {
  /** Texts so far. */
  documents = 0;
  /** Tokens so far, repetitions included. */
  tokens = 0;
  /** Texts that hold the token, by id. */
  readonly documentFrequencies: Uint32Array;
  /** Occurrences, by id. */
  readonly frequencies: Float64Array;
  /** Number of the last text that held the token, from 1. */
  readonly #lastSeen: Uint32Array;

  constructor(vocabularySize: number) {
    this.documentFrequencies = new Uint32Array(vocabularySize);
    this.frequencies = new Float64Array(vocabularySize);
    this.#lastSeen = new Uint32Array(vocabularySize);
  }

  /** Counts one text. An id outside the vocabulary is a `RangeError`, and nothing of its text is counted. */
  add(ids: ArrayLike<number>): void {
    for (let i = 0; i < ids.length; i++) {
      if (!(ids[i]! in this.frequencies))
        throw new RangeError(`token id ${ids[i]} is outside the vocabulary`);
    }
    const document = ++this.documents;
    this.tokens += ids.length;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      this.frequencies[id]!++;
      if (this.#lastSeen[id] === document) continue;
      this.#lastSeen[id] = document;
      this.documentFrequencies[id]!++;
    }
  }

  /**
   * Inverse document frequencies by id, ln(1 + (N − df + ½) / (df + ½)), as BM25 has them: above 0, and largest for
   * tokens that never occurred.
   */
  inverseDocumentFrequencies(): Float32Array {
    return Float32Array.from(this.documentFrequencies, df =>
      Math.log1p((this.documents - df + 0.5) / (df + 0.5)),
    );
  }
}

/** Counts the tokens of a stream of texts. Throws `QuarryError('aborted')`, and what the stream throws. */
export async function countTokens(
  tokenizer: Tokenizer,
  texts: AsyncIterable<string> | Iterable<string>,
  options: EncodeOptions & { signal?: AbortSignal } = {},
): Promise<TokenStatistics> {
  const statistics = new TokenStatistics(tokenizer.vocabularySize);
  for await (const text of texts) {
    throwIfAborted(options.signal);
    statistics.add(tokenizer.encode(text, options));
  }
  return statistics;
}
