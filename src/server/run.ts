import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { type Logger, pino } from 'pino';
import { QuarryError } from '../core/errors.ts';
import type { CodeIndex } from '../engine/code-index.ts';
import { type LocalService, openService } from '../service/service.ts';
import type { RunUpdate } from '../service/updating/updates.ts';
import { MemoryWatch, megabytes } from './memory.ts';
import { Metrics } from './metrics.ts';
import { RunningFile } from './running.ts';
import { createServer } from './server.ts';
import type { ProtocolHandler, ServerSettings } from './settings.ts';
import type { TokenStore } from './tokens.ts';

/** How a server is started. */
export interface RunOptions {
  index: CodeIndex;
  /** How the index is brought up to date; default: in this process. */
  update?: RunUpdate;
  /** Bytes that updating takes in other processes. */
  updateMemory?: () => number;
  version: string;
  host: string;
  /** 0: any. */
  port: number;
  tokens: TokenStore;
  /** Also on loopback. */
  needsToken: boolean;
  /** Host names besides those of the machine itself. */
  hosts: readonly string[];
  origins: readonly string[];
  ratePerMinute: number;
  perClient: number;
  deadlineMs: number;
  /** Bytes; 0: no ceiling. */
  memory: number;
  logQueries: boolean;
  /** pino's: trace, debug, info, warn, error, silent. */
  logLevel: string;
  /** Where log lines go. */
  log: { write: (line: string) => void };
  page: string;
  /** Makes what answers at /mcp. */
  mcp?: (service: LocalService) => ProtocolHandler;
  /** Bring the index up to date at the start. */
  updateAtStart: boolean;
  patience?: ServerSettings['patience'];
  /** Requests that may wait for their turn. */
  waiting?: number;
  memoryEveryMs?: number;
  /** Milliseconds that requests get to end when the server stops. */
  graceMs?: number;
}

/** A server that listens. */
export interface RunningServer {
  /** As `http://127.0.0.1:4747`. */
  readonly url: string;
  readonly service: LocalService;
  readonly app: FastifyInstance;
  /** Comes back when the server has ended; 1 with a reason if not because it was told to. */
  readonly ended: Promise<{ reason: string | undefined }>;
  /** Takes nothing new, lets requests end, stops updates, closes the index. */
  stop(reason?: string): Promise<void>;
}

const patience: ServerSettings['patience'] = { headerMs: 10_000, requestMs: 20_000, checkMs: 2000 };

/**
 * Starts a server: it listens at once and indexes afterwards. Throws QuarryError: `usage` for an address that is in use, or
 * one that others reach while there is no token; `busy` where this index is served already. The index is closed then.
 */
export async function startServer(options: RunOptions): Promise<RunningServer> {
  const { index, tokens, host } = options;
  const running = new RunningFile(index.indexFile);
  try {
    const isLocal = isLoopback(host);
    // Read once here, so that a file that cannot be used is known at the start.
    const known = tokens.list();
    if (!isLocal && known.length === 0)
      throw new QuarryError(
        'usage',
        `refusing to listen on ${host}: there is no token`,
        'make one first: quarry serve token create --scope read --name NAME',
      );
    if (options.needsToken && known.length === 0)
      throw new QuarryError('usage', 'there is no token', 'make one: quarry serve token create --name NAME');
    await running.take();
    return await listen(options, running, isLocal);
  } catch (error) {
    running.leave();
    index.close();
    throw error;
  }
}

