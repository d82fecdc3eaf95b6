import { searchModes } from '../core/search.ts';
import { roles, unitKinds } from '../core/unit.ts';
import { limits } from '../service/requests.ts';

/* JSON schemas of requests and answers (src/service/api.ts), for validation and for the OpenAPI document. */

type Schema = Readonly<Record<string, unknown>>;

const string: Schema = { type: 'string' };
const integer: Schema = { type: 'integer' };
const number: Schema = { type: 'number' };
const boolean: Schema = { type: 'boolean' };
const listOf = (items: Schema): Schema => ({ type: 'array', items });
const enumOf = (values: readonly string[]): Schema => ({ type: 'string', enum: values });
const whole = (minimum: number, maximum: number, description: string, byDefault?: number): Schema => ({
  type: 'integer',
  minimum,
  maximum,
  description,
  ...(byDefault === undefined ? {} : { default: byDefault }),
});
const textOf = (maxLength: number, description: string): Schema => ({
  type: 'string',
  minLength: 1,
  maxLength,
  description,
});

/** An object with these fields and no others; those with a `?` may be missing. */
function object(fields: Readonly<Record<string, Schema>>): Schema {
  const properties: Record<string, Schema> = {};
  const required: string[] = [];
  for (const [name, schema] of Object.entries(fields)) {
    if (!name.endsWith('?')) required.push(name);
    properties[name.replace('?', '')] = schema;
  }
  return {
    type: 'object',
    additionalProperties: false,
    ...(required.length > 0 ? { required } : {}),
    properties,
  };
}

const searchFields = {
  'limit?': whole(1, limits.files, 'Files to return.', 10),
  'perFile?': whole(1, limits.perFile, 'Places of each file.', 3),
  'cursor?': textOf(limits.cursorCharacters, 'Where an answer ended: the next files of the same query.'),
  'mode?': { ...enumOf(searchModes), description: 'By words, by meaning, or both.' },
  'rerank?': whole(0, limits.rerank, 'Files a cross-encoder puts in order; 0: none.'),
  'snippetLines?': whole(0, limits.snippetLines, 'Lines of each snippet.', 8),
  'highlight?': { ...boolean, description: 'Colours of the snippets.' },
  'explain?': { ...boolean, description: 'What each score is made of.' },
};
const query = textOf(limits.queryCharacters, 'Words and operators: see docs/query-language.md.');
const stream: Schema = {
  ...boolean,
  description: 'One JSON document per line: hits, then the answer without them.',
};

type RequestName =
  | 'search'
  | 'searchParameters'
  | 'streamParameters'
  | 'related'
  | 'symbols'
  | 'index'
  | 'indexBody'
  | 'file';

const wait: Schema = { ...boolean, description: 'Answer when the update has ended.' };

/** Bodies and parameters of requests. */
export const requests: Readonly<Record<RequestName, Schema>> = {
  search: object({ query, ...searchFields }),
  searchParameters: object({ q: query, ...searchFields, 'stream?': stream }),
  streamParameters: object({ 'stream?': stream }),
  related: object({
    path: textOf(limits.pathCharacters, 'As in results.'),
    line: whole(1, limits.line, 'Any line of the code whose like is looked for.'),
    'limit?': searchFields['limit?'],
    'sameFile?': { ...boolean, description: 'Also other places of the same file.' },
    'snippetLines?': searchFields['snippetLines?'],
    'highlight?': searchFields['highlight?'],
  }),
  symbols: object({
    name: textOf(limits.nameCharacters, 'Name or qualified name.'),
    'find?': enumOf(['definitions', 'references', 'both']),
    'limit?': whole(1, limits.symbols, 'Definitions, and references.', 100),
  }),
  index: object({ 'wait?': wait }),
  indexBody: { ...object({ 'wait?': wait }), type: ['object', 'null'] },
  file: object({
    'lines?': {
      type: 'string',
      pattern: '^[0-9]{1,8}(-[0-9]{1,8})?$',
      description: 'A line, or first-last, both inclusive; default: the whole file.',
    },
    'highlight?': { ...boolean, description: 'Coloured tokens.' },
  }),
};

const lineMatch = object({ line: integer, start: integer, end: integer });
const place = {
  firstLine: integer,
  lastLine: integer,
  symbol: string,
  kind: enumOf(unitKinds),
  score: number,
};
const token = object({ text: string, 'light?': string, 'dark?': string, 'marked?': boolean });
const indexState = object({
  state: enumOf(['empty', 'indexing', 'ready', 'failed']),
  files: integer,
  units: integer,
  'progress?': { ...number, description: '0 to 1.' },
});
const hit = object({
  path: string,
  'repository?': object({ name: string, 'revision?': string }),
  ...place,
  language: string,
  role: enumOf(roles),
  signature: string,
  doc: string,
  stale: boolean,
  'relevance?': number,
  snippet: object({
    firstLine: integer,
    lines: listOf(string),
    marks: listOf(lineMatch),
    'tokens?': listOf(listOf(token)),
  }),
  matches: listOf(lineMatch),
  'signals?': listOf(object({ name: string, value: number, 'detail?': string })),
  more: listOf(object(place)),
});

/** Answers, by name; they become components of the OpenAPI document. */
export const answers: Readonly<Record<string, Schema>> = {
  SearchAnswer: object({
    query: string,
    hits: listOf(hit),
    total: integer,
    'cursor?': string,
    confidence: enumOf(['high', 'low', 'none']),
    generation: integer,
    tookMs: number,
    unknownWords: listOf(string),
    'rerank?': object({ used: boolean, candidates: integer, tookMs: number, 'reason?': string }),
    notes: listOf(string),
    index: indexState,
  }),
  SymbolAnswer: object({
    name: string,
    definitions: listOf(object({ path: string, ...place, language: string, signature: string })),
    references: listOf(object({ path: string, line: integer, text: string, symbol: string })),
    truncated: boolean,
    tookMs: number,
  }),
  FileAnswer: object({
    path: string,
    language: string,
    role: enumOf(roles),
    firstLine: integer,
    lastLine: integer,
    totalLines: integer,
    lines: listOf(string),
    'tokens?': listOf(listOf(token)),
    outline: listOf(
      object({
        symbol: string,
        name: string,
        kind: enumOf(unitKinds),
        firstLine: integer,
        lastLine: integer,
        depth: integer,
      }),
    ),
    stale: boolean,
  }),
  StatusAnswer: object({
    version: string,
    index: indexState,
    generation: integer,
    'updatedAt?': { ...number, description: 'Milliseconds since the epoch.' },
    indexBytes: integer,
    sourceBytes: integer,
    'model?': object({ id: string, encodedUnits: integer, totalUnits: integer }),
    repositories: listOf(
      object({
        name: string,
        'revision?': string,
        'directory?': string,
        files: integer,
        'commit?': string,
      }),
    ),
    languages: listOf(object({ language: string, files: integer, units: integer })),
    roles: { type: 'object', additionalProperties: integer },
    skipped: object({
      count: integer,
      reasons: { type: 'object', additionalProperties: integer },
      files: listOf(object({ path: string, reason: string })),
    }),
    'update?': object({ phase: string, done: integer, total: integer, 'etaMs?': integer, queued: integer }),
    notes: listOf(string),
  }),
  IndexState: indexState,
  Problem: object({
    type: string,
    title: string,
    status: integer,
    detail: string,
    'hint?': string,
    'column?': { ...integer, description: 'Where in the query, from 1.' },
    requestId: string,
  }),
};
