import { scanToml, type TomlStatement } from './toml-scan.ts';

type TomlValue = string | readonly string[];

/**
 * Sets values of a table in a TOML text and leaves every other character as it is. Gives the text back unchanged if nothing is to be
 * done. Throws SyntaxError with a line for what is no TOML, and where the table is written in a way that is left to its owner.
 */
export function setInToml(
  text: string,
  path: readonly string[],
  values: Readonly<Record<string, TomlValue>>,
): string {
  const statements = scanToml(text);
  const elsewhere = statements.find(one => isElsewhere(one, path));
  if (elsewhere)
    throw new SyntaxError(`line ${elsewhere.line}: ${path.join('.')} is set in another way there`);
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const table = statements.find(one => one.kind === 'table' && isSame(one.keys, path));
  if (!table) {
    const body = text === '' || text.endsWith('\n') ? text : `${text}${eol}`;
    const lines = [`[${path.join('.')}]`, ...Object.entries(values).map(pairText)];
    return `${body}${body.trim() === '' ? '' : eol}${lines.join(eol)}${eol}`;
  }
  const edits: Array<{ start: number; end: number; text: string }> = [];
  let missing = '';
  for (const [key, value] of Object.entries(values)) {
    const known = statements.find(one => one.table === table && isSame(one.keys, [key]));
    if (!known) missing += `${eol}${pairText([key, value])}`;
    else if (!isWritten(known.value, value))
      edits.push({ start: known.start, end: known.end, text: pairText([key, value]) });
  }
  if (missing !== '') {
    // After a comment on the head's line.
    const end = table.end + /^[^\r\n]*/.exec(text.slice(table.end))![0].length;
    edits.push({ start: end, end, text: missing });
  }
  let result = text;
  // From the end to the beginning, so that offsets stay right.
  for (const { start, end, text: replacement } of edits.sort((a, b) => b.start - a.start))
    result = result.slice(0, start) + replacement + result.slice(end);
  scanToml(result);
  return result;
}

/** Whether a statement sets the table, or what it lies in, otherwise than under a head of its own. */
function isElsewhere({ kind, keys, table }: TomlStatement, path: readonly string[]): boolean {
  const full = [...(table?.keys ?? []), ...keys];
  if (kind === 'table') return false;
  if (kind === 'array-table') return isSame(path.slice(0, full.length), full);
  if (table && isSame(table.keys.slice(0, path.length), path)) return false;
  const length = Math.min(full.length, path.length);
  return isSame(full.slice(0, length), path.slice(0, length));
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((key, i) => key === b[i]);
}

/** Strings are written as in JSON, which TOML reads alike. */
function pairText([key, value]: readonly [string, TomlValue]): string {
  return `${key} = ${tomlValue(value)}`;
}

function tomlValue(value: TomlValue): string {
  return typeof value === 'string'
    ? JSON.stringify(value)
    : `[${value.map(one => JSON.stringify(one)).join(', ')}]`;
}

function isWritten(written: string, value: TomlValue): boolean {
  const plain = (text: string) => text.replace(/\s+/g, '').replace(/,\]$/, ']');
  return plain(written) === plain(tomlValue(value));
}
