import { type ErrorCode, QuarryError } from '../core/errors.ts';
import type {
  FileAnswer,
  FileRequest,
  IndexState,
  RelatedRequest,
  SearchAnswer,
  SearchRequest,
  Service,
  StatusAnswer,
  SymbolAnswer,
  SymbolRequest,
} from './api.ts';

export interface RemoteOptions {
  /** Of the server, e.g. `http://127.0.0.1:7700`. */
  url: string;
  /** Sent as a bearer token. */
  token?: string | undefined;
}

/** The last part of a problem's type, as a code of ours. All others are `unreadable`. */
const codes: Readonly<Record<string, ErrorCode>> = {
  'bad-request': 'usage',
  'bad-query': 'usage',
  unauthorized: 'usage',
  forbidden: 'usage',
  misdirected: 'usage',
  'too-large': 'usage',
  'not-found': 'not-found',
  gone: 'unreadable',
  unsupported: 'unsupported',
  'too-many': 'busy',
  busy: 'busy',
  deadline: 'busy',
  'no-space': 'no-space',
};

const everyLine = 10_000_000;

/** A service in another process, over its HTTP interface. Throws QuarryError as that one does, and `busy` when it cannot be reached. */
export class RemoteService implements Service {
  readonly url: string;
  private readonly token: string | undefined;
  private unreachable = false;

  constructor({ url, token }: RemoteOptions) {
    this.url = url.replace(/\/+$/, '');
    this.token = token;
  }

  /** True once the server could not be reached; it may have ended. */
  get isGone(): boolean {
    return this.unreachable;
  }

  async search(request: SearchRequest, signal?: AbortSignal): Promise<SearchAnswer> {
    return this.send('POST', '/v1/search', request, signal);
  }

  async related(request: RelatedRequest, signal?: AbortSignal): Promise<SearchAnswer> {
    return this.send('POST', '/v1/related', request, signal);
  }

  async symbols({ name, find, limit }: SymbolRequest, signal?: AbortSignal): Promise<SymbolAnswer> {
    const asked = parameters({ name, find, limit });
    return this.send('GET', `/v1/symbols${asked}`, undefined, signal);
  }

  async file(
    { path, firstLine, lastLine, highlight }: FileRequest,
    signal?: AbortSignal,
  ): Promise<FileAnswer> {
    const parts = path.split('/');
    // An address with them would be another address.
    if (parts.some(part => part === '' || part === '.' || part === '..'))
      throw new QuarryError(
        'not-found',
        `there is no file ${JSON.stringify(path.slice(0, 200))} in the index`,
        'paths are as in results',
      );
    const whole = firstLine === undefined && lastLine === undefined;
    const lines = whole ? undefined : `${firstLine ?? 1}-${lastLine ?? everyLine}`;
    const asked = parameters({ lines, highlight: highlight || undefined });
    return this.send(
      'GET',
      `/v1/files/${parts.map(encodeURIComponent).join('/')}${asked}`,
      undefined,
      signal,
    );
  }

  async status(signal?: AbortSignal): Promise<StatusAnswer> {
    return this.send('GET', '/v1/status', undefined, signal);
  }

  async update({ wait = true, signal }: { wait?: boolean; signal?: AbortSignal } = {}): Promise<IndexState> {
    return this.send('POST', `/v1/index${parameters({ wait })}`, undefined, signal);
  }

  /** The server goes on. */
  async close(): Promise<void> {
    // Nothing is held open.
  }

  private async send<T>(
    method: 'GET' | 'POST',
    path: string,
    body: object | undefined,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.url + path, {
        method,
        redirect: 'error',
        headers: {
          accept: 'application/json, application/problem+json',
          ...(body ? { 'content-type': 'application/json' } : {}),
          ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
        ...(signal ? { signal } : {}),
      });
      text = await response.text();
    } catch (error) {
      if (signal?.aborted) throw new QuarryError('aborted', 'stopped', undefined, { cause: signal.reason });
      this.unreachable = true;
      throw new QuarryError(
        'busy',
        `the server at ${this.url} does not answer`,
        'is quarry serve still running?',
        {
          cause: error,
        },
      );
    }
    let data: unknown;
    try {
      data = JSON.parse(text);
    } catch (error) {
      throw new QuarryError(
        'unreadable',
        `${this.url}${path.split('?')[0]} answered with something else than JSON`,
        undefined,
        {
          cause: error,
        },
      );
    }
    if (!response.ok) throw errorOf(data, response.status);
    return data as T;
  }
}

function parameters(values: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) given.set(name, String(value));
  return given.size === 0 ? '' : `?${given}`;
}

function errorOf(data: unknown, status: number): QuarryError {
  const { type, title, detail, hint } = (data ?? {}) as Record<string, unknown>;
  const kind = typeof type === 'string' ? type.slice(type.lastIndexOf(':') + 1) : '';
  const said =
    [detail, title].find(one => typeof one === 'string') ?? `the server answered with status ${status}`;
  return new QuarryError(
    codes[kind] ?? 'unreadable',
    String(said),
    typeof hint === 'string' ? hint : undefined,
  );
}
