import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger } from 'fastify';
import type { LocalService } from '../service/service.ts';
import type { Metrics } from './metrics.ts';
import type { TokenStore } from './tokens.ts';

/** How a server treats requests. */
export interface ServerSettings {
  service: LocalService;
  metrics: Metrics;
  tokens: TokenStore;
  logger: FastifyBaseLogger;
  /** Every route under /v1 and /metrics needs a token. */
  needsToken: boolean;
  /** Host names that requests may name, without port; undefined: any. */
  hosts: ReadonlySet<string> | undefined;
  /** Origins of pages from elsewhere that may call: `https://code.example`. */
  origins: ReadonlySet<string>;
  /** Requests that one client may send in a minute; 0: any number. */
  ratePerMinute: number;
  /** Requests of one client at a time. */
  perClient: number;
  /** Milliseconds a request may take. */
  deadlineMs: number;
  /** Milliseconds a client may take to send a request's header, and all of it; and how often that is looked at. */
  patience: { headerMs: number; requestMs: number; checkMs: number };
  /** Write what is asked for into the log. */
  logQueries: boolean;
  /** Directory of the built search page. */
  page: string;
  /** Answers requests of another protocol at /mcp. */
  mcp?: ProtocolHandler;
  /** Tells this server from another one at the same address. */
  instance: string;
  /** Why nothing new is taken at the moment. */
  refusal: () => string | undefined;
}

/** Bytes a body may have. */
export const bodyLimit: number = 64 << 10;

/** Connections at a time; the others wait in the system's queue. */
export const mostConnections = 512;

/** Answers a request itself; `body` is its JSON, parsed. */
export type ProtocolHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  body: unknown,
) => Promise<void>;
