import { QuarryError } from '../core/errors.ts';
import { searchModes } from '../core/search.ts';
import type { FileRequest, RelatedRequest, SearchRequest, SymbolRequest } from './api.ts';

/** Bounds of requests; the schemas of front ends name the same. */
export const limits = {
  queryCharacters: 8192,
  pathCharacters: 4096,
  nameCharacters: 512,
  files: 100,
  perFile: 20,
  rerank: 100,
  snippetLines: 100,
  symbols: 1000,
  line: 10_000_000,
  cursorCharacters: 200,
} as const;

/** A request with its defaults filled in. */
export type FullSearch = Required<Pick<SearchRequest, 'query' | 'limit' | 'perFile' | 'snippetLines'>> &
  Pick<SearchRequest, 'cursor' | 'mode' | 'rerank' | 'highlight' | 'explain'>;

/** Throws QuarryError `usage`. */
export function checkedSearch(request: SearchRequest): FullSearch {
  const { limit = 10, perFile = 3, snippetLines = 8 } = request;
  text('query', request.query, limits.queryCharacters);
  whole('limit', limit, 1, limits.files);
  whole('perFile', perFile, 1, limits.perFile);
  whole('snippetLines', snippetLines, 0, limits.snippetLines);
  if (request.rerank !== undefined) whole('rerank', request.rerank, 0, limits.rerank);
  if (request.mode !== undefined && !searchModes.includes(request.mode))
    throw new QuarryError('usage', `mode must be one of ${searchModes.join(', ')}`);
  return { ...request, limit, perFile, snippetLines };
}

/** Throws QuarryError `usage`. */
export function checkedRelated(request: RelatedRequest): Required<RelatedRequest> {
  const { limit = 10, sameFile = false, snippetLines = 8, highlight = false } = request;
  text('path', request.path, limits.pathCharacters);
  whole('line', request.line, 1, limits.line);
  whole('limit', limit, 1, limits.files);
  whole('snippetLines', snippetLines, 0, limits.snippetLines);
  return { path: request.path, line: request.line, limit, sameFile, snippetLines, highlight };
}

/** Throws QuarryError `usage`. */
export function checkedSymbols(request: SymbolRequest): Required<SymbolRequest> {
  const { limit = 100, find = 'definitions' } = request;
  text('name', request.name, limits.nameCharacters);
  whole('limit', limit, 1, limits.symbols);
  if (find !== 'definitions' && find !== 'references' && find !== 'both')
    throw new QuarryError('usage', 'find must be one of definitions, references, both');
  return { name: request.name.trim(), find, limit };
}

/** Throws QuarryError `usage`. */
export function checkedFile(request: FileRequest): FileRequest {
  text('path', request.path, limits.pathCharacters);
  const { firstLine, lastLine } = request;
  if (firstLine !== undefined) whole('firstLine', firstLine, 1, limits.line);
  if (lastLine !== undefined) whole('lastLine', lastLine, firstLine ?? 1, limits.line);
  return request;
}

function text(name: string, value: string, most: number): void {
  if (typeof value !== 'string' || value.trim() === '')
    throw new QuarryError(
      'usage',
      `${name} is empty`,
      name === 'query' ? 'say what the code does' : undefined,
    );
  if (value.length > most)
    throw new QuarryError('usage', `${name} has ${value.length} characters`, `at most ${most} are taken`);
}

function whole(name: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high)
    throw new QuarryError('usage', `${name} must be a whole number from ${low} to ${high}`);
}
