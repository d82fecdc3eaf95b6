import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ServerSettings } from '../settings.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
};

/** No script and no style but our own files; nothing from elsewhere, nothing framed. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** A file; compressed when that is first asked for. */
class Asset {
  readonly type: string;
  readonly plain: Buffer;
  private gzipped: Buffer | undefined;
  private brotlied: Buffer | undefined;

  constructor(type: string, plain: Buffer) {
    this.type = type;
    this.plain = plain;
  }

  get gzip(): Buffer {
    return (this.gzipped ??= gzipSync(this.plain));
  }

  get brotli(): Buffer {
    return (this.brotlied ??= brotliCompressSync(this.plain));
  }
}

/** The search page. Its files are read once: what is served is a list of names, never a path. */
export function pageRoutes(app: FastifyInstance, { page }: ServerSettings): void {
  const assets = readAssets(page);
  const send = (request: FastifyRequest, reply: FastifyReply, name: string, cache: string) => {
    const asset = assets.get(name);
    if (!asset) {
      const isPage = name === 'index.html';
      return reply
        .code(404)
        .type('text/plain; charset=utf-8')
        .send(
          isPage
            ? 'The search page is not part of this installation: build it with `npm run build`. The API is at /v1, see /openapi.json.\n'
            : 'Not found.\n',
        );
    }
    const accepted = request.headers['accept-encoding'] ?? '';
    const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : undefined;
    if (encoding) void reply.header('content-encoding', encoding);
    return reply
      .type(asset.type)
      .header('cache-control', cache)
      .header('vary', 'Accept-Encoding')
      .header('content-security-policy', policy)
      .send(encoding === 'br' ? asset.brotli : encoding === 'gzip' ? asset.gzip : asset.plain);
  };
  const hidden = { schema: { hide: true } };
  app.get('/', hidden, async (request, reply) => send(request, reply, 'index.html', 'no-cache'));
  // Names of built files have a hash of their content.
  app.get<{ Params: { name: string } }>('/assets/:name', hidden, async (request, reply) =>
    send(request, reply, `assets/${request.params.name}`, 'public, max-age=31536000, immutable'),
  );
  app.get('/favicon.ico', hidden, async (_, reply) => reply.code(204).send());
}

function readAssets(directory: string): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>();
  const add = (name: string) => {
    const type = types[extname(name)];
    if (type === undefined) return;
    assets.set(name, new Asset(type, readFileSync(join(directory, name))));
  };
  try {
    add('index.html');
    for (const entry of readdirSync(join(directory, 'assets'), { withFileTypes: true }))
      if (entry.isFile()) add(`assets/${entry.name}`);
  } catch {
    // Not built: the API does without.
  }
  return assets;
}
