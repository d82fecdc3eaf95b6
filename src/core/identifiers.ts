import { stem } from './stem.ts';

const LOWER = 1;
const UPPER = 2;
const DIGIT = 3;
const JOIN = 4; // underscore: part of an identifier, separates its words
const OTHER = 5; // any letter outside ASCII

/** Longest word that is worth a term of its own; longer runs are data (base64, hashes). */
const maxWord = 40;

/** Class of a UTF-16 code unit inside identifiers, 0 for everything that separates identifiers. */
export function identifierClass(c: number): number {
  if (c >= 97 && c <= 122) return LOWER;
  if (c >= 65 && c <= 90) return UPPER;
  if (c >= 48 && c <= 57) return DIGIT;
  if (c === 95) return JOIN;
  if (c < 0xaa) return 0;
  if (c <= 0xbf) return c === 0xaa || c === 0xb5 || c === 0xba ? OTHER : 0;
  // General punctuation, arrows, box drawing, CJK punctuation and full-width forms separate words.
  if (c === 0xd7 || c === 0xf7 || (c >= 0x2000 && c <= 0x2bff) || (c >= 0x3000 && c <= 0x303f)) return 0;
  if (c >= 0xfe00 && c <= 0xffff) return 0;
  return OTHER;
}

/**
 * Splits one identifier into its words, lower-cased, in order: `parseHTTPResponse2` → parse, http, response, 2;
 * `MAX_RETRY` → max, retry. Nothing is stemmed. A run without any letter or digit gives an empty list.
 */
export function splitIdentifier(identifier: string): string[] {
  const words: string[] = [];
  let start = 0;
  let previous = 0;
  const n = identifier.length;
  const push = (end: number) => {
    if (end > start) words.push(identifier.slice(start, end).toLowerCase());
  };
  for (let i = 0; i < n; i++) {
    const cls = identifierClass(identifier.charCodeAt(i));
    if (cls === JOIN || cls === 0) {
      push(i);
      start = i + 1;
    } else if (previous !== 0 && previous !== JOIN && cls !== previous) {
      if (previous === UPPER && cls === LOWER) {
        // `HTTPServer`: the last capital belongs to the word that follows it.
        if (i - 1 > start) {
          push(i - 1);
          start = i - 1;
        }
      } else if (cls === DIGIT || previous === DIGIT || cls === UPPER) {
        push(i);
        start = i;
      }
    }
    previous = cls;
  }
  push(n);
  return words;
}

/**
 * The index terms of one identifier: each word stemmed, and – for several words – all of them joined without a
 * stem, so that the whole name can be matched exactly (`getUserName` and `get_user_name` → get, user, name,
 * getusername). Long numbers and very long words give no terms.
 */
export function identifierTerms(identifier: string): string[] {
  const words = splitIdentifier(identifier);
  const terms: string[] = [];
  for (const word of words) {
    const c = word.charCodeAt(0);
    if (c >= 48 && c <= 57 ? word.length > 4 : word.length > maxWord) continue;
    terms.push(stem(word));
  }
  if (words.length > 1) {
    const joined = words.join('');
    const c = joined.charCodeAt(0);
    if (joined.length <= maxWord * 2 && !(c >= 48 && c <= 57)) terms.push(joined);
  }
  return terms;
}

/** All identifiers of a text in order, as written. */
export function identifiersOf(text: string): string[] {
  const found: string[] = [];
  let start = -1;
  for (let i = 0; i <= text.length; i++) {
    const inside = i < text.length && identifierClass(text.charCodeAt(i)) !== 0;
    if (inside && start < 0) start = i;
    else if (!inside && start >= 0) {
      found.push(text.slice(start, i));
      start = -1;
    }
  }
  return found;
}

/** The index terms of a text, in order, repetitions kept: the plain reference of the indexer's fast analyser. */
export function textTerms(text: string): string[] {
  return identifiersOf(text).flatMap(identifierTerms);
}
