import type {
  FileAnswer,
  RelatedRequest,
  SearchAnswer,
  SearchRequest,
  StatusAnswer,
  SymbolAnswer,
} from '../../../src/service/api.ts';
import { askForToken, currentToken } from './token.ts';

/** What went wrong with a request, in words for people. Status 0: no answer at all. */
export class Problem extends Error {
  readonly status: number;
  readonly hint: string | undefined;
  /** Where in the query, in characters (code points) from 1. */
  readonly column: number | undefined;

  constructor(status: number, message: string, hint?: string, column?: number) {
    super(message);
    this.name = 'Problem';
    this.status = status;
    this.hint = hint;
    this.column = column;
  }
}

interface Call {
  /** Sent as JSON with POST. */
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** Fail on a missing token instead of asking for one. */
  isQuiet?: boolean;
}

/** Throws Problem; what `fetch` throws when the signal fires goes through. */
async function call<T>(path: string, { body, signal, isQuiet = false }: Call = {}): Promise<T> {
  for (;;) {
    const token = currentToken();
    const response = await send(path, body, token, signal);
    if (response.status === 401) {
      const next = isQuiet ? undefined : await askForToken(token);
      if (next === undefined)
        throw new Problem(401, 'this server wants a token', 'whoever runs the server can make you one');
      signal?.throwIfAborted();
      continue;
    }
    if (!response.ok) throw await problemOf(response);
    return (await response.json()) as T;
  }
}

async function send(
  path: string,
  body: unknown,
  token: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
  if (body !== undefined) headers['content-type'] = 'application/json';
  try {
    return await fetch(path, {
      headers,
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, 'the server does not answer', 'is `quarry serve` still running?');
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text();
  try {
    const { title, detail, hint, column } = JSON.parse(text) as Record<string, unknown>;
    const message = String(detail ?? title ?? `the server answered ${response.status}`);
    return new Problem(
      response.status,
      // The caret says that better.
      column === undefined ? message : message.replace(/^query, column \d+: /i, ''),
      typeof hint === 'string' ? hint : undefined,
      typeof column === 'number' ? column : undefined,
    );
  } catch {
    return new Problem(response.status, `the server answered ${response.status} ${response.statusText}`);
  }
}

export function search(request: SearchRequest, signal?: AbortSignal): Promise<SearchAnswer> {
  return call('v1/search', { body: request, signal });
}

export function related(request: RelatedRequest, signal?: AbortSignal): Promise<SearchAnswer> {
  return call('v1/related', { body: request, signal });
}

export function symbols(name: string, signal?: AbortSignal): Promise<SymbolAnswer> {
  const query = new URLSearchParams({ name, find: 'both', limit: '50' });
  return call(`v1/symbols?${query}`, { signal });
}

/** Part of a file; both lines are inclusive, and without them it is the whole file. */
export interface FilePart {
  path: string;
  lines?: readonly [first: number, last: number];
  highlight?: boolean;
}

export function file({ path, lines, highlight }: FilePart, signal?: AbortSignal): Promise<FileAnswer> {
  const query = new URLSearchParams();
  if (lines) query.set('lines', `${lines[0]}-${lines[1]}`);
  if (highlight) query.set('highlight', '1');
  const place = path.split('/').map(encodeURIComponent).join('/');
  return call(`v1/files/${place}${query.size > 0 ? `?${query}` : ''}`, { signal });
}

export function status(isQuiet: boolean, signal?: AbortSignal): Promise<StatusAnswer> {
  return call('v1/status', { signal, isQuiet });
}
