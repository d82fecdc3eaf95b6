import { createHash } from 'node:crypto';
import { byteSpelling, bytesOf } from './byte-level.ts';
import { PairTable } from './pair-table.ts';
import { normalizer, preTokenizer } from './patterns.ts';
import { detached, foldCase, PreTokenScanner } from './pre-tokens.ts';

/** Ids 0 to 4 of every tokenizer, in this order. */
export const defaultSpecialTokens: readonly string[] = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

export interface EncodeOptions {
  /** Most ids of the result, special ones included; what is beyond is not even looked at. Default: no limit. */
  maxLength?: number;
  /** Puts [CLS] before and [SEP] after the ids. Default false. */
  addSpecial?: boolean;
}

/** Words remembered per generation of the cache: about the vocabulary of a large code base. */
const cacheSize = 1 << 16;

/** Bytes of the longest pre-token: a space and 32 code points of up to four bytes. */
const maxBytes = 1 + 32 * 4;

/**
 * Byte-pair encoding of pre-tokens. A token's spelling is its bytes (`byteSpelling`); the first token of every
 * pre-token begins with a space, `Ġ`. Every text can be encoded, because every byte is a token; [UNK] is there for the
 * file format and never comes out of a text, nor does any other special token – a text that says `[MASK]` is three
 * ordinary words.
 *
 * Ids: special tokens from 0, then the 256 bytes, then one per merge. Not for use by two threads at once.
 */
export class Tokenizer {
  readonly specialTokens: readonly string[];
  /** Pairs of ids that are joined, the earlier first. Merge `i` makes id `specialTokens.length + 256 + i`. */
  readonly merges: ReadonlyArray<readonly [number, number]>;
  /** Spelling of every token by id. */
  readonly tokens: readonly string[];
  readonly padId = 0;
  readonly unknownId = 1;
  readonly clsId = 2;
  readonly sepId = 3;
  readonly maskId = 4;
  readonly #firstByte: number;
  readonly #ranks: PairTable;
  readonly #scanner = new PreTokenScanner();
  /** Pre-token as written → its id or ids. Two generations stand for "recently used" without any bookkeeping. */
  #young = new Map<string, number | Int32Array>();
  #old = new Map<string, number | Int32Array>();
  #out = new Int32Array(1024);
  readonly #ids = new Int32Array(maxBytes);
  readonly #pairRanks = new Int32Array(maxBytes);
  readonly #bytes = new Uint8Array(maxBytes);
  readonly #encoder = new TextEncoder();
  #idOf: Map<string, number> | undefined;
  #fingerprint: string | undefined;

  /**
   * `specialTokens` starts with `defaultSpecialTokens`; `merges` name only ids that are made before them. `known`: the
   * spellings that follow from both, where somebody has them already.
   */
  constructor(
    specialTokens: readonly string[],
    merges: ReadonlyArray<readonly [number, number]>,
    known?: readonly string[],
  ) {
    this.specialTokens = specialTokens;
    this.merges = merges;
    this.#firstByte = specialTokens.length;
    this.#ranks = new PairTable(merges.length);
    const tokens = [...specialTokens, ...byteSpelling];
    merges.forEach(([left, right], rank) => {
      this.#ranks.set(left, right, rank);
      if (!known) tokens.push(tokens[left]! + tokens[right]!);
    });
    this.tokens = known ?? tokens;
    this.#bytes[0] = 32;
  }

  get vocabularySize(): number {
    return this.tokens.length;
  }

  /** Id of a token by its spelling (`Ġparse`, `[CLS]`). */
  idOf(token: string): number | undefined {
    this.#idOf ??= new Map(this.tokens.map((spelling, id) => [spelling, id]));
    return this.#idOf.get(token);
  }

  /** SHA-256, in hex, of everything that decides which ids a text gets; the layout of the file does not matter. */
  get fingerprint(): string {
    this.#fingerprint ??= createHash('sha256')
      .update(JSON.stringify([normalizer, preTokenizer, this.specialTokens, this.merges]))
      .digest('hex');
    return this.#fingerprint;
  }

