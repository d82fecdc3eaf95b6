import { isAscii } from 'node:buffer';

/** What a part of a regular expression can match, as far as that says anything of the text. */
export type RegexNode =
  /** Nothing is consumed: anchors, word boundaries, look-around. */
  | { kind: 'empty' }
  /** Any text, also none: back references. */
  | { kind: 'unknown' }
  /** One of these code points; undefined: one of too many. `folds` says whether case is ignored here. */
  | { kind: 'character'; codes: readonly number[] | undefined; folds: boolean }
  | { kind: 'sequence' | 'choice'; nodes: readonly RegexNode[] }
  | { kind: 'repeat'; node: RegexNode; min: number; max: number };

/** A piece of the source and what stands for it where upper and lower case are spelled out. */
export interface CaseEdit {
  start: number;
  end: number;
  text: string;
}

export interface ParsedRegex {
  node: RegexNode;
  /** What makes the expression ignore the case of ASCII letters without the flag `i`; undefined if that cannot be said. */
  caseEdits: readonly CaseEdit[] | undefined;
}

/** An expression this parser does not understand; nothing can be said of it. */
export class UnknownSyntax extends Error {}

const mostLength = 2000;
const mostDepth = 100;
/** Members of a class that are told one by one. */
const mostMembers = 64;

/**
 * Parses the source of a JavaScript regular expression that the engine has accepted, with or without the flag `u`. Throws
 * UnknownSyntax for what is rare or hard to be sure of.
 */
export function parseRegex(source: string, flags: { unicode: boolean; ignoreCase: boolean }): ParsedRegex {
  return new RegexParser(source, flags.unicode, flags.ignoreCase).parse();
}

const hex = /^[0-9a-fA-F]+$/;
const controls: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 };

class RegexParser {
  private readonly source: string;
  private readonly unicode: boolean;
  private folds: boolean;
  private at = 0;
  private depth = 0;
  private edits: CaseEdit[] | undefined = [];

  constructor(source: string, unicode: boolean, ignoreCase: boolean) {
    this.source = source;
    this.unicode = unicode;
    this.folds = ignoreCase;
  }

  parse(): ParsedRegex {
    if (this.source.length > mostLength) throw new UnknownSyntax('too long');
    // Outside of ASCII the flag decides what is one letter in two cases.
    if (this.unicode || !isAscii(Buffer.from(this.source))) this.edits = undefined;
    const node = this.choice();
    if (this.at < this.source.length) throw new UnknownSyntax('a parenthesis too many');
    return { node, caseEdits: this.edits };
  }

  private choice(): RegexNode {
    if (++this.depth > mostDepth) throw new UnknownSyntax('nested too deeply');
    const nodes = [this.sequence()];
    while (this.takes('|')) nodes.push(this.sequence());
    this.depth--;
    return nodes.length === 1 ? nodes[0]! : { kind: 'choice', nodes };
  }

  private sequence(): RegexNode {
    const nodes: RegexNode[] = [];
    while (this.at < this.source.length && this.source[this.at] !== '|' && this.source[this.at] !== ')')
      nodes.push(this.quantified(this.atom()));
    return { kind: 'sequence', nodes };
  }

