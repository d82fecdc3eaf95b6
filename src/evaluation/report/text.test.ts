import { describe, expect, test } from 'vitest';
import { madeClassification, madeReport } from './report.testing.ts';
import { type TextStyle, textReport } from './text.ts';

const same = (text: string) => text;
const plain: TextStyle = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same };
const marked = (on: string) => (text: string) => (text === '' ? '' : `{${on}:${text}}`);
const painted: TextStyle = {
  bold: marked('b'),
  dim: marked('d'),
  red: marked('r'),
  green: marked('g'),
  yellow: marked('y'),
  cyan: marked('c'),
};

describe('text', () => {
  const report = madeReport();

  test('a wide terminal gets intervals from low to high, in one table', () => {
    const text = textReport([report], { width: 150, style: plain });
    expect(text).toMatch(/^bm25 \(baseline\) +\.\d{3} \.\d{3}–\.\d{3} .* 38 MB$/m);
    expect(text.split('\n').filter(line => line.startsWith('system'))).toHaveLength(1);
  });

  test.each([60, 80, 100, 120])('nothing is wider than %i columns', width => {
    const text = textReport([report, madeClassification()], { width, style: plain });
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(width);
    expect(text).toContain('±');
  });

  test('the pool, stars and notes are always there', () => {
    for (const width of [60, 200]) {
      const text = textReport([report], { width, style: plain }).replace(/\n/g, ' ');
      expect(text).toContain('pool of 1,000 candidates');
      expect(text).toContain('** p < .01');
      expect(text).toContain('621 published queries');
    }
  });

  test('columns stay below each other, whatever is painted', () => {
    const options = { width: 120 };
    const bare = textReport([report], { ...options, style: plain });
    let unpainted = textReport([report], { ...options, style: painted });
    expect(unpainted).toMatch(/\{b:\.\d{3}\}/);
    expect(unpainted).toMatch(/\{g:\*+\}/);
    // Space at the end of a line that is inside a painted piece cannot be trimmed.
    while (/\{[a-z]:[^{}]*\}/.test(unpainted)) unpainted = unpainted.replace(/\{[a-z]:([^{}]*)\}/g, '$1');
    expect(unpainted.replace(/ +$/gm, '')).toBe(bare);
  });

  test('what could drive a terminal does not reach it', () => {
    const { result } = report;
    const text = textReport(
      [{ ...report, result: { ...result, title: 'a\u001b[31mb', notes: ['c\u202ed\u0007'] } }],
      { width: 80, style: plain },
    );
    for (const control of ['\u001b', '\u202e', '\u0007']) expect(text).not.toContain(control);
    expect(text).toContain('a\ufffd[31mb');
  });

  test('several data sets end with all of them in one table', () => {
    const text = textReport([report, madeClassification()], { width: 120, style: plain });
    expect(text).toMatch(/all data sets +made-up ndcg@10 +made-pairs accuracy\s*\nbm25 +\.\d{3}/);
    expect(text).toContain('threshold by rule');
  });
});
