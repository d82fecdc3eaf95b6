import { nearest } from '../core/nearest.ts';
import { type Role, roles, type UnitKind, unitKinds } from '../core/unit.ts';
import type { Pattern, QueryNode, Span } from './ast.ts';
import { QueryError, shown } from './errors.ts';
import type { Operator } from './operators.ts';
import type { Token } from './token.ts';
import { disjunction } from './tree.ts';
import type { Value } from './value-reader.ts';

/** Whether upper and lower case differ; `auto`: if the text sought has an upper-case letter. */
export type CaseMode = 'auto' | 'yes' | 'no';

/** What the meaning of a value depends on. */
export interface Reading {
  query: string;
  caseMode: CaseMode;
  /** Language ids for what somebody writes; undefined if it is no language. */
  languages: (name: string) => readonly string[] | undefined;
  languageNames: readonly string[];
}

type OperatorToken = Extract<Token, { kind: 'operator' }>;

const kindAliases: Readonly<Record<string, UnitKind>> = {
  func: 'function',
  fn: 'function',
  const: 'constant',
  namespace: 'module',
  package: 'module',
  heading: 'section',
};

const roleAliases: Readonly<Record<string, Role>> = {
  code: 'source',
  tests: 'test',
  vendor: 'vendored',
  doc: 'docs',
  documentation: 'docs',
};

/** `type:` of Sourcegraph and zoekt; their other meanings of it have no counterpart. */
const foreignTypes: Readonly<Record<string, string>> = {
  symbol: 'write sym:name',
  file: 'leave it out: files are what is found',
  filematch: 'leave it out: files are what is found',
  filename: 'write path:',
  path: 'write path:',
  repo: 'write repo:',
  commit: 'commits are not searched',
  diff: 'commits are not searched',
};

/** Whether `type:value` is an operator; `type:string` in a question is not. */
export function isTypeValue(value: Value): boolean {
  if (value.kind === 'regex') return false;
  const text = value.text.toLowerCase();
  return kindOf(text) !== undefined || Object.hasOwn(foreignTypes, text);
}

function kindOf(text: string): UnitKind | undefined {
  const one = text.toLowerCase().replace(/^(?!class$)(.*?)(?:es|s)$/, (all, stem: string) => {
    return all === 'classes' ? 'class' : stem;
  });
  for (const word of [text.toLowerCase(), one]) {
    if (Object.hasOwn(kindAliases, word)) return kindAliases[word];
    const kind = unitKinds.find(known => known === word);
    if (kind) return kind;
  }
  return undefined;
}

/** The filter that an operator with its values is; several values are an `or`. Throws QueryError. */
export function filterOf(token: OperatorToken, reading: Reading): QueryNode {
  return disjunction(
    token.values.flatMap(value => {
      // A value alone is shown with its operator, one of a list for itself.
      const span = token.values.length === 1 ? token.span : value.span;
      return filtersOf(token, value, span, reading);
    }),
  );
}

function filtersOf(token: OperatorToken, value: Value, span: Span, reading: Reading): QueryNode[] {
  const { operator } = token;
  switch (operator.name) {
    case 'lang':
      return languages(plain(value, operator, reading), value, span, reading);
    case 'path':
      return [{ kind: 'path', pattern: pathPattern(value, reading), span }];
    case 'ext': {
      const extension = plain(value, operator, reading).replace(/^\*?\./, '');
      return [{ kind: 'path', pattern: `*.${extension}`, span }];
    }
    case 'repo':
      return repositories(value, span, reading);
    case 'rev':
      return [{ kind: 'repository', name: '*', revision: plain(value, operator, reading), span }];
    case 'sym': {
      const isRegex = value.kind === 'bare' && value.text.startsWith('^');
      return [{ kind: 'symbol', pattern: patternOf(value, reading, isRegex), span }];
    }
    case 'kind':
      return [
        {
          kind: 'unit-kind',
          unitKind: unitKind(token, plain(value, operator, reading), value, reading),
          span,
        },
      ];
    case 'is':
      return [{ kind: 'role', role: role(plain(value, operator, reading), value, reading), span }];
    default:
      return [{ kind: 'content', pattern: patternOf(value, reading, operator.name === 'regex'), span }];
  }
}

function plain(value: Value, operator: Operator, { query }: Reading): string {
  if (value.kind !== 'regex') return value.text;
  const hint = `for example: ${operator.example}`;
  throw new QueryError(query, value.span, `${operator.name}: takes no regular expression`, hint);
}

function languages(name: string, value: Value, span: Span, reading: Reading): QueryNode[] {
  const ids = reading.languages(name);
  if (ids && ids.length > 0) return ids.map(language => ({ kind: 'language', language, span }));
  const near = nearest(name, reading.languageNames);
  const hint = near === undefined ? 'see: quarry languages' : `did you mean ${near}? see: quarry languages`;
  throw new QueryError(reading.query, value.span, `unknown language ${shown(name)}`, hint);
}

