import { characterClass, DIGIT, LOWER, NEUTRAL, SCRIPT, SEPARATOR, UPPER } from './characters.ts';
import { dataPattern, limits } from './patterns.ts';

const data = new RegExp(dataPattern, 'gu');
const notAscii = /[^\0-\x7f]/;
const oddCase = /[Σςİ]/;

/** The text a scanner reads: compatibility forms folded (NFKC), runs of data cut out; case is still there. */
function prepare(text: string): string {
  return (notAscii.test(text) ? text.normalize('NFKC') : text).replace(data, ' ');
}

/** Lower case, code point by code point: the same in every program, whatever stands around the word. */
export function foldCase(piece: string): string {
  if (!oddCase.test(piece)) return piece.toLowerCase();
  return piece.replace(/[Σς]/g, 'σ').replaceAll('İ', 'i').toLowerCase();
}

/**
 * Walks over the pre-tokens of a text: words (identifiers split at case changes, underscores and digits, as
 * `splitIdentifier` in core does, but for all of Unicode and with plurals such as `URLs` whole), numbers in groups of four
 * digits, runs of brackets and quotes, runs of other symbols. White space and underscores only separate. What a run may
 * hold is bounded (`limits`). The plain reference is `patterns.ts`, executed by another library in the tests.
 */
export class PreTokenScanner {
  /** The prepared text; `start` and `end` are offsets into it. */
  text = '';
  /** The current pre-token, in UTF-16 code units; its case is not folded yet. */
  start = 0;
  end = 0;
  /** Where the kept part of the current run ends, and the run itself. */
  #keepEnd = 0;
  #runEnd = 0;
  #chunk = 0;

  open(text: string): void {
    this.text = prepare(text);
    this.start = this.end = this.#keepEnd = this.#runEnd = 0;
  }

  /** Goes to the next pre-token; false at the end of the text. */
  next(): boolean {
    if (this.end < this.#keepEnd) {
      this.start = this.end;
      this.#cut();
      return true;
    }
    const { text } = this;
    let at = this.#runEnd;
    let code = 0;
    let cls = SEPARATOR;
    for (; at < text.length; at += width(code)) {
      code = text.codePointAt(at)!;
      cls = characterClass(code);
      if (cls !== SEPARATOR) break;
    }
    if (cls === SEPARATOR) return false;
    this.start = at;
    const limit = cls <= NEUTRAL ? limits.word : cls === DIGIT ? limits.number : limits.symbols;
    this.#chunk = limit.chunk;
    this.#keepEnd = -1;
    let length = 0;
    let chunkEnd = -1;
    for (let previous = cls; ; previous = cls) {
      length++;
      at += width(code);
      if (length === limit.chunk) chunkEnd = at;
      if (length === limit.keep) this.#keepEnd = at;
      if (at >= text.length) break;
      code = text.codePointAt(at)!;
      cls = characterClass(code);
      const sameRun = previous <= NEUTRAL ? cls <= NEUTRAL : cls === previous;
      if (!sameRun || (cls <= NEUTRAL && this.#wordBegins(previous, cls, at, code))) break;
    }
    this.#runEnd = at;
    if (this.#keepEnd < 0) this.#keepEnd = at;
    this.end = chunkEnd < 0 ? at : chunkEnd;
    return true;
  }

  /** The current pre-token, lower-cased. */
  piece(): string {
    return foldCase(this.text.slice(this.start, this.end));
  }

  /** Sets `end` one chunk after `start`, inside the kept part. */
  #cut(): void {
    let at = this.start;
    for (let i = 0; i < this.#chunk && at < this.#keepEnd; i++) at += width(this.text.codePointAt(at)!);
    this.end = at;
  }

  /** True if a new word begins at `at`: two letters of classes `previous` and `cls` meet there. */
  #wordBegins(previous: number, cls: number, at: number, code: number): boolean {
    if (cls === previous && cls !== UPPER) return false;
    if (cls === NEUTRAL || previous === NEUTRAL) return false;
    if ((cls === SCRIPT) !== (previous === SCRIPT)) return true;
    if (cls !== UPPER) return false;
    if (previous === LOWER) return true;
    const after = at + width(code);
    const next = this.#classAt(after);
    if (next !== LOWER) return false;
    return this.text.charCodeAt(after) !== 115 || this.#classAt(after + 1) === LOWER;
  }

  #classAt(at: number): number {
    return at < this.text.length ? characterClass(this.text.codePointAt(at)!) : SEPARATOR;
  }
}

function width(codePoint: number): number {
  return codePoint > 0xffff ? 2 : 1;
}

/**
 * The pre-tokens of a text, lower-cased, in order. Queries and code go through the same function: `parseHTTPResponse`,
 * `parse_http_response` and `parse http response` give the same three. Everything is lower-cased because queries
 * are; where the words of an identifier meet was noted before that.
 */
export function preTokens(text: string): string[] {
  const scanner = new PreTokenScanner();
  const pieces: string[] = [];
  scanner.open(text);
  while (scanner.next()) pieces.push(scanner.piece());
  return pieces;
}

/** A text as a tokenizer sees it and `decode` gives it back: its pre-tokens with one space between them. */
export function normaliseText(text: string): string {
  return preTokens(text).join(' ');
}

/**
 * The same string without a tie to the text it was cut from: engines keep the whole text alive for a slice of more than
 * twelve characters, and words live for long in caches and counts.
 */
export function detached(piece: string): string {
  return piece.length < 13 ? piece : Buffer.from(piece, 'utf16le').toString('utf16le');
}
