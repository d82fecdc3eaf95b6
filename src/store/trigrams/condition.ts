import type { TrigramEntry, TrigramIndex } from './reader.ts';
import type { Trigram } from './trigram.ts';

/** What the trigrams of a text must be for a pattern to be in it. `any`: nothing is known, every text may match. */
export type TrigramCondition =
  | { kind: 'any' }
  | { kind: 'all-of'; trigrams: readonly Trigram[]; parts: readonly TrigramCondition[] }
  | { kind: 'one-of'; parts: readonly TrigramCondition[] };

export const anyText: TrigramCondition = { kind: 'any' };

/** Whether a text with these trigrams meets a condition. */
export function meets(condition: TrigramCondition, has: (trigram: Trigram) => boolean): boolean {
  switch (condition.kind) {
    case 'any':
      return true;
    case 'all-of':
      return condition.trigrams.every(has) && condition.parts.every(part => meets(part, has));
    case 'one-of':
      return condition.parts.some(part => meets(part, has));
  }
}

/** When so few documents are left, reading them costs less than reading another long list. */
const fewDocuments = 8;

/**
 * The documents of a segment that meet a condition, ascending, those without trigrams included; undefined for all. It may
 * give some that do not: lists that would hardly narrow it down are not read.
 */
export function documentsMeeting(condition: TrigramCondition, index: TrigramIndex): Uint32Array | undefined {
  const found = evaluate(condition, index);
  return found && (index.uncovered.length > 0 ? union([found, index.uncovered]) : found);
}

function evaluate(condition: TrigramCondition, index: TrigramIndex): Uint32Array | undefined {
  if (condition.kind === 'any') return undefined;
  if (condition.kind === 'one-of') {
    const lists: Uint32Array[] = [];
    for (const part of condition.parts) {
      const list = evaluate(part, index);
      if (!list) return undefined;
      lists.push(list);
    }
    return union(lists);
  }
  const entries: TrigramEntry[] = [];
  for (const trigram of condition.trigrams) {
    const entry = index.find(trigram);
    if (!entry) return new Uint32Array(0);
    entries.push(entry);
  }
  entries.sort((a, b) => a.count - b.count);
  let found: Uint32Array | undefined;
  for (const entry of entries) {
    // A list of nearly all documents rules nothing out; to look into a few files takes less than to decode a long list.
    if (entry.count > index.documentCount * 0.9) break;
    if (found && found.length <= Math.max(fewDocuments, entry.count / 2000)) break;
    const list = index.documents(entry);
    found = found ? intersection(found, list) : list;
    if (found.length === 0) return found;
  }
  for (const part of condition.parts) {
    const list = evaluate(part, index);
    if (list) found = found ? intersection(found, list) : list;
  }
  return found;
}

function intersection(a: Uint32Array, b: Uint32Array): Uint32Array {
  const out = new Uint32Array(Math.min(a.length, b.length));
  let count = 0;
  let j = 0;
  for (const value of a) {
    while (j < b.length && b[j]! < value) j++;
    if (j === b.length) break;
    if (b[j] === value) out[count++] = value;
  }
  return out.subarray(0, count);
}

function union(lists: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(lists.reduce((sum, list) => sum + list.length, 0));
  let length = 0;
  for (const list of lists) {
    all.set(list, length);
    length += list.length;
  }
  all.sort();
  let count = 0;
  for (let i = 0; i < length; i++) if (i === 0 || all[i] !== all[i - 1]) all[count++] = all[i]!;
  return all.subarray(0, count);
}
