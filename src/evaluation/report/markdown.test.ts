import { describe, expect, test } from 'vitest';
import { markdownReport } from './markdown.ts';
import { madeClassification, madeReport } from './report.testing.ts';

/** Cells of every row of every table; a pipe that is escaped does not end a cell. */
function tablesOf(markdown: string): string[][][] {
  return markdown.split(/\n\n/).flatMap(block => {
    const lines = block.split('\n');
    if (!lines[0]!.startsWith('|')) return [];
    return [lines.map(line => line.split(/(?<!\\)\|/).slice(1, -1))];
  });
}

describe('markdown', () => {
  const report = madeReport();
  const markdown = markdownReport([report]);

  test('every row of a table has the cells of its head', () => {
    const tables = tablesOf(markdown);
    expect(tables.length).toBeGreaterThan(4);
    for (const table of tables) for (const row of table) expect(row).toHaveLength(table[0]!.length);
  });

  test('the main table has values, intervals, stars, and the best in bold', () => {
    const main = tablesOf(markdown)[0]!;
    expect(main[0]!.map(cell => cell.trim())).toEqual(['system', ...report.result.measures]);
    expect(main[2]![0]).toContain('`bm25` (baseline)');
    expect(main[4]![1]).toMatch(/^ \*\*\.\d{3}\*\*(\\\*)+ \(\.\d{3}–\.\d{3}\) $/);
  });

  test('the pool, the checksums and what made it are told', () => {
    expect(markdown).toContain('pool of 1,000 candidates per query');
    expect(markdown).toContain('a3'.repeat(32));
    expect(markdown).toContain('seed 7');
  });

  test('texts from data mean nothing', () => {
    expect(markdown).not.toContain('<script');
    expect(markdown).toContain('A note with \\| a pipe, &lt;script>');
    expect(markdown).toContain('\\*stars\\* and a \\[link\\](https://example.invalid) and a line.');
    const { result } = madeReport({ systems: ['bm25', 'a|b', 'with `code`'] });
    const strange = markdownReport([{ result, rows: [], snippets: {} }]);
    for (const table of tablesOf(strange))
      for (const row of table) expect(row).toHaveLength(table[0]!.length);
    expect(strange).toContain('`` with `code` ``');
  });

  test('several data sets begin with all of them in one table', () => {
    const several = markdownReport([report, madeClassification()]);
    const first = tablesOf(several)[0]!;
    expect(several.startsWith('# All data sets')).toBe(true);
    expect(first[0]!.map(cell => cell.trim())).toEqual([
      'system',
      'Made-up questions<br>ndcg@10',
      'Made-up pairs<br>accuracy',
    ]);
    expect(first).toHaveLength(5);
    expect(several).toContain('### Thresholds');
  });
});
