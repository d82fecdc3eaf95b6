/** Text attributes; without colour each returns its text as it is. */
export interface Style {
  colored: boolean;
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
  magenta(text: string): string;
  /** What the query matched. */
  match(text: string): string;
}

export function styleFor(colored: boolean): Style {
  const with_ = (on: string, off: string) => (text: string) =>
    colored && text !== '' ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return {
    colored,
    bold: with_('1', '22'),
    dim: with_('2', '22'),
    red: with_('31', '39'),
    green: with_('32', '39'),
    yellow: with_('33', '39'),
    cyan: with_('36', '39'),
    magenta: with_('35', '39'),
    match: with_('1;31', '22;39'),
  };
}

const tabWidth = 4;

/**
 * Makes text from a file safe and printable: control characters, bidirectional overrides, invisible separators and
 * lone surrogates become visible escapes (`\x1b`, `\u202e`), so that no file can drive the terminal. Tabs become spaces.
 */
export function printable(text: string): string {
  if (!/[^\u0020-\u007e\u00a1-\u00ac\u00ae-\u02ff]/.test(text)) return text;
  return text.replaceAll('\t', ' '.repeat(tabWidth)).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, escaped);
}

function escaped(character: string): string {
  const code = character.codePointAt(0)!;
  // Joiners belong to scripts and emoji.
  if (code === 0x200c || code === 0x200d) return character;
  const hex = code.toString(16);
  if (code < 256) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}

/** Ranges of code points two columns wide: East Asian wide and full-width forms, and emoji shown as pictures. */
const wide: ReadonlyArray<readonly [number, number]> = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x23e9, 0x23ec],
  [0x25fd, 0x25fe],
  [0x2614, 0x2615],
  [0x26a1, 0x26a1],
  [0x2705, 0x2705],
  [0x2728, 0x2728],
  [0x274c, 0x274c],
  [0x2753, 0x2755],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f7e0, 0x1f7eb],
  [0x1f900, 0x1f9ff],
  [0x1fa70, 0x1faff],
  [0x20000, 0x3fffd],
];

function columnsOf(codePoint: number): number {
  if (codePoint < 0x300) return 1;
  if (
    codePoint <= 0x36f ||
    codePoint === 0x200c ||
    codePoint === 0x200d ||
    (codePoint >= 0x20d0 && codePoint <= 0x20ff) ||
    (codePoint >= 0xfe00 && codePoint <= 0xfe0f) ||
    (codePoint >= 0xe0100 && codePoint <= 0xe01ef)
  )
    return 0;
  for (const [low, high] of wide) if (codePoint >= low && codePoint <= high) return 2;
  return 1;
}

/** Columns a printable text without escape sequences takes on a terminal. */
export function widthOf(text: string): number {
  if (/^[\u0020-\u02ff]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += columnsOf(character.codePointAt(0)!);
  return width;
}

/** The beginning of a printable text that fits into `width` columns, with `…` in the last one if it was cut. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width < 1) return '';
  let used = 0;
  let end = 0;
  for (const character of text) {
    const columns = columnsOf(character.codePointAt(0)!);
    if (used + columns > width - 1) break;
    used += columns;
    end += character.length;
  }
  return `${text.slice(0, end)}…`;
}

/** A piece of a line, highlighted or not. */
export interface Piece {
  text: string;
  match: boolean;
}

/** Joins pieces of printable text, cut to `width` columns. */
export function paint(pieces: readonly Piece[], width: number, style: Style): string {
  let left = width;
  let out = '';
  const whole = pieces.reduce((sum, piece) => sum + widthOf(piece.text), 0);
  for (const { text, match } of pieces) {
    if (left <= 0) break;
    const own = widthOf(text);
    // The last column is for the mark when something does not fit.
    const shown = own < left || (own === left && whole <= width) ? text : cut(`${text} `, left);
    out += match ? style.match(shown) : shown;
    left -= own;
  }
  return out;
}

/** Columns of a terminal; undefined where output goes elsewhere and no line should be cut to a screen. */
export function terminalWidth(stream: { isTTY?: boolean; columns?: number }): number | undefined {
  if (!stream.isTTY) return undefined;
  return Math.max(20, stream.columns && stream.columns > 0 ? stream.columns : 80);
}

/** `1234567` → `1,234,567`. */
export function grouped(number: number): string {
  return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, ',');
}

export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** Milliseconds for people: `340 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`, `4 days`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ''}`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 2880) return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ''}`;
  return `${Math.floor(minutes / 1440)} days`;
}

/** Aligned rows; numbers to the right. Cells are printable text. */
export function table(rows: ReadonlyArray<ReadonlyArray<string | number>>, indent = ''): string {
  const text = rows.map(row => row.map(cell => (typeof cell === 'number' ? grouped(cell) : cell)));
  const widths: number[] = [];
  for (const row of text) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, widthOf(cell));
  }
  return text
    .map((row, r) => {
      const cells = row.map((cell, i) => {
        const space = ' '.repeat(widths[i]! - widthOf(cell));
        return typeof rows[r]![i] === 'number' ? space + cell : cell + space;
      });
      return `${indent}${cells.join('  ').trimEnd()}\n`;
    })
    .join('');
}
