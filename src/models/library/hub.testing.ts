import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { tinyOnnx, tinyTokenizer } from '../external/tiny.testing.ts';

/** A hub on this machine: the part of the Hugging Face API that downloads use, with its misbehaviour on request. */
export class Hub {
  readonly commit: string = '0123456789abcdef0123456789abcdef01234567';
  readonly files: Record<string, Buffer>;
  /** Method, path, range and what else a test looks at, in order. */
  readonly seen: Array<{
    path: string;
    range: string | undefined;
    ifRange: string | undefined;
    token: string | undefined;
  }> = [];
  /** Answers in place of the hub if it returns true. */
  before: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  /** Bytes of a big file after which its connection is cut; each cut uses up one. */
  cuts: number[] = [];
  /** Whether ranges are served. */
  ranges = true;
  etag = '"first"';
  /** What the file list says of a file, if not the truth. */
  lie: Record<string, object> = {};
  private readonly server: Server;
  private readonly secure: boolean;

  private constructor(files: Record<string, Buffer>, secure: boolean) {
    this.files = files;
    this.secure = secure;
    const answer = (incoming: IncomingMessage, response: ServerResponse) => this.answer(incoming, response);
    this.server = secure ? createSecureServer(testIdentity, answer) : createServer(answer);
  }

