import { createHash } from 'node:crypto';

/**
 * Tokens that decide whether two pieces of code are the same: identifiers, numbers and single signs, in small letters;
 * white space, quotes, commas and semicolons do not count, so that tokenised data sets equal the files they came from.
 */
export function codeTokens(code: string): string[] {
  return code.toLowerCase().match(/[\p{L}\p{N}_$]+|[^\s\p{L}\p{N}_$,;"'`]/gu) ?? [];
}

/** Words of a query in small letters. */
export function queryTokens(query: string): string[] {
  return query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Hash of a sequence of tokens, 22 characters. */
export function tokensHash(tokens: readonly string[]): string {
  return createHash('sha256').update(tokens.join(' ')).digest('base64url').slice(0, 22);
}

/** Tokens of a run for code, and words of one for queries. */
export const codeWidth = 5;
export const queryWidth = 2;
/** Estimated Jaccard index from which two texts count as near-duplicates. */
export const nearlyEqual = 0.8;
