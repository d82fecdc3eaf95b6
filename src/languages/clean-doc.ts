/**
 * The text of a raw doc comment or docstring: without delimiters, stars, slashes and hashes, with the common
 * indentation taken off and blank lines at both ends dropped. Text without any delimiter comes back dedented.
 */
export function cleanDoc(raw: string): string {
  const lines: string[] = [];
  for (const part of parts(raw.replaceAll('\r\n', '\n').trim())) lines.push(...part);
  while (lines.length > 0 && lines[0] === '') lines.shift();
  while (lines.length > 0 && lines.at(-1) === '') lines.pop();
  return withoutXml(lines.join('\n'));
}

/** XML documentation (C#) as text: tags go, names in references and parameters stay. */
function withoutXml(text: string): string {
  if (!/<\/?(?:summary|param|returns|remarks|inheritdoc|exception)\b/.test(text)) return text;
  return text
    .replace(/<(?:see|seealso|paramref|typeparamref)\s+\w+="(?:\w:)?([^"]*)"\s*\/>/g, '$1')
    .replace(/<(?:param|typeparam|exception)\s+\w+="(?:\w:)?([^"]*)"\s*>/g, '$1: ')
    .replace(/<\/?[a-zA-Z][^<>]*>/g, '')
    .replace(/^\s*\n|\n\s*(?=\n|$)/g, '')
    .trim();
}

const docstring = /^(?:@\w+\s+)?(?:[a-zA-Z]{0,2}|~[a-zA-Z])("""|'''|"|')([\s\S]*?)(?:\1[a-z]*)?$/;
const block = /^(?:\/\*[*!]*<?|\{-\s*[|^]?|--\[(=*)\[|<!--|\(\*+|=begin\b)/;
const lineMark = /^(?:\/{2,}[!<]*|#+!?|--+(?:\s*[|^*](?=\s|$))?|;+|%+|'{3})[ \t]?/;

/** Each comment of a run by itself, so that its own indentation counts. */
function* parts(text: string): Generator<string[]> {
  const quoted = docstring.exec(text);
  if (quoted) {
    yield dedent(quoted[2]!.split('\n'), true);
    return;
  }
  let rest = text;
  while (rest !== '') {
    const opened = block.exec(rest);
    if (opened) {
      const [body, after] = blockBody(rest, opened);
      yield withoutStars(body);
      rest = after;
      continue;
    }
    const run: string[] = [];
    for (;;) {
      const end = rest.indexOf('\n');
      const line = (end < 0 ? rest : rest.slice(0, end)).trim();
      run.push(isRule(line) ? '' : line.replace(lineMark, ''));
      rest = end < 0 ? '' : rest.slice(end + 1).trimStart();
      if (rest === '' || block.test(rest)) break;
    }
    yield dedent(run, false);
  }
}

function blockBody(text: string, opened: RegExpExecArray): [string, string] {
  const start = opened[0].length;
  const close = closing(opened[0], opened[1]);
  const at = text.indexOf(close, start);
  const end = at < 0 ? text.length : at;
  return [text.slice(start, end), at < 0 ? '' : text.slice(at + close.length).trimStart()];
}

function closing(opener: string, equals: string | undefined): string {
  if (opener.startsWith('/*')) return '*/';
  if (opener.startsWith('{-')) return '-}';
  if (opener.startsWith('<!--')) return '-->';
  if (opener.startsWith('(*')) return '*)';
  return opener.startsWith('=begin') ? '=end' : `]${equals ?? ''}]`;
}

function withoutStars(body: string): string[] {
  const lines = body.split('\n').map(line => line.trimEnd());
  const rest = lines.slice(1).filter(line => line.trim() !== '');
  const starred = rest.length > 0 && rest.every(line => /^\s*\*/.test(line));
  if (lines.length > 0) lines[lines.length - 1] = lines.at(-1)!.replace(/\s*\*+$/, '');
  const plain = starred ? lines.map((line, i) => (i === 0 ? line : line.replace(/^\s*\*+/, ''))) : lines;
  return dedent(
    plain.map(line => (isRule(line) ? '' : line)),
    true,
  );
}

/** A line that only draws: `-----`, `=====`, `*****`. */
function isRule(line: string): boolean {
  return line.length > 3 && /^[\s/*#=~_;%+|-]+$/.test(line);
}

/** Takes off the common indentation; the first line's does not count if it follows an opening delimiter. */
function dedent(lines: readonly string[], skipFirst: boolean): string[] {
  let margin = Number.POSITIVE_INFINITY;
  for (const [index, line] of lines.entries()) {
    if ((index === 0 && skipFirst) || line.trim() === '') continue;
    margin = Math.min(margin, line.length - line.trimStart().length);
  }
  return lines.map((line, index) => {
    if (index === 0 && skipFirst) return line.trim();
    return line.slice(Number.isFinite(margin) ? margin : 0).trimEnd();
  });
}
