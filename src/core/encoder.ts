/**
 * What an encoder sees of a code unit. All of it is cut from the unit's file, nothing depends on where the file lies, so
 * that a vector belongs to a content and can be shared by branches, worktrees and indexes.
 */
export interface UnitText {
  /** Qualified name as in the source, `HttpClient.parseHeaders`; '' if it has none. */
  name: string;
  /** Cleaned doc comment; '' if there is none. */
  doc: string;
  /** The code without its doc comment. */
  code: string;
  /** Id of a language. */
  language: string;
}

/** Vectors of units, row-major `count × dims`, and beside them the ids of each unit's terms. */
export interface EncodedUnits {
  vectors: Float32Array;
  /** `count × terms`, the most telling first; `noTerm` where a unit has fewer. */
  terms: Uint16Array;
}

/** Stands where a unit has no further term. */
export const noTerm = 0xffff;

/** Token vectors, row-major `count × dims`. Only their directions matter. */
export interface TokenVectors {
  readonly count: number;
  readonly dims: number;
  readonly data: Int8Array | Float32Array;
}

/** Tokens of a query and how much each of them counts; the weights sum to 1. */
export interface QueryTerms {
  ids: Int32Array;
  weights: Float32Array;
}

/**
 * Late interaction (MaxSim; Khattab and Zaharia 2020, ColBERT, section 3.3) with token vectors that know no context: besides
 * its vector a unit keeps a few of its tokens, its terms, and each token of a query looks for the nearest of them:
 * Σ weight · max cos. One vector says what a text is about as a whole; this says whether every part of a query is met.
 */
export interface LateInteraction {
  /** Most terms of a unit. */
  readonly terms: number;
  readonly queryTokens: TokenVectors;
  readonly unitTokens: TokenVectors;
  queryTerms(text: string): QueryTerms;
  encodeUnits(units: readonly UnitText[], signal?: AbortSignal): Promise<EncodedUnits>;
}

/**
 * Turns queries and code units into vectors of one space. Rows are L2-normalised float32, row-major, `count × dims`;
 * a text without a known token gives zeros. Not for use by two calls at a time.
 */
export interface Encoder {
  /** What people call the model. */
  readonly id: string;
  /** Hex; equal exactly if vectors can be compared: a hash of weights, tokenizer and preparation of texts. */
  readonly fingerprint: string;
  readonly dims: number;
  encodeQueries(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array>;
  encodeUnits(units: readonly UnitText[], signal?: AbortSignal): Promise<Float32Array>;
  /** Absent where texts are compared by their vectors alone. */
  readonly late?: LateInteraction;
  /** Frees what the runtime holds. */
  close(): Promise<void>;
}
