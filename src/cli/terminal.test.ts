import { describe, expect, test } from 'vitest';
import {
  cut,
  formatBytes,
  formatDuration,
  grouped,
  paint,
  printable,
  styleFor,
  table,
  terminalWidth,
  widthOf,
} from './terminal.ts';

describe('printable', () => {
  test.each([
    ['an escape sequence', 'a\u001b[31mb', 'a\\x1b[31mb'],
    ['a carriage return', 'safe\rrm -rf', 'safe\\x0drm -rf'],
    ['a C1 control', 'a\u009bb', 'a\\x9bb'],
    ['a bidirectional override', 'a\u202eb', 'a\\u202eb'],
    ['an invisible space', 'a\u200bb', 'a\\u200bb'],
    ['a lone surrogate', 'a\ud800b', 'a\\ud800b'],
    ['a tab', '\tx', '    x'],
  ])('shows %s', (_, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test('leaves letters of any script and emoji alone', () => {
    const text = 'größe 漢字 👩‍💻 café\u0301 –';
    expect(printable(text)).toBe(text);
  });
});

describe('widths', () => {
  test.each([
    ['abc', 3],
    ['漢字', 4],
    ['e\u0301', 1],
    ['🚀', 2],
    ['ﾊﾝｶｸ', 4],
    ['한국', 4],
    ['…│⋮', 3],
  ])('%s takes %i columns', (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  test('cut never goes beyond the width and marks what it left out', () => {
    expect(cut('abcdef', 6)).toBe('abcdef');
    expect(cut('abcdef', 4)).toBe('abc…');
    expect(cut('漢字漢字', 4)).toBe('漢…');
    expect(cut('🚀🚀', 3)).toBe('🚀…');
    for (let width = 0; width < 12; width++)
      expect(widthOf(cut('ab漢字🚀e\u0301f', width))).toBeLessThanOrEqual(width);
  });

  test('a terminal has a width, a pipe has none', () => {
    expect(terminalWidth({ isTTY: true, columns: 120 })).toBe(120);
    expect(terminalWidth({ isTTY: true, columns: 0 })).toBe(80);
    expect(terminalWidth({ columns: 120 })).toBeUndefined();
  });
});

describe('paint', () => {
  const plain = styleFor(false);
  const pieces = [
    { text: 'read ', match: false },
    { text: 'config', match: true },
    { text: ' file', match: false },
  ];

  test('colours matches only', () => {
    expect(paint(pieces, 80, styleFor(true))).toBe('read \u001b[1;31mconfig\u001b[22;39m file');
    expect(paint(pieces, 80, plain)).toBe('read config file');
  });

  test('cuts over pieces', () => {
    expect(paint(pieces, 16, plain)).toBe('read config file');
    expect(paint(pieces, 15, plain)).toBe('read config fi…');
    expect(paint(pieces, 11, plain)).toBe('read confi…');
    expect(paint(pieces, 12, plain)).toBe('read config…');
    expect(paint(pieces, 5, plain)).toBe('read…');
    expect(paint(pieces, 1, plain)).toBe('…');
    for (let width = 1; width < 20; width++)
      expect(widthOf(paint(pieces, width, plain))).toBe(Math.min(width, 16));
  });
});

test('numbers for people', () => {
  expect([0, 999, 1000, 1234567].map(grouped)).toEqual(['0', '999', '1,000', '1,234,567']);
  expect([0, 999, 1500, 63_553_536, 2e12].map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '1.5 kB',
    '64 MB',
    '2.0 TB',
  ]);
  expect([12.3, 4210, 59_600, 185_000, 7_800_000, 400_000_000].map(formatDuration)).toEqual([
    '12 ms',
    '4.2 s',
    '1 min',
    '3 min 5 s',
    '2 h 10 min',
    '4 days',
  ]);
});

test('table aligns text left and numbers right', () => {
  expect(
    table([
      ['name', 'n', ''],
      ['漢字', 1200, 'x'],
    ]),
  ).toBe('name  n\n漢字  1,200  x\n');
});
