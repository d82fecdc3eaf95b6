import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { codennCsharpLoader, codennSqlLoader } from './codenn.ts';
import { conalaLoader } from './conala.ts';
import { cosqaLoader, cosqaNodocLoader, cosqaTrainingPairs } from './cosqa.ts';
import { mbxpLoader } from './mbxp.ts';
import { nl2bashLoader } from './nl2bash.ts';
import { classified, retrieved } from './published.testing.ts';
import { staqcLoader, staqcRetrievalLoader } from './staqc.ts';
import { thirtySecondsLoader } from './thirty-seconds.ts';
import { tlCodesumLoader } from './tl-codesum.ts';
import { webqueryLoader, webqueryNodocLoader } from './webquery.ts';

// Data beside the checkout, where they are: the counts of the papers must come out.
const data = resolve(import.meta.dirname, '../../../../shared/data');

describe.skipIf(!existsSync(data))('published counts', () => {
  // Candidates, queries, and observations: queries of one cluster are one.
  test.each([
    [cosqaLoader, 'test', 6267, 500, 500],
    [cosqaLoader, 'dev', 6267, 500, 500],
    [cosqaNodocLoader, 'test', 6267, 500, 500],
    [codennSqlLoader, 'eval', 3340, 2000, 100],
    [codennSqlLoader, 'dev', 3340, 2220, 111],
    [codennCsharpLoader, 'eval', 6602, 2160, 108],
    [codennCsharpLoader, 'dev', 6602, 2000, 100],
    [conalaLoader, 'test', 500, 500, 472],
    [staqcRetrievalLoader, 'dev', 976, 421, 388],
    [thirtySecondsLoader, 'all', 660, 660, 627],
    [tlCodesumLoader, 'test', 7840, 7840, 7840],
    [tlCodesumLoader, 'valid', 8282, 8282, 8282],
    [nl2bashLoader, 'all', 12_607, 12_607, 11_348],
    [mbxpLoader, 'test', 6253, 6253, 6224],
    [mbxpLoader, 'dev', 1528, 1528, 1528],
  ])('$id', async (loader, split, candidates, queries, observations) => {
    const { dataset, skipped, collections } = await retrieved(loader, data, { split, strict: true });
    expect(skipped).toEqual([]);
    expect(dataset.notes.filter(note => note.startsWith('counts differ'))).toEqual([]);
    const sum = (of: (collection: (typeof collections)[number]) => number) =>
      collections.reduce((total, collection) => total + of(collection), 0);
    expect({
      candidates: sum(({ all }) => all.length),
      queries: sum(collection => collection.queries.length),
      observations: sum(
        collection => new Set(collection.queries.map(query => query.cluster ?? query.id)).size,
      ),
    }).toEqual({ candidates, queries, observations });
    for (const collection of collections) {
      const ids = new Set(collection.all.map(code => code.id));
      expect(ids.size).toBe(collection.all.length);
      for (const { judgments, pool } of collection.queries) {
        expect(Object.values(judgments)).toContain(1);
        expect(Object.keys(judgments).filter(id => !ids.has(id))).toEqual([]);
        if (pool) expect(new Set(pool).size).toBe(50);
      }
      expect(collection.all.some(code => code.path !== undefined)).toBe(false);
    }
  });

  test('CoSQA: seen golds, and the pairs a disjoint protocol leaves', async () => {
    const { collections } = await retrieved(cosqaLoader, data, { protocol: 'disjoint' });
    const [{ queries, all }] = collections as [(typeof collections)[number]];
    expect(queries.filter(query => query.slices?.['gold'] === 'seen').length).toBe(382);
    expect(all.reduce((sum, code) => sum + (code.trainingQueries?.length ?? 0), 0)).toBe(6948);
    const full = await retrieved(cosqaLoader, data);
    const golds = new Set(full.collections[0]!.queries.flatMap(query => Object.keys(query.judgments)));
    expect(all.some(code => golds.has(code.id) && code.trainingQueries)).toBe(false);
    expect(full.collections[0]!.all.reduce((sum, code) => sum + (code.trainingQueries?.length ?? 0), 0)).toBe(
      9020,
    );
    const pairs = await Array.fromAsync(cosqaTrainingPairs({ data, protocol: 'disjoint' }));
    expect([pairs.length, pairs.filter(pair => pair.label === 1).length]).toEqual([15_153, 6948]);
  });

  test.each([webqueryLoader, webqueryNodocLoader])('$id', async loader => {
    const { dataset, skipped } = await classified(loader, data, { strict: true });
    expect(skipped).toEqual([]);
    const notes = dataset.notes.join('\n');
    expect(notes).not.toContain('counts differ');
    expect(notes).toContain('always saying no is right for 59.7 %');
    expect(notes).toContain('the code of 635 pairs is in the codebase of CoSQA as it stands, of 702 ');
    expect(notes).toContain("30 pairs have a query of CoSQA's training split");
    expect(dataset.calibration.map(({ name, pairs }) => [name, pairs.length, share(pairs)])).toEqual([
      ['cosqa-dev', 1000, 500],
      ['cosqa-train', 19_604, 9020],
    ]);
    expect([dataset.pairs.length, share(dataset.pairs)]).toEqual([1046, 422]);
    const texts = new Map<string, string>();
    for (const { code } of [...dataset.pairs, ...dataset.calibration.flatMap(rule => rule.pairs)]) {
      expect(texts.get(code.id) ?? code.text).toBe(code.text);
      texts.set(code.id, code.text);
    }
  });

  test('staqc', async () => {
    const { dataset } = await classified(staqcLoader, data, { strict: true });
    expect(dataset.notes.filter(note => note.startsWith('counts differ'))).toEqual([]);
    expect([dataset.pairs.length, share(dataset.pairs)]).toEqual([976, 421]);
    expect([dataset.calibration[0]!.pairs.length, share(dataset.calibration[0]!.pairs)]).toEqual([
      2932, 1287,
    ]);
  });
});

function share(pairs: ReadonlyArray<{ label: 0 | 1 }>): number {
  return pairs.filter(pair => pair.label === 1).length;
}
