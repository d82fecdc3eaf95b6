import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RelatedRequest, SearchAnswer, SearchRequest, SymbolRequest } from '../../service/api.ts';
import { inTime } from '../deadline.ts';
import { answer } from '../openapi.ts';
import { requests } from '../schemas.ts';
import type { ServerSettings } from '../settings.ts';

const lineType = 'application/x-ndjson';

/** Search, related code, symbols. */
export function searchRoutes(app: FastifyInstance, settings: ServerSettings): void {
  const { service } = settings;
  const config = { scope: 'read' } as const;

  const search = async (
    request: FastifyRequest,
    reply: FastifyReply,
    asked: SearchRequest,
    stream: boolean,
  ): Promise<FastifyReply | SearchAnswer> => {
    if (settings.logQueries) request.log.info({ query: asked.query }, 'query');
    const found = await inTime(reply, settings, async signal => service.search(asked, signal));
    if (!stream && !wantsLines(request)) return found;
    return reply.type(`${lineType}; charset=utf-8`).send(Readable.from(linesOf(found)));
  };

  app.post<{ Body: SearchRequest; Querystring: { stream?: boolean } }>(
    '/v1/search',
    {
      config,
      schema: {
        operationId: 'search',
        summary: 'Finds code by what it does.',
        body: requests.search,
        querystring: requests.streamParameters,
        response: answer('SearchAnswer'),
      },
    },
    async (request, reply) => search(request, reply, request.body, request.query.stream === true),
  );

  app.get<{ Querystring: Omit<SearchRequest, 'query'> & { q: string; stream?: boolean } }>(
    '/v1/search',
    {
      config,
      schema: {
        operationId: 'searchByAddress',
        summary: 'The same, for browsers and curl.',
        querystring: requests.searchParameters,
        response: answer('SearchAnswer'),
      },
    },
    async (request, reply) => {
      const { q: query, stream = false, ...rest } = request.query;
      return search(request, reply, { query, ...rest }, stream);
    },
  );

  app.post<{ Body: RelatedRequest }>(
    '/v1/related',
    {
      config,
      schema: {
        operationId: 'related',
        summary: 'Finds code that means nearly the same as what stands at a line.',
        body: requests.related,
        response: answer('SearchAnswer'),
      },
    },
    async (request, reply) => inTime(reply, settings, async signal => service.related(request.body, signal)),
  );

  app.get<{ Querystring: SymbolRequest }>(
    '/v1/symbols',
    {
      config,
      schema: {
        operationId: 'symbols',
        summary: 'Where a name is defined, and where it is used.',
        querystring: requests.symbols,
        response: answer('SymbolAnswer'),
      },
    },
    async (request, reply) => inTime(reply, settings, async signal => service.symbols(request.query, signal)),
  );
}

function wantsLines({ headers }: FastifyRequest): boolean {
  return headers.accept?.split(',').some(type => type.trim().split(';')[0] === lineType) ?? false;
}

/** Hits, one a line, and then all else. */
function* linesOf({ hits, ...summary }: SearchAnswer): Generator<string> {
  for (const hit of hits) yield `${JSON.stringify({ hit })}\n`;
  yield `${JSON.stringify({ summary })}\n`;
}