async function listen(options: RunOptions, running: RunningFile, isLocal: boolean): Promise<RunningServer> {
  const { host, port, log } = options;
  const logger: Logger = pino(
    { level: options.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    log,
  );
  const metrics = new Metrics();
  const service = await openService({
    index: options.index,
    version: options.version,
    ...(options.update ? { update: options.update } : {}),
    ...(options.waiting === undefined ? {} : { waiting: options.waiting }),
    observer: metrics.observer,
  });
  metrics.watch(service);
  let memory: MemoryWatch | undefined;
  const app = await createServer(
    {
      service,
      metrics,
      tokens: options.tokens,
      logger,
      needsToken: options.needsToken || !isLocal,
      hosts: isLocal ? new Set(['localhost', '127.0.0.1', '[::1]', host, ...options.hosts]) : undefined,
      origins: new Set(options.origins),
      ratePerMinute: options.ratePerMinute,
      perClient: options.perClient,
      deadlineMs: options.deadlineMs,
      patience: options.patience ?? patience,
      logQueries: options.logQueries,
      page: options.page,
      ...(options.mcp ? { mcp: options.mcp(service) } : {}),
      instance: running.instance,
      refusal: () => memory?.refusal,
    },
    options.version,
  );
  try {
    await app.listen({ host, port });
  } catch (error) {
    await service.close();
    throw listenError(error, host, port);
  }
  const url = urlOf(host, (app.server.address() as AddressInfo).port);
  running.tell(url);

  const { promise: ended, resolve } = Promise.withResolvers<{ reason: string | undefined }>();
  let stopping: Promise<void> | undefined;
  const stop = async (reason?: string): Promise<void> => {
    stopping ??= end(app, service, running, options.graceMs ?? 10_000).then(() => {
      memory?.close();
      logger.info(reason === undefined ? 'stopped' : { reason }, 'stopped');
      resolve({ reason });
    });
    return stopping;
  };
  if (options.memory > 0)
    memory = new MemoryWatch(
      { ceiling: options.memory, everyMs: options.memoryEveryMs ?? 1000, patience: 15 },
      {
        measure: () => ({ own: process.memoryUsage.rss(), updates: options.updateMemory?.() ?? 0 }),
        shed: () => service.shed(),
        stopUpdates: () => service.stopUpdates('the memory ceiling was reached'),
        give: bytes => {
          const reason = `out of memory: ${megabytes(bytes)} MB are in use, the ceiling is ${megabytes(options.memory)} MB (--memory)`;
          logger.fatal(reason);
          void stop(reason);
        },
      },
    );
  logger.info({ url, index: options.index.indexFile }, 'listening');
  if (options.updateAtStart)
    service.update().catch((error: unknown) => {
      if (!(error instanceof QuarryError && error.code === 'aborted'))
        logger.error({ err: error }, 'the update failed');
    });
  // The first search opens the model and the tables: that should be none of a user's.
  service.search({ query: 'warm up', limit: 1 }).catch(() => undefined);
  return { url, service, app, ended, stop };
}

/** Connections without a request go at once; requests get some time, and what is left then is cut. */
async function end(
  app: FastifyInstance,
  service: LocalService,
  running: RunningFile,
  graceMs: number,
): Promise<void> {
  const closed = app.close();
  const timer = setTimeout(() => app.server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
  await service.close();
  running.leave();
}

/** Comes back with the signal that ends the server. */
export async function endSignal(): Promise<NodeJS.Signals> {
  const stop = new AbortController();
  const names: NodeJS.Signals[] = ['SIGINT', 'SIGTERM'];
  const waiting = names.map(async name => once(process, name, { signal: stop.signal }).then(() => name));
  const first = await Promise.race(waiting);
  stop.abort();
  await Promise.allSettled(waiting);
  return first;
}

function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const kind = isIP(host);
  return kind === 4 ? host.startsWith('127.') : kind === 6 && /^(0*:)*:?0*1$/.test(host);
}

function urlOf(host: string, port: number): string {
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

function listenError(error: unknown, host: string, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const hints: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another program listens there: choose another --port, or 0 for any',
    EACCES: 'ports below 1024 need special rights: choose another --port',
    EADDRNOTAVAIL: 'this machine has no such address: see --host',
    ENOTFOUND: 'there is no such host: see --host',
  };
  const hint = hints[code ?? ''];
  return hint === undefined ? error : new QuarryError('usage', `cannot listen on ${host}:${port}`, hint);
}
