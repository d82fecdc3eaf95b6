import { classSources } from './characters.ts';

/**
 * The pre-tokeniser as data: what `tokenizer.json` says of it, so that other programs cut texts as
 * `PreTokenScanner` does. Everything here is in the common part of JavaScript's and Oniguruma's expressions; look-behinds
 * have a fixed length.
 */

/** Code points of one pre-token, and how many of one run (of letters, digits, symbols) are looked at; the rest is dropped. */
export const limits = {
  word: { chunk: 32, keep: 64 },
  number: { chunk: 4, keep: 12 },
  symbols: { chunk: 8, keep: 8 },
} as const;

const { upper, letter, delimiter, separator } = classSources;

/**
 * A run of at least 24 characters of the base64 alphabet with at least 8 digits: a hash, a key, an embedded image.
 * Long names and paths have fewer digits. Anchored at the start of the run, so that a text is passed once.
 */
export const dataPattern: string = `(?<![A-Za-z0-9+/])(?=[A-Za-z0-9+/]{24})(?:[A-Za-z+/]*[0-9]){8}[A-Za-z0-9+/]*={0,2}`;

/**
 * The empty string wherever one word of an identifier ends and the next begins without a separator: `aB`, `HTTPServer`
 * before the S (but not in plurals such as `URLs`), and between scripts with and without case. Where digits begin or end,
 * the pre-tokens end anyway.
 */
export const boundaryPattern: string = [
  String.raw`(?<=\p{Ll})(?=[${upper}])`,
  String.raw`(?<=[${upper}])(?=[${upper}](?!s(?!\p{Ll}))\p{Ll})`,
  String.raw`(?<=\p{Lo})(?=[${upper}\p{Ll}])`,
  String.raw`(?<=[${upper}\p{Ll}])(?=\p{Lo})`,
].join('|');

function bounded(members: string, limit: { chunk: number; keep: number }): string {
  return `(?<!${members}{${limit.keep}})${members}{1,${limit.chunk}}`;
}

/** What is a pre-token of a normalised text; everything between the matches is dropped. */
export const preTokenPattern: string = [
  bounded(`[${letter}]`, limits.word),
  bounded(String.raw`\p{N}`, limits.number),
  bounded(`[${delimiter}]`, limits.symbols),
  bounded(String.raw`[^${letter}\p{N}${separator}${delimiter}]`, limits.symbols),
].join('|');

/** `normalizer` of `tokenizer.json`: identifiers are split first, because lower-casing forgets where. */
export const normalizer: object = {
  type: 'Sequence',
  normalizers: [
    { type: 'NFKC' },
    { type: 'Replace', pattern: { Regex: dataPattern }, content: ' ' },
    { type: 'Replace', pattern: { Regex: boundaryPattern }, content: ' ' },
    // The two letters whose lower case depends on the program: both sigmas are one, and İ stays one code point.
    { type: 'Replace', pattern: { Regex: '[Σς]' }, content: 'σ' },
    { type: 'Replace', pattern: { String: 'İ' }, content: 'i' },
    { type: 'Lowercase' },
  ],
};

/** `pre_tokenizer` of `tokenizer.json`. The prefix space marks the first token of a word. */
export const preTokenizer: object = {
  type: 'Sequence',
  pretokenizers: [
    { type: 'Split', pattern: { Regex: preTokenPattern }, behavior: 'Removed', invert: true },
    { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: false },
  ],
};
