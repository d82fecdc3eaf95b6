/**
 * A function's code without its docstring, for data that give the docstring beside code that still holds it. White
 * space and comment markers between words may differ. What delimits it goes as well: quotes, `/** *\/`, `//` and `#`.
 * Code in which the docstring does not stand, or not as a comment or string and short enough to be code, is unchanged.
 */
export function withoutDocstring(code: string, docstring: string): string {
  const words = docstring.split(/[\s*/#]+/).filter(word => word !== '');
  if (words.length === 0) return code;
  const pattern = new RegExp(words.map(word => escaped(word)).join('[\\s*/#]+'), 'g');
  let bare: [number, number] | undefined;
  for (const match of code.matchAll(pattern)) {
    const range: [number, number] = [match.index, match.index + match[0].length];
    const whole = delimited(code, ...range);
    if (whole) return cut(code, ...whole);
    bare ??= range;
  }
  // Two words without delimiters may be code; a sentence is none.
  return bare && words.length > 2 ? cut(code, ...bare) : code;
}

function escaped(word: string): string {
  return word.replace(/[\\^$.*+?()[\]{}|-]/g, '\\$&');
}

/** The range with the delimiters around it; undefined if there are none. */
function delimited(code: string, start: number, end: number): [number, number] | undefined {
  const before = code.slice(Math.max(0, start - 200), start);
  const after = code.slice(end, end + 200);
  const open = /(?:\b[rRuUbBfF]{1,2})?("""|'''|"|')[\s*/#]*$/.exec(before);
  if (open) {
    const close = new RegExp(`^[\\s*/#.]*${open[1]}`).exec(after);
    if (close) return [start - open[0].length, end + close[0].length];
  }
  const block = /\/\*[*!\s]*$/.exec(before);
  if (block) {
    // Tags below the docstring belong to the comment.
    const close = code.indexOf('*/', end);
    if (close >= 0) return [start - block[0].length, close + 2];
  }
  const line = /(?:\/\/[/!]?|#+)[ \t]*$/.exec(before);
  if (line) {
    const rest = /^[^\n]*/.exec(code.slice(end))![0];
    return [start - line[0].length, end + rest.length];
  }
  return undefined;
}

/** Takes lines that are empty afterwards out as a whole. */
function cut(code: string, start: number, end: number): string {
  const lineStart = code.lastIndexOf('\n', start - 1) + 1;
  const newline = code.indexOf('\n', end);
  const lineEnd = newline < 0 ? code.length : newline + 1;
  const alone = code.slice(lineStart, start).trim() === '' && code.slice(end, lineEnd).trim() === '';
  return alone ? code.slice(0, lineStart) + code.slice(lineEnd) : code.slice(0, start) + code.slice(end);
}

/** The first paragraph of a docstring on one line, without comment markers, and without tags below it. */
export function firstParagraph(docstring: string): string {
  const lines: string[] = [];
  for (const raw of docstring.split('\n')) {
    const line = raw
      .replace(/^\s*(?:\/\*+!?|\/\/+!?|#+|\*+(?!\*))(?=\s|$)/, '')
      .replace(/\*\/\s*$/, '')
      .trim();
    if (lines.length > 0 && (line === '' || /^[@\\:][a-z]+\b/i.test(line))) break;
    if (line !== '') lines.push(line);
  }
  return lines.join(' ').replace(/\s+/g, ' ');
}
