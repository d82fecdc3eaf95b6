import type { IncomingMessage, ServerResponse } from 'node:http';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { Service } from '../service/api.ts';
import { Readiness, type ReadinessOptions } from './readiness.ts';
import { createMcpServer } from './server.ts';

export interface McpHandlerOptions extends ReadinessOptions {
  service: Service;
  /** Of the package. */
  version: string;
  onError: (error: unknown) => void;
}

/** Answers a request to the protocol's endpoint; `body` if it has been read and parsed already. */
export type McpHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  body?: unknown,
) => Promise<void>;

/**
 * The protocol over streamable HTTP, without sessions: every POST is a connection of its own, so that clients survive a restart of
 * the server and nothing piles up. Who mounts it checks Host, Origin, tokens and limits before.
 */
export function createMcpHandler(options: McpHandlerOptions): McpHandler {
  const { service, version, onError } = options;
  const readiness = new Readiness(service, options);
  const open = async () => ({ service, readiness });
  return async (request, response, body) => {
    if (request.method !== 'POST') {
      // No stream that the server begins, and no session to end.
      response.writeHead(405, { allow: 'POST', 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ jsonrpc: '2.0', error: { code: -32000, message: 'use POST' }, id: null }),
      );
      return;
    }
    const server = createMcpServer({ version, open, onError });
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined } as never);
    // A client that goes away ends its request.
    response.on('close', () => {
      server.close().catch(onError);
    });
    await server.connect(transport as Transport);
    await transport.handleRequest(request, response, body);
  };
}
