/** Line starts of a text. Lines end with `\n`; a carriage return before it belongs to the line. */
export class LineTable {
  readonly starts: number[];
  readonly length: number;
  readonly source: string;

  constructor(source: string) {
    this.source = source;
    const starts = [0];
    for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) starts.push(at + 1);
    this.starts = starts;
    this.length = source.length;
  }

  /** Number of lines; a text that ends with a line end has no further, empty line. */
  get count(): number {
    return this.starts.length > 1 && this.starts.at(-1) === this.length
      ? this.starts.length - 1
      : this.starts.length;
  }

  /** 1-based line of an offset. */
  lineAt(offset: number): number {
    const { starts } = this;
    let low = 0;
    let high = starts.length;
    while (low + 1 < high) {
      const middle = (low + high) >>> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  /** Offset at which a 1-based line begins; beyond the last line the text's length. */
  startOf(line: number): number {
    return this.starts[line - 1] ?? this.length;
  }

  /** Offset of a line's end without its line terminator. */
  endOf(line: number): number {
    let end = line < this.starts.length ? this.starts[line]! - 1 : this.length;
    if (end > this.startOf(line) && this.source.charCodeAt(end - 1) === 13) end--;
    return end;
  }

  /** Whether a line holds nothing but white space. */
  isBlank(line: number): boolean {
    const end = this.endOf(line);
    for (let at = this.startOf(line); at < end; at++) {
      if (!isSpace(this.source.charCodeAt(at))) return false;
    }
    return true;
  }
}

/** ASCII white space, line ends included, and the no-break space and byte order mark that editors leave behind. */
export function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 0xa0 || code === 0xfeff;
}

/** Offset after the last character in [from, to) that is no white space, or `from`. */
export function trimEnd(source: string, from: number, to: number): number {
  while (to > from && isSpace(source.charCodeAt(to - 1))) to--;
  return to;
}

/**
 * Cuts the lines [first, last] into runs of at most `limit` lines, at the last blank line of the second half
 * where there is one. Pairs of inclusive lines without blank lines at either end; blank runs are left out.
 */
export function splitAtBlankLines(
  lines: LineTable,
  first: number,
  last: number,
  limit: number,
): [number, number][] {
  const pieces: [number, number][] = [];
  let at = first;
  while (at <= last) {
    if (lines.isBlank(at)) {
      at++;
      continue;
    }
    let end = Math.min(last, at + limit - 1);
    if (end < last) {
      for (let line = end + 1; line > at + limit / 2; line--) {
        if (lines.isBlank(line)) {
          end = line - 1;
          break;
        }
      }
    }
    const next = end + 1;
    while (lines.isBlank(end)) end--;
    pieces.push([at, end]);
    at = next;
  }
  return pieces;
}
