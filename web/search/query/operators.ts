/** A light reading of the query language: which operators stand in the text, so that chips can show and change them. */

/** Names of operators and their aliases. The server knows what they mean; here they only tell operators from words. */
const names: ReadonlyMap<string, string> = new Map(
  [
    'lang language l',
    'path file f filename',
    'ext extension',
    'repo repository r',
    'rev revision branch b',
    'sym symbol s',
    'kind type',
    'content c',
    'regex',
    'is',
    'case',
  ].flatMap(line => line.split(' ').map((name, _, [first]) => [name, first!] as const)),
);

export interface Operator {
  /** As it stands in the query: `-lang:go`. */
  text: string;
  /** The name it has, not an alias. */
  name: string;
  value: string;
  isNegated: boolean;
  /** UTF-16, half-open. */
  start: number;
  end: number;
}

/** Phrases, regular expressions, and words that may have such in their value. */
const pieces =
  /"(?:\\.|[^"\\])*"?|\/(?! )(?:\\.|[^/\\])+\/[a-z]*(?=[\s)]|$)|-?[A-Za-z]+:\/(?:\\.|[^/\\])+\/[a-z]*|[^\s()"]+(?:"(?:\\.|[^"\\])*"?[^\s()"]*)*/g;

/** All operators of a query in their order; what stands in phrases and regular expressions is none. */
export function operatorsOf(query: string): Operator[] {
  const found: Operator[] = [];
  for (const match of query.matchAll(pieces)) {
    const text = match[0];
    const parts = /^(-?)([A-Za-z]+):(.+)$/s.exec(text);
    const name = names.get(parts?.[2]?.toLowerCase() ?? '');
    if (!parts || !name) continue;
    const [start, end] = [match.index, match.index + text.length];
    found.push({ text, name, value: parts[3]!, isNegated: parts[1] === '-', start, end });
  }
  return found;
}

/** A value as it can stand behind a colon. */
function quoted(value: string): string {
  return /[\s()",]/.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : value;
}

/** The operator that narrows to this value, alone or in a list of several. */
function holder(query: string, name: string, value: string): Operator | undefined {
  return operatorsOf(query).find(one => isWide(one, name) && one.value.split(',').includes(quoted(value)));
}

function isWide(one: Operator, name: string): boolean {
  return one.name === name && !one.isNegated;
}

export function hasValue(query: string, name: string, value: string): boolean {
  return holder(query, name, value) !== undefined;
}

/** Narrows to this value too: `lang:go` and another language make `lang:go,rust`, which is any of both. */
export function withValue(query: string, name: string, value: string): string {
  const list = operatorsOf(query).find(one => isWide(one, name) && !/["/]/.test(one.value));
  if (list) return `${query.slice(0, list.end)},${quoted(value)}${query.slice(list.end)}`;
  return withOperator(query, `${name}:${quoted(value)}`);
}

export function withoutValue(query: string, name: string, value: string): string {
  const one = holder(query, name, value);
  if (!one) return query;
  const values = one.value.split(',').filter(other => other !== quoted(value));
  if (values.length === 0) return withoutOperator(query, one);
  const text = one.text.slice(0, one.text.length - one.value.length) + values.join(',');
  return query.slice(0, one.start) + text + query.slice(one.end);
}

export function withOperator(query: string, text: string): string {
  const start = query.trimEnd();
  return start ? `${start} ${text}` : `${text} `;
}

export function withoutOperator(query: string, { start, end }: Operator): string {
  const before = query.slice(0, start).trimEnd();
  const after = query.slice(end).trimStart();
  return before && after ? `${before} ${after}` : before + after;
}