  private quantified(node: RegexNode): RegexNode {
    let min: number;
    let max: number;
    const braces = /^\{(\d+)(,(\d*))?\}/.exec(this.source.slice(this.at, this.at + 40));
    if (this.takes('*')) [min, max] = [0, Infinity];
    else if (this.takes('+')) [min, max] = [1, Infinity];
    else if (this.takes('?')) [min, max] = [0, 1];
    else if (braces) {
      this.at += braces[0].length;
      min = Number(braces[1]);
      max = braces[2] === undefined ? min : braces[3] === '' ? Infinity : Number(braces[3]);
    } else {
      // A number too long to be looked at, not a brace that stands for itself.
      if (/^\{\d{8}/.test(this.source.slice(this.at, this.at + 9))) throw new UnknownSyntax('a long number');
      return node;
    }
    this.takes('?');
    return { kind: 'repeat', node, min, max };
  }

  private atom(): RegexNode {
    const start = this.at;
    const character = this.source[this.at]!;
    switch (character) {
      case '^':
      case '$':
        this.at++;
        return { kind: 'empty' };
      case '.':
        this.at++;
        return this.many();
      case '(':
        this.at++;
        return this.group();
      case '[':
        this.at++;
        return this.characterClass();
      case '\\':
        this.at++;
        return this.escape(start);
      default:
        return this.literal(start, this.next());
    }
  }

  private group(): RegexNode {
    const { folds } = this;
    let isAround = false;
    if (this.takes('?')) {
      const head = /^(?:(<?[=!])|<[^>=!][^>]*>|([a-z]*)(-[a-z]*)?:)/.exec(this.source.slice(this.at));
      if (!head) throw new UnknownSyntax('an unknown kind of group');
      this.at += head[0].length;
      isAround = head[1] !== undefined;
      if (head[2]?.includes('i')) this.folds = true;
      if (head[3]?.includes('i')) this.folds = false;
      // Flags of a group would have to be taken out of it.
      if (this.folds !== folds) this.edits = undefined;
    }
    const node = this.choice();
    if (!this.takes(')')) throw new UnknownSyntax('a parenthesis is missing');
    this.folds = folds;
    return isAround ? { kind: 'empty' } : node;
  }

  /** After a backslash outside of a class. */
  private escape(start: number): RegexNode {
    const character = this.source[this.at];
    if (character === undefined || character === 'k') throw new UnknownSyntax('a reference by name');
    if (character === 'b' || character === 'B') {
      this.at++;
      return { kind: 'empty' };
    }
    if (character >= '0' && character <= '9') {
      while (this.at < this.source.length && /[0-9]/.test(this.source[this.at]!)) this.at++;
      this.edits = undefined;
      return { kind: 'unknown' };
    }
    const code = this.escaped();
    return code === undefined ? this.many() : this.literal(start, code);
  }

  /** The code point an escape stands for; undefined if it stands for several. */
  private escaped(): number | undefined {
    const character = this.source[this.at]!;
    if ('dDwWsS'.includes(character)) {
      this.at++;
      return undefined;
    }
    if ((character === 'p' || character === 'P') && this.unicode) {
      const end = this.source.indexOf('}', this.at);
      if (end < 0) throw new UnknownSyntax('a property without its name');
      this.at = end + 1;
      return undefined;
    }
    if (character === 'c') throw new UnknownSyntax('a control character');
    if (character === 'x' || character === 'u') {
      const code = this.numbered(character);
      if (code !== undefined) return code;
    }
    const control = controls[character];
    if (control !== undefined) {
      this.at++;
      return control;
    }
    return this.next();
  }

  /** The number after `\x` or `\u`; undefined if it is a letter that stands for itself. */
  private numbered(character: 'x' | 'u'): number | undefined {
    const from = this.at + 1;
    if (character === 'u' && this.unicode && this.source[from] === '{') {
      const end = this.source.indexOf('}', from);
      const digits = this.source.slice(from + 1, end);
      if (end < 0 || !hex.test(digits)) throw new UnknownSyntax('a wrong code point');
      this.at = end + 1;
      return Number.parseInt(digits, 16);
    }
    const length = character === 'x' ? 2 : 4;
    const digits = this.source.slice(from, from + length);
    if (digits.length !== length || !hex.test(digits)) return undefined;
    this.at = from + length;
    const code = Number.parseInt(digits, 16);
    if (this.unicode && code >= 0xd800 && code <= 0xdfff) throw new UnknownSyntax('half a character');
    return code;
  }

  private characterClass(): RegexNode {
    const start = this.at;
    const isNegated = this.takes('^');
    const ranges: Array<[low: number, high: number]> = [];
    let isOpen = isNegated;
    /** The low end of a range that may be about to come. */
    let previous: number | undefined;
    let isRange = false;
    for (;;) {
      if (this.at >= this.source.length) throw new UnknownSyntax('a bracket is missing');
      if (this.takes(']')) break;
      if (
        previous !== undefined &&
        !isRange &&
        this.source[this.at] === '-' &&
        this.source[this.at + 1] !== ']'
      ) {
        this.at++;
        isRange = true;
        continue;
      }
      const code = this.member();
      if (isRange) {
        // `[a-\d]`: the dash stands for itself.
        if (code === undefined || previous === undefined) isOpen = true;
        else ranges.splice(-1, 1, [previous, code]);
        previous = undefined;
        isRange = false;
      } else {
        if (code === undefined) isOpen = true;
        else ranges.push([code, code]);
        previous = code;
      }
    }
    this.editClass(start + (isNegated ? 1 : 0), ranges);
    const size = ranges.reduce((sum, [low, high]) => sum + high - low + 1, 0);
    if (isOpen || size > mostMembers) return this.many();
    const codes = ranges.flatMap(([low, high]) => Array.from({ length: high - low + 1 }, (_, i) => low + i));
    // An empty class matches nothing, which is not worth a case of its own.
    return this.characterOf(codes.length === 0 ? undefined : codes);
  }

  private member(): number | undefined {
    if (!this.takes('\\')) return this.next();
    const character = this.source[this.at];
    if (character === undefined) throw new UnknownSyntax('a lone backslash');
    if (character === 'b') {
      this.at++;
      return 8;
    }
    // In old syntax `\1` is an octal number here.
    if (character >= '0' && character <= '9') throw new UnknownSyntax('a number in a class');
    return this.escaped();
  }

  /** The next code point, or code unit without the flag `u`. */
  private next(): number {
    const code = this.unicode ? this.source.codePointAt(this.at)! : this.source.charCodeAt(this.at);
    this.at += code > 0xffff ? 2 : 1;
    return code;
  }

  private takes(character: string): boolean {
    if (this.source[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private many(): RegexNode {
    return { kind: 'character', codes: undefined, folds: this.folds };
  }

  private characterOf(codes: readonly number[] | undefined): RegexNode {
    // Half of a character says nothing of the bytes.
    const known = codes?.some(code => code >= 0xd800 && code <= 0xdfff) ? undefined : codes;
    return { kind: 'character', codes: known, folds: this.folds };
  }

  private literal(start: number, code: number): RegexNode {
    if (code >= 0x80) this.edits = undefined;
    const other = otherCase(code);
    if (other !== code)
      this.edits?.push({ start, end: this.at, text: `[${String.fromCharCode(code, other)}]` });
    return this.characterOf([code]);
  }

  /** Puts the other case of letters into a class that begins (behind `^`) at `from` and has just ended. */
  private editClass(from: number, ranges: ReadonlyArray<[number, number]>): void {
    let text = '';
    for (const [low, high] of ranges) {
      if (high >= 0x80) {
        this.edits = undefined;
        return;
      }
      for (const [a, z] of [
        [65, 90],
        [97, 122],
      ] as const) {
        const [first, last] = [Math.max(low, a), Math.min(high, z)];
        if (first > last) continue;
        text += `${String.fromCharCode(otherCase(first))}-${String.fromCharCode(otherCase(last))}`;
      }
    }
    if (text === '') return;
    const end = this.at - 1;
    // Beside a dash that stands for itself there would be a range.
    const place = this.source[end - 1] !== '-' ? end : from;
    if (place === from && this.source[from] === '-') this.edits = undefined;
    this.edits?.push({ start: place, end: place, text });
  }
}

function otherCase(code: number): number {
  if (code >= 65 && code <= 90) return code + 32;
  return code >= 97 && code <= 122 ? code - 32 : code;
}
