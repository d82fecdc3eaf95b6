import * as http from 'node:http';
import * as https from 'node:https';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import { proxyAuthorization, proxyFor, proxyRefused, tunnel } from './proxy.ts';

export interface HttpOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent to the URL's own origin only, never where a redirect leads. */
  readonly token?: string | undefined;
  /** Where the variables for proxies are. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without a byte after which a connection counts as dead; default 30 s. */
  readonly idleMs?: number | undefined;
}

export type Response = http.IncomingMessage;

const mostRedirects = 8;
const elsewhere = 'fetch the model elsewhere and name the folder: --model ./folder';

/**
 * The answer to a GET, redirects followed, whatever its status; its body must be read or destroyed. A connection that
 * cannot be made throws QuarryError 'unreadable', with what to do; a stop throws 'aborted'.
 */
export async function get(address: string, options: HttpOptions = {}): Promise<Response> {
  let url = new URL(address);
  const { origin } = url;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    throwIfAborted(options.signal);
    const headers: Record<string, string> = { 'user-agent': 'quarry', ...options.headers };
    if (options.token && url.origin === origin) headers['authorization'] = `Bearer ${options.token}`;
    let response: Response;
    try {
      response = await once(url, headers, options);
    } catch (error) {
      throwIfAborted(options.signal);
      throw networkError(error, url);
    }
    const { statusCode = 0, headers: answered } = response;
    if (![301, 302, 303, 307, 308].includes(statusCode) || !answered.location) return response;
    response.resume();
    const next = URL.parse(answered.location, url.href);
    // A redirect out of TLS would hand the file to whoever is in between.
    if (!next || !/^https?:$/.test(next.protocol) || (url.protocol === 'https:' && next.protocol === 'http:'))
      throw new QuarryError('unreadable', `${url.host} redirects to ${answered.location}`, elsewhere);
    url = next;
  }
  throw new QuarryError('unreadable', `${url.host} redirects in circles`, elsewhere);
}

async function once(url: URL, headers: Record<string, string>, options: HttpOptions): Promise<Response> {
  const { signal, env = {}, idleMs = 30_000 } = options;
  const proxy = proxyFor(url, env);
  const common = { headers, ...(signal && { signal }) };
  let request: http.ClientRequest;
  // No shared agent: it could have a proxy of its own (NODE_USE_ENV_PROXY).
  if (!proxy) request = requestBy(url)(url, { ...common, agent: false });
  else if (url.protocol === 'https:') {
    const socket = await tunnel(url, proxy, signal);
    request = https.request(url, { ...common, createConnection: () => socket });
  } else {
    request = requestBy(proxy)(proxy, {
      ...common,
      path: url.href,
      headers: { host: url.host, ...headers, ...proxyAuthorization(proxy) },
      auth: null,
      agent: false,
    });
  }
  const response = await new Promise<Response>((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
    request.setTimeout(idleMs, () =>
      request.destroy(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })),
    );
    request.end();
  });
  // Errors of the body are thrown where it is read; without a listener a late one would end the process.
  request.on('error', () => undefined);
  if (proxy && response.statusCode === 407) {
    response.resume();
    throw proxyRefused(proxy, 407);
  }
  return response;
}

function requestBy(url: URL): typeof http.request {
  return url.protocol === 'https:' ? https.request : http.request;
}

/** The whole body as text, at most 32 MB. */
export async function bodyText(response: Response, signal?: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > 1 << 25) throw new QuarryError('unreadable', 'the answer is too long', elsewhere);
    }
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof QuarryError) throw error;
    throw new QuarryError('unreadable', 'the connection was cut', 'run it again', { cause: error });
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** One line for what went wrong on the way to a host. */
function networkError(error: unknown, url: URL): QuarryError {
  if (error instanceof QuarryError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] };
  const options = { cause: error };
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EAI_NODATA')
    return new QuarryError(
      'unreadable',
      `cannot find ${hostOf(error, url)}: no network, or its name is not known here`,
      elsewhere,
      options,
    );
  if (/CERT|SIGNED|VERIFY|ISSUER|ERR_TLS/.test(code))
    return new QuarryError(
      'unreadable',
      `the certificate of ${url.host} is not trusted (${code})`,
      'behind a proxy that looks into TLS, name its certificate in NODE_EXTRA_CA_CERTS',
      options,
    );
  const why = code === 'ETIMEDOUT' ? 'no answer' : code || message;
  return new QuarryError('unreadable', `cannot reach ${hostOf(error, url)}: ${why}`, elsewhere, options);
}

/** The host the error is about: with a proxy that is the proxy. */
function hostOf(error: unknown, url: URL): string {
  const { hostname, address, port } = error as { hostname?: string; address?: string; port?: number };
  return hostname ?? (address === undefined ? url.host : `${address}:${port}`);
}
