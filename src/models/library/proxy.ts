import * as http from 'node:http';
import * as https from 'node:https';
import type { Socket } from 'node:net';
import * as tls from 'node:tls';
import { QuarryError } from '../../core/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a URL by the usual variables (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`, in either case);
 * undefined to go straight. `QuarryError` 'usage' for a proxy that does not speak HTTP.
 */
export function proxyFor(url: URL, env: Environment): URL | undefined {
  const read = (name: string) => env[name.toLowerCase()] || env[name.toUpperCase()];
  const text = read(url.protocol === 'https:' ? 'https_proxy' : 'http_proxy') ?? read('all_proxy');
  if (!text || bypasses(url, read('no_proxy') ?? '')) return undefined;
  const whole = text.includes('://') ? text : `http://${text}`;
  const proxy = URL.parse(whole);
  if (proxy && ['http:', 'https:'].includes(proxy.protocol) && proxy.hostname !== '') return proxy;
  const shown = proxy ? `${proxy.protocol}//${proxy.host}` : JSON.stringify(text);
  throw new QuarryError(
    'usage',
    `the proxy ${shown} is not supported`,
    'HTTPS_PROXY must be a URL that begins with http:// or https://',
  );
}

/** `host`, `.suffix`, `*.suffix`, `host:port` or `*`, separated by commas or spaces. A host covers its subdomains. */
function bypasses(url: URL, list: string): boolean {
  const host = url.hostname.toLowerCase().replace(/^\[|\]$/g, '');
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(entry => entry !== '')
    .some(entry => {
      if (entry === '*') return true;
      const [, name, wantedPort] = /^(.*?)(?::(\d+))?$/.exec(entry)!;
      if (wantedPort !== undefined && wantedPort !== port) return false;
      const bare = name!.replace(/^\*?\./, '').replace(/^\[|\]$/g, '');
      return bare !== '' && (host === bare || host.endsWith(`.${bare}`));
    });
}

export function proxyAuthorization(proxy: URL): Record<string, string> {
  if (proxy.username === '') return {};
  const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` };
}

/** A TLS connection to the URL's host through a proxy (CONNECT). */
export async function tunnel(url: URL, proxy: URL, signal: AbortSignal | undefined): Promise<tls.TLSSocket> {
  const target = `${url.hostname}:${url.port || 443}`;
  const make = proxy.protocol === 'https:' ? https.request : http.request;
  const request = make({
    host: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
    method: 'CONNECT',
    path: target,
    headers: { host: target, ...proxyAuthorization(proxy) },
    agent: false,
    ...(signal && { signal }),
  });
  const socket = await new Promise<Socket>((resolve, reject) => {
    request.once('connect', (response, connected: Socket) => {
      if (response.statusCode === 200) return resolve(connected);
      connected.destroy();
      reject(proxyRefused(proxy, response.statusCode ?? 0));
    });
    // Some answer a refusal as if it were no CONNECT.
    request.once('response', response => {
      response.resume();
      reject(proxyRefused(proxy, response.statusCode ?? 0));
    });
    request.once('error', reject);
    request.setTimeout(30_000, () => request.destroy(new Error('timed out')));
    request.end();
  });
  socket.setTimeout(0);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // An address is no server name.
  const named = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
  const secure = tls.connect({ socket, host, ...named });
  await new Promise<void>((resolve, reject) => {
    secure.once('secureConnect', resolve);
    secure.once('error', reject);
  });
  return secure;
}

export function proxyRefused(proxy: URL, status: number): QuarryError {
  const what =
    status === 407
      ? 'wants a user name and password'
      : `does not let this connection through (status ${status})`;
  return new QuarryError(
    'unreadable',
    `the proxy ${proxy.host} ${what}`,
    status === 407
      ? 'put them into HTTPS_PROXY: http://user:password@host:port'
      : 'fetch the model elsewhere and name the folder: --model ./folder',
  );
}
