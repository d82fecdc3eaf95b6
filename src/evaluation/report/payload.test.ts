import { describe, expect, test } from 'vitest';
import { browsable, browsableRows, payloadOf } from './payload.ts';
import { madeClassification, madeReport } from './report.testing.ts';

describe('what a page carries', () => {
  test('all queries as numbers, and every row of a small data set', () => {
    const report = madeReport();
    const page = payloadOf(report);
    expect(page.rows).toHaveLength(120);
    expect(page.queries.id).toEqual(report.rows.map(row => row.query));
    for (const [s, system] of page.result.systems.entries()) {
      const values = page.queries.values['mrr']![s]!;
      expect(values).toHaveLength(120);
      expect(values[7]).toBeCloseTo(report.rows[7]!.systems[system.name]!.measures['mrr']!, 4);
    }
  });

  test('a row says where every system found what was wanted', () => {
    const report = madeReport();
    const page = payloadOf(report);
    const row = page.rows[3]!;
    for (const one of row.wanted) {
      for (const [s, system] of page.result.systems.entries()) {
        const outcome = report.rows[3]!.systems[system.name]!.relevant.find(({ id }) => id === one.id)!;
        expect(one.ranks[s]).toBe(outcome.returned ? outcome.rank : null);
      }
    }
    expect(row.top[2]![0]!.signals?.map(([name]) => name)).toEqual(['text', 'path']);
  });

  test('snippets are those of the rows it carries, cut', () => {
    const report = madeReport({ queries: 3000 });
    const key = Object.keys(report.snippets)[0]!;
    const page = payloadOf({ ...report, snippets: { ...report.snippets, [key]: 'x'.repeat(5000) } });
    const ids = new Set(
      page.rows.flatMap(row => {
        const collection = page.queries.collections[page.queries.collection[row.index]!]!;
        return [...row.wanted, ...row.top.flat()].map(({ id }) => `${collection}\0${id}`);
      }),
    );
    expect(new Set(Object.keys(page.snippets))).toEqual(ids);
    for (const snippet of Object.values(page.snippets)) expect(snippet.length).toBeLessThan(1000);
  });

  test('a large data set does not make a large page', () => {
    const report = madeReport({ queries: 6000 });
    const page = payloadOf(report);
    expect(page.rows).toHaveLength(browsable);
    expect(page.queries.values['ndcg@10']![0]).toHaveLength(6000);
    expect(JSON.stringify(page).length).toBeLessThan(3e6);
  });

  test('classification has no queries', () => {
    const page = payloadOf(madeClassification());
    expect(page.rows).toEqual([]);
    expect(page.queries.id).toEqual([]);
  });
});

describe('rows that are chosen', () => {
  const { rows, result } = madeReport({ queries: 3000 });
  const chosen = browsableRows(rows, result);
  const of = (index: number, system: string) => rows[index]!.systems[system]!.measures['ndcg@10']!;

  test('are as many as allowed, in order, and the same every time', () => {
    expect(chosen).toHaveLength(browsable);
    expect(chosen).toEqual([...new Set(chosen)].sort((a, b) => a - b));
    expect(browsableRows(rows, result)).toEqual(chosen);
  });

  test('hold the worst, those that systems differ most on, and others', () => {
    const all = rows.map((_, index) => index);
    const failed = (list: number[]) =>
      list.filter(i => result.systems.every(s => of(i, s.name) === 0)).length;
    expect(failed(chosen)).toBeGreaterThanOrEqual(Math.min(150, failed(all)));
    const lost = (list: number[]) => list.filter(i => of(i, 'quarry') - of(i, 'bm25') === -1).length;
    expect(lost(chosen) / lost(all)).toBeGreaterThan(failed([]));
    const good = chosen.filter(i => result.systems.every(s => of(i, s.name) === 1)).length;
    expect(good).toBeGreaterThan(0);
    // Ties are not all of the beginning.
    expect(chosen.filter(i => i >= 1500).length).toBeGreaterThan(browsable / 4);
  });
});
