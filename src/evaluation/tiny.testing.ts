import type { Candidate, Collection, Query, RetrievalDataset } from './dataset.ts';
import type { RankedItem, System } from './system.ts';

/** Three collections of four codes and two queries each: small enough to work every number out by hand. */
export function tinyDataset(options: { onRead?: (name: string) => void } = {}): RetrievalDataset {
  const collections = ['alpha', 'beta', 'gamma'].map((name, c): Collection => {
    const candidates: Candidate[] = ['open file', 'close file', 'parse date', 'send mail'].map((text, i) => ({
      id: `${name}${i}`,
      text: `function f${i}() { ${text} }\n// second line`,
    }));
    const queries: Query[] = [
      { id: `${name}-q1`, text: 'open', judgments: { [`${name}0`]: 1 }, slices: { kind: 'easy' } },
      {
        id: `${name}-q2`,
        text: 'mail date',
        judgments: { [`${name}2`]: 2, [`${name}3`]: 1 },
        slices: { kind: 'hard' },
      },
    ];
    return {
      name,
      fingerprint: `tiny ${name}`,
      slices: { language: c === 0 ? 'go' : 'rust' },
      queries,
      async *candidates() {
        options.onRead?.(name);
        yield* candidates;
      },
    };
  });
  return {
    id: 'tiny',
    title: 'a tiny set',
    task: 'retrieval',
    split: 'test',
    licence: 'none',
    source: 'made up',
    files: [],
    notes: ['a note'],
    measures: ['mrr', 'ndcg@10'],
    averaging: 'collections',
    async *collections() {
      yield* collections;
    },
  };
}

/** Ranks by a function of query text and candidate, and counts what it was asked. */
export function systemOf(
  name: string,
  scoreOf: (query: string, candidate: Candidate) => number,
  counts: { prepared: number; ranked: number; closed: number } = { prepared: 0, ranked: 0, closed: 0 },
): System {
  return {
    name,
    title: `${name} system`,
    parameters: {},
    fingerprint: `system ${name}`,
    async prepare(collection) {
      counts.prepared++;
      const candidates = await Array.fromAsync(collection.candidates());
      return {
        async rank(query, { limit }) {
          counts.ranked++;
          const allowed = query.pool && new Set(query.pool);
          const items: RankedItem[] = candidates
            .filter(candidate => !allowed || allowed.has(candidate.id))
            .map(candidate => ({ id: candidate.id, score: scoreOf(query.text, candidate) }))
            .filter(item => item.score > 0);
          return items.sort((a, b) => b.score - a.score).slice(0, limit);
        },
        async similarity(query, id) {
          return scoreOf(query, candidates.find(candidate => candidate.id === id)!);
        },
        close() {
          counts.closed++;
        },
      };
    },
  };
}

/** How many words of the query the candidate has. */
export function words(query: string, { text }: Candidate): number {
  return query.split(' ').filter(word => text.includes(word)).length;
}
