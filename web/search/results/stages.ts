import type { Signal } from '../../../src/core/search.ts';

/** Signals as the stages of a search give them; `src/ranking/` has their meaning. */
const stages: ReadonlyArray<readonly [stage: string, signals: readonly string[]]> = [
  ['Words', ['text', 'unit text', 'word coverage', 'exact match']],
  [
    'Names and paths',
    ['file name', 'path', 'directory', 'defines', 'defines words', 'is the name', 'imported by'],
  ],
  ['Meaning', ['meaning', 'similarity']],
  ['Role', ['test code', 'generated code', 'vendored code', 'documentation', 'older copy']],
  ['Re-ranking', ['rerank']],
];

export interface Stage {
  name: string;
  signals: Signal[];
  sum: number;
}

/** Signals by stage, in the order in which they are computed; those the page has not heard of come last. */
export function byStage(signals: readonly Signal[]): Stage[] {
  const known = new Map(stages.flatMap(([stage, names]) => names.map(name => [name, stage] as const)));
  const order = [...stages.map(([stage]) => stage), 'Other'];
  return order.flatMap(name => {
    const own = signals.filter(signal => (known.get(signal.name) ?? 'Other') === name);
    if (own.length === 0) return [];
    return [{ name, signals: own, sum: own.reduce((sum, { value }) => sum + value, 0) }];
  });
}
