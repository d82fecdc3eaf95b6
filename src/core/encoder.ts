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
  /** Frees what the runtime holds. */
  close(): Promise<void>;
}