  /** The ids of a text: a new array of at most `maxLength` ids. */
  encode(text: string, options: EncodeOptions = {}): Int32Array {
    const { maxLength = Number.POSITIVE_INFINITY, addSpecial = false } = options;
    const end = Math.max(0, addSpecial ? maxLength - 1 : maxLength);
    const scanner = this.#scanner;
    scanner.open(text);
    let n = 0;
    if (addSpecial) this.#out[n++] = this.clsId;
    while (n < end && scanner.next()) {
      const ids = this.#word(scanner.text.slice(scanner.start, scanner.end));
      if (typeof ids === 'number') {
        if (n === this.#out.length) this.#grow();
        this.#out[n++] = ids;
      } else {
        while (n + ids.length > this.#out.length) this.#grow();
        this.#out.set(ids, n);
        n += ids.length;
      }
    }
    n = Math.max(addSpecial ? 1 : 0, Math.min(n, end));
    if (addSpecial) {
      if (n === this.#out.length) this.#grow();
      this.#out[n++] = this.sepId;
    }
    return this.#out.slice(0, Math.min(n, Math.max(0, maxLength)));
  }

  /**
   * The text of ids: the pre-tokens with one space between them, special tokens left out. For the ids of a whole text
   * that is `normaliseText(text)`, up to lone surrogates; a pre-token cut in the middle of a character ends in U+FFFD. Unknown
   * ids are a `RangeError`.
   */
  decode(ids: ArrayLike<number>): string {
    const pieces: Uint8Array[] = [];
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      const token = this.tokens[id];
      if (token === undefined)
        throw new RangeError(`token id ${id} is outside 0 … ${this.tokens.length - 1}`);
      if (id >= this.#firstByte) pieces.push(bytesOf(token)!);
    }
    const text = Buffer.concat(pieces).toString('utf8');
    return text.startsWith(' ') ? text.slice(1) : text;
  }

  /** The id or ids of one pre-token, given as it is written. */
  #word(form: string): number | Int32Array {
    let ids = this.#young.get(form);
    if (ids !== undefined) return ids;
    ids = this.#old.get(form) ?? this.#encodeWord(foldCase(form));
    if (this.#young.size >= cacheSize) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(detached(form), ids);
    return ids;
  }

  /** Joins the pair that was learned first, the leftmost of equals, until no pair is left that was learned. */
  #encodeWord(word: string): number | Int32Array {
    const ids = this.#ids;
    const ranks = this.#pairRanks;
    let n = 1 + this.#encoder.encodeInto(word, this.#bytes.subarray(1)).written;
    for (let i = 0; i < n; i++) ids[i] = this.#firstByte + this.#bytes[i]!;
    for (let i = 0; i + 1 < n; i++) ranks[i] = this.#ranks.get(ids[i]!, ids[i + 1]!);
    for (;;) {
      let best = -1;
      let rank = this.merges.length;
      for (let i = 0; i + 1 < n; i++) {
        if (ranks[i]! >= 0 && ranks[i]! < rank) {
          rank = ranks[i]!;
          best = i;
        }
      }
      if (best < 0) break;
      ids[best] = this.#firstByte + 256 + rank;
      ids.copyWithin(best + 1, best + 2, n);
      ranks.copyWithin(best + 1, best + 2, n);
      n--;
      if (best > 0) ranks[best - 1] = this.#ranks.get(ids[best - 1]!, ids[best]!);
      if (best + 1 < n) ranks[best] = this.#ranks.get(ids[best]!, ids[best + 1]!);
    }
    return n === 1 ? ids[0]! : ids.slice(0, n);
  }

  #grow(): void {
    const larger = new Int32Array(this.#out.length * 2);
    larger.set(this.#out);
    this.#out = larger;
  }
}
