import { identifiersOf, splitIdentifier } from '../core/identifiers.ts';
import { stem } from '../core/stem.ts';

/**
 * Words of questions that say nothing about the code. Words that are also common names in code (get, set, new,
 * class, function) are not here: their inverse document frequency takes care of them.
 */
export const stopWords: ReadonlySet<string> = new Set(
  (
    'a about all also am an and any are as at be been being but by can could did do does doing each either for ' +
    'from had has have how i if in into is it its itself me my of on onto or our should so some such than that ' +
    'the their them then there these they this those through to upon us via was we were what when where ' +
    'whether which while who whom whose why will with within would you your'
  ).split(' '),
);

/** A word of the query after splitting, in order. */
export interface QueryWord {
  /** Lower-cased, as written. */
  text: string;
  stem: string;
}

/** A query in plain words, ready for retrieval and ranking. */
export interface AnalyzedQuery {
  text: string;
  /** At most 32; more are dropped. */
  words: QueryWord[];
  /** Whole identifiers of several words (`getUserName` → getusername), with the words they cover. */
  joined: Array<{ text: string; words: number }>;
  /** Adjacent words joined (`path router` → pathrouter), with the words they cover. */
  adjacent: Array<{ text: string; words: number }>;
  ignored: string[];
}

/** Splits a query into words as the index does. When every word is a stop word, all are kept. */
export function analyzeQuery(text: string): AnalyzedQuery {
  const keep = analyze(text, true);
  return keep.words.length > 0 ? keep : analyze(text, false);
}

function analyze(text: string, dropStopWords: boolean): AnalyzedQuery {
  const words: QueryWord[] = [];
  const joined: AnalyzedQuery['joined'] = [];
  const adjacent: AnalyzedQuery['adjacent'] = [];
  const ignored: string[] = [];
  let previous: { word: string; index: number } | undefined;
  for (const identifier of identifiersOf(text)) {
    const parts = splitIdentifier(identifier);
    if (parts.length === 0) continue;
    if (parts.length === 1 && dropStopWords && stopWords.has(parts[0]!)) {
      ignored.push(parts[0]!);
      previous = undefined;
      continue;
    }
    const first = words.length;
    for (const part of parts) {
      if (words.length < 32) words.push({ text: part, stem: stem(part) });
    }
    const covered = words.length - first;
    if (covered === 0) break;
    const mask = (((2 ** covered - 1) * 2 ** first) | 0) >>> 0;
    if (parts.length > 1) joined.push({ text: parts.join(''), words: mask });
    if (previous) {
      const from = previous.index;
      const both = (((2 ** (words.length - from) - 1) * 2 ** from) | 0) >>> 0;
      adjacent.push({ text: previous.word + parts.join(''), words: both });
    }
    previous = { word: parts.join(''), index: first };
  }
  return { text, words, joined, adjacent, ignored };
}