  /** A secure one calls itself hub.test, which only a proxy can find. */
  static async start(
    files: Readonly<Record<string, string | Uint8Array | object>>,
    secure = false,
  ): Promise<Hub> {
    const hub = new Hub(
      Object.fromEntries(
        Object.entries(files).map(([name, content]) => [
          name,
          Buffer.from(
            typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content),
          ),
        ]),
      ),
      secure,
    );
    await listen(hub.server);
    return hub;
  }

  get port(): number {
    return portOf(this.server);
  }

  get endpoint(): string {
    return this.secure ? 'https://hub.test' : `http://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await shut(this.server);
  }

  private answer(incoming: IncomingMessage, response: ServerResponse): void {
    const url = new URL(incoming.url!, this.endpoint);
    const { range, authorization } = incoming.headers;
    this.seen.push({
      path: url.pathname,
      range,
      ifRange: incoming.headers['if-range'] as string | undefined,
      token: authorization,
    });
    if (this.before(incoming, response)) return;
    const json = (value: unknown, headers: Record<string, string> = {}) => {
      response.writeHead(200, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(value));
    };
    if (/^\/api\/models\/some\/model\/revision\/(main|v1)$/.test(url.pathname))
      json({ id: 'some/model', sha: this.commit });
    else if (url.pathname === `/api/models/some/model/tree/${this.commit}`) {
      // Two pages.
      const entries = Object.entries(this.files).map(([path, content]) => this.entry(path, content));
      const page = Number(url.searchParams.get('cursor') ?? 0);
      const link = { link: `<${this.endpoint}${url.pathname}?recursive=1&cursor=1>; rel="next"` };
      if (page === 0) json(entries.slice(0, 2), link);
      else json(entries.slice(2));
    } else if (url.pathname.startsWith(`/some/model/resolve/${this.commit}/`)) {
      const path = decodeURIComponent(url.pathname.split('/').slice(5).join('/'));
      if (!this.files[path]) response.writeHead(404).end('Entry not found');
      // Big files lie elsewhere.
      else if (isBig(path)) response.writeHead(302, { location: `/cdn/${encodeURIComponent(path)}` }).end();
      else response.end(this.files[path]);
    } else if (url.pathname.startsWith('/cdn/'))
      this.send(incoming, response, decodeURIComponent(url.pathname.slice(5)));
    else response.writeHead(404).end('{"error":"Repository not found"}');
  }

  private entry(path: string, content: Buffer): object {
    const blob = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
    const lfs = { oid: createHash('sha256').update(content).digest('hex'), size: content.length };
    return {
      type: 'file',
      path,
      size: content.length,
      oid: blob,
      ...(isBig(path) ? { lfs } : {}),
      ...this.lie[path],
    };
  }

  private send(incoming: IncomingMessage, response: ServerResponse, path: string): void {
    const content = this.files[path]!;
    const from = Number(/^bytes=(\d+)-$/.exec(incoming.headers.range ?? '')?.[1] ?? 0);
    const same = [undefined, this.etag].includes(incoming.headers['if-range'] as string | undefined);
    const partly = this.ranges && from > 0 && same;
    const body = partly ? content.subarray(from) : content;
    response.writeHead(partly ? 206 : 200, {
      'content-length': body.length,
      etag: this.etag,
      ...(partly ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
    });
    const cut = this.cuts.shift();
    if (cut === undefined) response.end(body);
    else response.write(body.subarray(0, cut), () => setTimeout(() => response.destroy(), 20));
  }
}

function isBig(path: string): boolean {
  return /\.(onnx|safetensors)$/.test(path);
}

/** A proxy that forwards and tunnels, and notes what it was asked for. */
export class TestProxy {
  readonly asked: string[] = [];
  /** `user:password` it wants. */
  login: string | undefined;
  /** Where every tunnel ends, whatever was asked for. */
  target: { host: string; port: number } | undefined;
  /** Open ones: the server forgets them once they are tunnels. */
  readonly tunnels: Set<Socket> = new Set();
  private readonly server: Server;

  private constructor() {
    this.server = createServer((incoming, response) => {
      this.asked.push(`GET ${incoming.url}`);
      if (this.refuses(incoming)) response.writeHead(407).end();
      else {
        const { 'proxy-authorization': _, ...headers } = incoming.headers;
        request(incoming.url!, { headers, agent: false }, answer => {
          response.writeHead(answer.statusCode!, answer.headers);
          answer.pipe(response);
        }).end();
      }
    });
    this.server.on('connect', (incoming, client: Socket) => {
      this.asked.push(`CONNECT ${incoming.url}`);
      client.on('error', () => undefined);
      this.tunnels.add(client);
      client.on('close', () => this.tunnels.delete(client));
      if (this.refuses(incoming)) {
        client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
        return;
      }
      const { host, port } = this.target ?? { host: '127.0.0.1', port: 1 };
      const upstream = connect(port, host, () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        upstream.pipe(client).pipe(upstream);
      });
      upstream.on('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
      client.on('close', () => upstream.destroy());
    });
  }

  static async start(): Promise<TestProxy> {
    const proxy = new TestProxy();
    await listen(proxy.server);
    return proxy;
  }

  get port(): number {
    return portOf(this.server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.tunnels) client.destroy();
    await shut(this.server);
  }

  private refuses(incoming: IncomingMessage): boolean {
    if (this.login === undefined) return false;
    return incoming.headers['proxy-authorization'] !== `Basic ${Buffer.from(this.login).toString('base64')}`;
  }
}

export function listen(server: {
  listen(port: number, host: string, done: () => void): unknown;
}): Promise<void> {
  return new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
}

export function portOf(server: { address(): unknown }): number {
  return (server.address() as AddressInfo).port;
}

export function shut(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise(resolve => server.close(() => resolve()));
}

/** For hub.test, until 2126: of no use but here. */
export const testIdentity = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgaj3SVqFHJ6os1NQ6
TCoyEtqDAiYVzxO6wsK5pdpW49ihRANCAARYhuF9N/Y3pd7wy1pJT/korrVfsKhg
v17Nb400hUBVWIhApkQxT9a2+blSDAZs+0/h+5mTTxDaHi2B3ZUf0tOI
-----END PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBkjCCATigAwIBAgIUA5BbWDUfvIJPWTo0eqwdBlfcc2YwCgYIKoZIzj0EAwIw
EzERMA8GA1UEAwwIaHViLnRlc3QwIBcNMjYxMTIxMTQxMjQ4WhgPMjEyNjEwMjgx
NDEyNDhaMBMxETAPBgNVBAMMCGh1Yi50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAEWIbhfTf2N6Xe8MtaSU/5KK61X7CoYL9ezW+NNIVAVViIQKZEMU/Wtvm5
UgwGbPtP4fuZk08Q2h4tgd2VH9LTiKNoMGYwHQYDVR0OBBYEFFCQU1kPA7bRK22L
P7LrxOCE8DRfMB8GA1UdIwQYMBaAFFCQU1kPA7bRK22LP7LrxOCE8DRfMBMGA1Ud
EQQMMAqCCGh1Yi50ZXN0MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAw
RQIhAJk1iF/TK1qDjGMoguTvHoImdjTfoS8VF8p7w1agTCpWAiBU/S7/nres4s8V
7iy5FKzvub8W2wGSdXY+IryYSt0TfQ==
-----END CERTIFICATE-----`,
};

/** The files of a model with a network. */
export function modelFiles(
  more: Record<string, string | Uint8Array | object> = {},
): Record<string, string | Uint8Array | object> {
  return {
    '.gitattributes': 'x',
    'README.md': '# A model',
    'config.json': { model_type: 'bert' },
    'tokenizer.json': tinyTokenizer(),
    '1_Pooling/config.json': { pooling_mode_cls_token: true },
    'onnx/model.onnx': tinyOnnx(),
    'onnx/model_quantized.onnx': tinyOnnx(),
    'pytorch_model.bin': 'not needed',
    ...more,
  };
}

/** Paths of all files below a folder, sorted. */
export function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}
