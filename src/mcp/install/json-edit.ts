import { isDeepStrictEqual } from 'node:util';
import { type JsonNode, type JsonObject, parseJson } from './json-parse.ts';

/**
 * Sets a property deep in a JSON text – comments and trailing commas are understood, as editors write them – and leaves every other
 * character as it is. Objects on the way are made. Where there is an object already, its other properties stay. Gives the text back
 * unchanged if nothing is to be done. Throws SyntaxError with a line for what is no JSON or would have to be replaced.
 */
export function setInJson(
  text: string,
  path: readonly string[],
  value: Readonly<Record<string, unknown>>,
): string {
  if (text.replace(/^\ufeff/, '').trim() === '') return `${JSON.stringify(nest(path, value), null, 2)}\n`;
  const root = parseJson(text);
  const style = styleOf(text);
  let at: JsonNode = root;
  for (const [depth, key] of path.entries()) {
    const object = objectAt(at, depth === 0 ? 'the file' : JSON.stringify(path[depth - 1]));
    const found = object.properties.findLast(property => property.key === key)?.value;
    if (!found) {
      const rest = nest(path.slice(depth + 1), value);
      return checked(text, insert(text, object, key, rest, style), path, value);
    }
    at = found;
  }
  const known = objectAt(at, JSON.stringify(path.at(-1)));
  const merged = { ...(known.data as object), ...value };
  if (isDeepStrictEqual(merged, known.data)) return text;
  const shown = render(merged, indentAt(text, at.start), style);
  return checked(text, text.slice(0, at.start) + shown + text.slice(at.end), path, value);
}

/** What would be replaced is something that this program does not understand: better nothing is. */
function objectAt(node: JsonNode, what: string): JsonObject {
  if (node.kind === 'object') return node;
  throw new SyntaxError(`${what} is not an object`);
}

function nest(path: readonly string[], value: unknown): unknown {
  return path.reduceRight((inner, key) => ({ [key]: inner }), value);
}

interface JsonStyle {
  indent: string;
  eol: string;
}

function styleOf(text: string): JsonStyle {
  return {
    indent: /^[^\S\n]*[{[][^\n]*\n([ \t]+)(?=\S)/m.exec(text)?.[1] ?? '  ',
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}

/** Blanks at the beginning of the line of an offset. */
function indentAt(text: string, offset: number): string {
  const line = text.lastIndexOf('\n', offset - 1) + 1;
  return /^\ufeff?([ \t]*)/.exec(text.slice(line, offset))?.[1] ?? '';
}

function render(value: unknown, indent: string, { indent: step, eol }: JsonStyle): string {
  return JSON.stringify(value, null, step).replaceAll('\n', `${eol}${indent}`);
}

function insert(text: string, object: JsonObject, key: string, value: unknown, style: JsonStyle): string {
  const base = indentAt(text, object.start);
  const inner = base + style.indent;
  const property = `${JSON.stringify(key)}: ${render(value, inner, style)}`;
  const close = object.end - 1;
  const last = object.properties.at(-1);
  const from = last ? last.value.end : object.start + 1;
  const comma = last && !object.trailingComma ? ',' : '';
  // Comments between the last property and the brace stay where they are.
  const between = text.slice(from, close).trimEnd();
  return `${text.slice(0, from)}${comma}${between}${style.eol}${inner}${property}${style.eol}${base}${text.slice(close)}`;
}

/** Nothing is written that was not read back: all as before, but for what was asked. */
function checked(
  before: string,
  after: string,
  path: readonly string[],
  value: Readonly<Record<string, unknown>>,
): string {
  const expected = parseJson(before).data as Record<string, unknown>;
  let at = expected;
  for (const key of path) at = (at[key] ??= {}) as Record<string, unknown>;
  Object.assign(at, value);
  if (!isDeepStrictEqual(parseJson(after).data, expected))
    throw new SyntaxError('the file cannot be edited safely');
  return after;
}
