/** Classes of code points, as the pre-tokeniser sees them. Letters come first: `class <= NEUTRAL` is a letter. */
export const UPPER = 1; // Lu, Lt
export const LOWER = 2; // Ll
export const SCRIPT = 3; // Lo: scripts without case
export const NEUTRAL = 4; // Lm, M: belongs to the letter before it
export const DIGIT = 5; // N
export const DELIMITER = 6; // brackets, quotes, comma, semicolon
export const OPERATOR = 7; // every other visible character
export const SEPARATOR = 8; // white space, control and format characters, underscore

/** Members of character classes for regular expressions, without the brackets around them. */
export const classSources: { upper: string; letter: string; delimiter: string; separator: string } = {
  upper: String.raw`\p{Lu}\p{Lt}`,
  letter: String.raw`\p{L}\p{M}`,
  delimiter: '()\\[\\]{},;"\'`',
  separator: String.raw`\s\p{Cc}\p{Cf}_`,
};

const order: ReadonlyArray<readonly [number, RegExp]> = [
  [SEPARATOR, new RegExp(`[${classSources.separator}]`, 'u')],
  [UPPER, new RegExp(`[${classSources.upper}]`, 'u')],
  [LOWER, /\p{Ll}/u],
  [SCRIPT, /\p{Lo}/u],
  [NEUTRAL, new RegExp(`[${classSources.letter}]`, 'u')],
  [DIGIT, /\p{N}/u],
  [DELIMITER, new RegExp(`[${classSources.delimiter}]`, 'u')],
];

function classify(codePoint: number): number {
  const character = String.fromCodePoint(codePoint);
  for (const [cls, pattern] of order) if (pattern.test(character)) return cls;
  return OPERATOR;
}

/** One byte per code point, 0 where nobody asked yet; pages that are never touched take no memory. */
const table = new Uint8Array(0x110000);

/** Class of a code point (0 … 0x10ffff, lone surrogates included). */
export function characterClass(codePoint: number): number {
  return table[codePoint] || (table[codePoint] = classify(codePoint));
}
