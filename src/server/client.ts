import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RequestError } from './problem.ts';
import type { ServerSettings } from './settings.ts';
import { allows, type Scope, type StoredToken } from './tokens.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose token came with the request. */
    token: StoredToken | undefined;
  }
  interface FastifyContextConfig {
    /** What a token must be allowed to do; absent: nothing is needed. */
    scope?: Scope;
  }
}

/**
 * Who may ask: host names, origins, tokens. In front of everything else, so that whoever is turned away learns nothing but
 * that.
 */
export function guardClients(app: FastifyInstance, settings: ServerSettings): void {
  app.decorateRequest('token', undefined);
  app.addHook('onRequest', async (request, reply) => {
    checkHost(request, settings);
    const isAllowedOrigin = checkOrigin(request, settings);
    if (isAllowedOrigin) {
      void reply
        .header('access-control-allow-origin', request.headers.origin)
        .header('access-control-expose-headers', 'x-request-id, retry-after')
        .header('vary', 'Origin');
      if (request.method === 'OPTIONS') return preflight(reply);
    }
    checkToken(request, settings);
    return undefined;
  });
}

/** A page of a site whose name was made to point here would be of the same origin: its name gives it away. */
function checkHost({ headers, raw }: FastifyRequest, { hosts, metrics }: ServerSettings): void {
  const named = headers.host ?? '';
  if (raw.rawHeaders.filter((_, i) => i % 2 === 0).filter(name => name.toLowerCase() === 'host').length > 1)
    throw new RequestError('bad-request', 'the request names several hosts');
  if (!hosts) return;
  const name = /^(\[[0-9a-f:.]+\]|[^:]*)(?::\d{1,5})?$/i.exec(named)?.[1]?.toLowerCase();
  if (name !== undefined && hosts.has(name)) return;
  metrics.refuse('host');
  throw new RequestError(
    'misdirected',
    'this server answers to localhost only',
    'behind a proxy, start it with --allow-host NAME',
  );
}

/** Browsers say where a page that calls is from. Throws for pages from elsewhere that are not on the list. */
function checkOrigin({ headers }: FastifyRequest, { origins, metrics }: ServerSettings): boolean {
  const { origin, host } = headers;
  if (origin !== undefined && origins.has(origin)) return true;
  const isOwn = origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
  const site = headers['sec-fetch-site'];
  // A link from another page may open the search page and its answers, as any address may be opened.
  const isLink = headers['sec-fetch-mode'] === 'navigate';
  if (isOwn && (site !== 'cross-site' || isLink)) return false;
  metrics.refuse('origin');
  throw new RequestError(
    'forbidden',
    'pages of other origins may not call this server',
    'start it with --cors ORIGIN to allow one',
  );
}

async function preflight(reply: FastifyReply): Promise<FastifyReply> {
  return reply
    .code(204)
    .header('access-control-allow-methods', 'GET, POST')
    .header('access-control-allow-headers', 'authorization, content-type, x-request-id')
    .header('access-control-max-age', '600')
    .send();
}

function checkToken(request: FastifyRequest, settings: ServerSettings): void {
  const { scope } = request.routeOptions.config;
  const { authorization } = request.headers;
  const { metrics, tokens } = settings;
  if (authorization !== undefined) {
    const given = /^bearer +([^\s]{1,200})$/i.exec(authorization)?.[1];
    request.token = given === undefined ? undefined : tokens.verify(given);
    if (!request.token) {
      metrics.refuse('token');
      throw unauthorized('the token is not known', 'invalid_token');
    }
  }
  if (scope === undefined || (!settings.needsToken && !request.token)) return;
  if (!request.token) {
    metrics.refuse('token');
    throw unauthorized('this needs a token');
  }
  if (allows(request.token, scope)) return;
  metrics.refuse('scope');
  throw new RequestError('forbidden', `the token has no scope "${scope}"`, 'make another one for this', {
    'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"`,
  });
}

function unauthorized(detail: string, error?: string): RequestError {
  return new RequestError(
    'unauthorized',
    detail,
    'make one with `quarry serve token create` and send it as: Authorization: Bearer TOKEN',
    { 'www-authenticate': error === undefined ? 'Bearer' : `Bearer error="${error}"` },
  );
}

/** Who a request is counted for: its token, or where it comes from. */
export function clientOf(request: FastifyRequest): string {
  return request.token ? `token ${request.token.id}` : `address ${request.ip}`;
}
