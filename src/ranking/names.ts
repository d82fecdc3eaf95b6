import { identifiersOf, splitIdentifier } from '../core/identifiers.ts';
import { stem } from '../core/stem.ts';
import type { AnalyzedQuery } from './query.ts';

/** What a unit is called, alone and with its enclosing units. */
export interface Named {
  name: string;
  qualifiedName: string;
}

/**
 * The share of the query's words, by idf, that a qualified name is made of: those of its last part whole, those of what
 * encloses it half. A name that is one word of the query, or several written as one (`shut down` → shutdown), counts
 * a quarter more. Between 0 and 1.25.
 */
export function nameShareOf(query: AnalyzedQuery, idf: (stem: string) => number): (unit: Named) => number {
  const masses = query.words.map(word => idf(word.stem));
  const total = Math.max(
    1e-9,
    masses.reduce((a, b) => a + b, 0),
  );
  const bits = new Map<string, number>();
  for (const [i, word] of query.words.entries()) bits.set(word.stem, (bits.get(word.stem) ?? 0) | (1 << i));
  for (const { text, words } of [...query.joined, ...query.adjacent]) bits.set(text, words);
  // No stem changes the first two letters: most words of most names are told apart without one.
  const beginnings = new Set([...bits.keys()].map(key => key.slice(0, 2)));
  const covered = (words: readonly string[]) => {
    let found = 0;
    for (const word of words) {
      if (beginnings.has(word.slice(0, 2))) found |= (bits.get(stem(word)) ?? 0) | (bits.get(word) ?? 0);
    }
    return found;
  };
  return ({ name, qualifiedName }) => {
    const words = splitIdentifier(name);
    const own = covered(words);
    const around = covered(identifiersOf(qualifiedName).flatMap(splitIdentifier)) & ~own;
    let sum = 0;
    for (const [i, mass] of masses.entries()) {
      if ((own >>> i) & 1) sum += mass;
      else if ((around >>> i) & 1) sum += mass / 2;
    }
    const exact = bits.has(words.join('')) || (words.length === 1 && own !== 0);
    return sum / total + (exact ? 0.25 : 0);
  };
}
