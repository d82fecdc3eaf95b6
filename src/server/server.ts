import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply, LogController } from 'fastify';
import { guardClients } from './client.ts';
import { limitLoad } from './load.ts';
import { describeApi } from './openapi.ts';
import { typedParameters } from './parameters.ts';
import { type ProblemKind, problem, problemOf, RequestError } from './problem.ts';
import { fileRoutes } from './routes/files.ts';
import { healthRoutes } from './routes/health.ts';
import { indexRoutes } from './routes/index-state.ts';
import { mcpRoutes } from './routes/mcp.ts';
import { pageRoutes } from './routes/page.ts';
import { searchRoutes } from './routes/search.ts';
import { bodyLimit, mostConnections, type ServerSettings } from './settings.ts';

/** The HTTP server over a service, not listening yet. */
export async function createServer(settings: ServerSettings, version: string): Promise<FastifyInstance> {
  const { patience } = settings;
  const app = fastify({
    loggerInstance: settings.logger,
    genReqId: ({ headers }) => requestId(headers['x-request-id']),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    bodyLimit,
    http: {
      headersTimeout: patience.headerMs,
      connectionsCheckingInterval: patience.checkMs,
      maxHeaderSize: 32 << 10,
    },
    requestTimeout: patience.requestMs,
    // Whoever does not read an answer is not waited for.
    connectionTimeout: settings.deadlineMs + 30_000,
    keepAliveTimeout: 30_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 4096, ignoreTrailingSlash: false },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false } },
    clientErrorHandler: (error, socket) => answerSocket(error, socket),
    frameworkErrors: (error, request, reply: FastifyReply) => {
      const { problem: found } = problemOf(error, request.id);
      void reply.code(found.status).type('application/problem+json').send(JSON.stringify(found));
    },
  });
  app.server.maxConnections = mostConnections;
  // Schemas of answers are there for the document; nothing is left out of an answer for them.
  app.setSerializerCompiler(() => data => JSON.stringify(data));
  readBodies(app);
  tellAndLog(app, settings);
  guardClients(app, settings);
  await limitLoad(app, settings);
  answerErrors(app, settings);
  app.addHook('preValidation', async request => {
    const { schema } = request.routeOptions;
    if (schema?.querystring) request.query = typedParameters(request.query, schema.querystring);
  });
  await describeApi(app, version);
  searchRoutes(app, settings);
  fileRoutes(app, settings);
  indexRoutes(app, settings);
  healthRoutes(app, settings);
  pageRoutes(app, settings);
  mcpRoutes(app, settings);
  return app;
}

/** A caller's own id, if it can stand in a header and a log line. */
function requestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID();
}

/** JSON and nothing else; bytes that are no text are not guessed at. */
function readBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (!isUtf8(body)) done(new RequestError('bad-request', 'the body is not UTF-8'));
    else if (body.length === 0) done(null, undefined);
    else parse(request, body.toString('utf8'), done);
  });
}

/** What the log and the metrics say of a request whose client did not wait for the answer, as other servers do. */
const givenUp = 499;

/** Headers of every answer, one line in the log for each request, and its time. */
function tellAndLog(app: FastifyInstance, { metrics, service }: ServerSettings): void {
  app.addHook('onRequest', async (request, reply) => {
    const end = metrics.begin();
    // `onResponse` is not told of requests that their client gave up.
    reply.raw.once('close', () => {
      const status = reply.raw.writableFinished ? reply.statusCode : givenUp;
      const route = request.routeOptions.url ?? 'unknown';
      const ms = reply.elapsedTime;
      end(request.method, route, status, ms);
      request.log.info(
        {
          method: request.method,
          route,
          status,
          ms: Math.round(ms * 100) / 100,
          ...(request.token ? { token: request.token.name } : {}),
          waiting: service.load.waiting,
        },
        'request',
      );
    });
    void reply
      .header('x-request-id', request.id)
      .header('x-content-type-options', 'nosniff')
      .header('referrer-policy', 'no-referrer')
      .header('cross-origin-resource-policy', 'same-origin')
      .header('cache-control', 'no-store')
      .header('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
  });
}

function answerErrors(app: FastifyInstance, { metrics }: ServerSettings): void {
  app.setErrorHandler(async (error, request, reply) => {
    const { problem: found, headers, isExpected } = problemOf(error, request.id);
    if (!isExpected) request.log.error({ err: error }, 'failed');
    if (found.status === 503 && error instanceof Error && !(error instanceof RequestError))
      metrics.refuse('queue');
    return reply
      .code(found.status)
      .headers(headers)
      .type('application/problem+json')
      .send(JSON.stringify(found));
  });
  app.setNotFoundHandler(async (request, reply) => {
    const allowed = methodsOf(request.url);
    const isWrongMethod = allowed !== undefined && !allowed.includes(request.method);
    const found = isWrongMethod
      ? problem('method-not-allowed', `${request.method} is not for this address`, request.id)
      : problem('not-found', 'there is nothing at this address', request.id, 'see /openapi.json');
    if (isWrongMethod) void reply.header('allow', allowed.join(', '));
    return reply.code(found.status).type('application/problem+json').send(JSON.stringify(found));
  });
}

const methods: ReadonlyArray<readonly [path: RegExp, methods: readonly string[]]> = [
  [/^\/v1\/search$/, ['GET', 'HEAD', 'POST']],
  [/^\/v1\/(?:related|index)$/, ['POST']],
  [/^\/v1\/(?:symbols|status|files\/.*)$/, ['GET', 'HEAD']],
  [/^\/(?:healthz|readyz|metrics|openapi\.json|assets\/[^/]*|)$/, ['GET', 'HEAD']],
];

function methodsOf(url: string): readonly string[] | undefined {
  const path = url.split('?', 1)[0]!;
  return methods.find(([pattern]) => pattern.test(path))?.[1];
}

const kindOfParserError: Readonly<Record<string, ProblemKind>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'timeout',
};

/** What comes in is no HTTP, or not in time: there is no request to answer, only a connection. */
function answerSocket(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const kind = kindOfParserError[error.code ?? ''] ?? 'bad-request';
  const detail = {
    'headers-too-large': 'the header is too large',
    timeout: 'the request was not sent in time',
  }[kind as string];
  const found = problem(kind, detail ?? 'this is not a valid HTTP request', randomUUID());
  const body = JSON.stringify(found);
  socket.end(
    `HTTP/1.1 ${found.status} ${found.title}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
