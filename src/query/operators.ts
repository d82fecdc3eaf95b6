import { nearest } from '../core/nearest.ts';
import { roles, unitKinds } from '../core/unit.ts';

/** An operator of the query language, for the parser, completions and documentation. */
export interface Operator {
  /** Written before the colon. */
  name: string;
  /** Other names of it, here and in zoekt, Sourcegraph and GitHub. */
  aliases: readonly string[];
  /** What stands after the colon, in a word or two. */
  value: string;
  example: string;
  /** One line without a full stop. */
  help: string;
  /** All values, where they can be listed. */
  values?: readonly string[];
  /** Values separated by commas mean any of them. */
  isList: boolean;
}

export const operators: readonly Operator[] = [
  {
    name: 'lang',
    aliases: ['language', 'l'],
    value: 'language',
    example: 'lang:go,rust',
    help: 'files in this language: an id, a name or an extension',
    isList: true,
  },
  {
    name: 'path',
    aliases: ['file', 'f', 'filename'],
    value: 'glob, folder or /regex/',
    example: 'path:src/**/*.ts',
    help: 'files with this path below the repository',
    isList: true,
  },
  {
    name: 'ext',
    aliases: ['extension'],
    value: 'extension',
    example: 'ext:proto',
    help: 'files whose name ends like this; ext:ts is path:*.ts',
    isList: true,
  },
  {
    name: 'repo',
    aliases: ['repository', 'r'],
    value: 'name, glob or /regex/, with @revision',
    example: 'repo:api@v2.1',
    help: 'files of this repository, at this branch, tag or commit',
    isList: true,
  },
  {
    name: 'rev',
    aliases: ['revision', 'branch', 'b'],
    value: 'branch, tag or commit',
    example: 'rev:main',
    help: 'files at this revision of any repository',
    isList: true,
  },
  {
    name: 'sym',
    aliases: ['symbol', 's'],
    value: 'name or /regex/',
    example: 'sym:Session.send',
    help: 'definitions whose name or qualified name has this',
    isList: true,
  },
  {
    name: 'kind',
    aliases: ['type'],
    value: 'kind of definition',
    example: 'kind:function,method',
    help: 'definitions of this kind',
    values: unitKinds,
    isList: true,
  },
  {
    name: 'content',
    aliases: ['c'],
    value: 'text or /regex/',
    example: 'content:"in flight"',
    help: 'files that have this text; the same as "in flight" or /regex/ alone',
    isList: false,
  },
  {
    name: 'regex',
    aliases: [],
    value: 'regular expression',
    example: 'regex:retry(Count|Delay)',
    help: 'files in which this regular expression matches; the same as /…/',
    isList: false,
  },
  {
    name: 'is',
    aliases: [],
    value: 'role',
    example: '-is:test',
    help: 'files of this role',
    values: roles,
    isList: true,
  },
  {
    name: 'case',
    aliases: [],
    value: 'yes, no or auto',
    example: 'case:yes',
    help: 'for the whole query; auto: upper and lower case differ if the text sought has an upper-case letter',
    values: ['yes', 'no', 'auto'],
    isList: false,
  },
];

const byName = new Map(
  operators.flatMap(operator => [operator.name, ...operator.aliases].map(name => [name, operator] as const)),
);

/** Not words of English: with a blank after the colon they are a mistake, where "file: not found" is a sentence. */
const abbreviations: ReadonlySet<string> = new Set(['lang', 'repo', 'rev', 'sym', 'ext']);

export function isAbbreviation(name: string): boolean {
  return abbreviations.has(name.toLowerCase());
}

/** The operator with this name, in any case if it has more than one letter. */
export function operatorOf(name: string): Operator | undefined {
  return byName.get(name.length > 1 ? name.toLowerCase() : name);
}

/** The operator that somebody who wrote `name` plainly meant; `line`, `text` and `kid` are nobody's slips. */
export function nearestOperator(name: string): string | undefined {
  return nearest(
    name,
    [...byName.keys()].filter(known => isSlip(name, known)),
  );
}

/** Two letters swapped, one too many, one missing, the end missing; in long names also a wrong letter. */
function isSlip(written: string, known: string): boolean {
  if (known.length < 3 || written.length < 3) return false;
  const start = sharedStart(written, known);
  const end = (skip: number) => written.slice(start + skip);
  if (written.length === known.length) {
    const swapped = written[start] === known[start + 1] && written[start + 1] === known[start];
    if (swapped && end(2) === known.slice(start + 2)) return true;
    return known.length >= 6 && end(1) === known.slice(start + 1);
  }
  if (known.length === 3) return false;
  if (written.length === known.length + 1) return end(1) === known.slice(start);
  if (start === written.length) return written.length >= 4 || known.length === 4;
  return written.length >= 4 && known.length === written.length + 1 && end(0) === known.slice(start + 1);
}

function sharedStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

/** What other tools have and this one has not; the value decides whether it is their operator or just text. */
const foreign: ReadonlyArray<{ names: string; value: RegExp; hint: string }> = [
  {
    names: 'org user enterprise',
    value: /./,
    hint: 'repositories have names here: repo:name or repo:prefix*',
  },
  { names: 'context repogroup saved', value: /./, hint: 'name the repositories: repo:one,two' },
  {
    names: 'repohasfile repohascommitafter license topic',
    value: /./,
    hint: 'repositories have names only: repo:name',
  },
  {
    names: 'archived fork public',
    value: /^(yes|no|only|true|false)$/,
    hint: 'repositories have names only: repo:name',
  },
  { names: 'visibility', value: /^(any|public|private)$/, hint: 'repositories have names only: repo:name' },
  { names: 'stars size', value: /^([<>]=?\d|\d+\.\.)/, hint: 'leave it out' },
  { names: 'author committer', value: /./, hint: 'commits are not searched' },
  {
    names: 'before after since until',
    value: /^["']|^\d{4}-\d|^(yesterday|today|last)/,
    hint: 'commits are not searched',
  },
  { names: 'message msg', value: /^["']/, hint: 'commits are not searched' },
  { names: 'patterntype', value: /./, hint: 'words are meaning, "…" is text, /…/ a regular expression' },
  { names: 'count', value: /^(all|\d+)$/, hint: 'how many results is not part of the query: see --limit' },
  { names: 'timeout', value: /^\d+(ms|s|m)$/, hint: 'leave it out' },
  { names: 'select', value: /^(repo|file|content|symbol|commit)/, hint: 'see sym: and kind:' },
  { names: 'in', value: /^(file|path|name|readme|description)$/, hint: 'see content: and path:' },
];

const foreignByName = new Map(foreign.flatMap(row => row.names.split(' ').map(name => [name, row] as const)));

/** A hint if `name:value` is an operator of another tool that has no counterpart here. */
export function foreignHint(name: string, value: string): string | undefined {
  const row = foreignByName.get(name.toLowerCase());
  return row?.value.test(value) ? row.hint : undefined;
}