function unitKind({ written }: OperatorToken, text: string, value: Value, { query }: Reading): UnitKind {
  const kind = kindOf(text);
  if (kind) return kind;
  if (written.toLowerCase() === 'type') {
    const hint = foreignTypes[text.toLowerCase()];
    throw new QueryError(query, value.span, `type:${text} is not supported`, hint);
  }
  throw new QueryError(query, value.span, `unknown kind ${shown(text)}`, oneOf(text, unitKinds));
}

function role(text: string, value: Value, { query }: Reading): Role {
  const word = text.toLowerCase();
  const known =
    roles.find(role => role === word) ?? (Object.hasOwn(roleAliases, word) ? roleAliases[word] : undefined);
  if (known) return known;
  throw new QueryError(query, value.span, `unknown role ${shown(text)}`, oneOf(text, roles));
}

/** For the hint: the nearest, else all. */
export function oneOf(written: string, known: readonly string[]): string {
  const near = nearest(written, known);
  return near === undefined ? `one of: ${known.join(', ')}` : `did you mean ${near}?`;
}

/** As in zoekt and Sourcegraph, where every path is one: `^src/`, `_test\.go$`. No glob begins or ends like this. */
function isPlainlyRegex(value: Value): boolean {
  return value.kind === 'bare' && /^\^|\$$|\\\./.test(value.text);
}

function pathPattern(value: Value, reading: Reading): string | Pattern {
  rejectPredicate('path', value, reading);
  if (value.kind === 'regex' || isPlainlyRegex(value)) return patternOf(value, reading, true);
  return value.text.replace(/^(?:\.?\/)+/, '') || '.';
}

function repositories(value: Value, span: Span, reading: Reading): QueryNode[] {
  rejectPredicate('repo', value, reading);
  const at = value.kind === 'bare' ? value.text.lastIndexOf('@') : -1;
  const written = at > 0 && value.kind === 'bare' ? { ...value, text: value.text.slice(0, at) } : value;
  const rest = value.kind !== 'bare' ? value.rest : at > 0 ? value.text.slice(at) : '';
  const name =
    written.kind === 'regex' || isPlainlyRegex(written) ? patternOf(written, reading, true) : written.text;
  if (rest === '') return [{ kind: 'repository', name, revision: undefined, span }];
  // Sourcegraph: several revisions with colons.
  return rest
    .slice(1)
    .split(':')
    .map(revision => {
      if (revision !== '') return { kind: 'repository', name, revision, span };
      throw new QueryError(
        reading.query,
        value.span,
        'no revision follows the @',
        'for example: repo:api@v2.1',
      );
    });
}

/** `file:has.owner(x)` and `repo:contains.path(x)` of Sourcegraph. */
function rejectPredicate(name: string, value: Value, { query }: Reading): void {
  if (value.kind !== 'bare' || !/^(?:has|contains)(?:\.[\w.]+)?\(/.test(value.text)) return;
  const hint = name === 'path' ? 'see content:' : 'repositories have names only: repo:name';
  throw new QueryError(query, value.span, `${shown(value.text)} is not supported`, hint);
}

function patternOf(value: Value, reading: Reading, isRegex: boolean): Pattern {
  if (value.kind !== 'regex')
    return isRegex ? regexPattern(value.text, false, value.span, reading) : literal(value.text, reading);
  return regexPattern(value.source, value.ignoreCase, value.span, reading);
}

export function literal(text: string, { caseMode }: Pick<Reading, 'caseMode'>): Pattern {
  return { text, isRegex: false, isCaseSensitive: isSensitive(text, false, caseMode), isWholeWord: false };
}

/** Syntax and flags are those the search uses: JavaScript's, `m` and not `u`. Throws QueryError if it is invalid. */
export function regexPattern(source: string, ignoreCase: boolean, span: Span, reading: Reading): Pattern {
  let text: string;
  try {
    // Slashes come out escaped.
    text = new RegExp(source, 'm').source;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const reason = message.slice(message.lastIndexOf(': ') + 2);
    throw new QueryError(
      reading.query,
      span,
      `invalid regular expression: ${reason}`,
      'write \\( for the character, or quote the text: "…"',
    );
  }
  const isCaseSensitive = !ignoreCase && isSensitive(source, true, reading.caseMode);
  return { text, isRegex: true, isCaseSensitive, isWholeWord: false };
}

/** Smart case as in ripgrep: `\W` and the names of groups are no letters. */
export function isSensitive(text: string, isRegex: boolean, mode: CaseMode): boolean {
  if (mode !== 'auto') return mode === 'yes';
  return /\p{Lu}/u.test(
    isRegex ? text.replace(/\\(?:u[\dA-Fa-f]{4}|x[\dA-Fa-f]{2}|c[A-Za-z]|k<\w*>|.)|\(\?<\w+>/g, '') : text,
  );
}
