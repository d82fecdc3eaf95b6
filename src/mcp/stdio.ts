import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { isJSONRPCNotification } from '@modelcontextprotocol/sdk/types.js';
import { createMcpServer, type McpServerOptions, type Opened } from './server.ts';

export interface StdioOptions extends Pick<McpServerOptions, 'version' | 'onError'> {
  input: Readable;
  output: Writable;
  /**
   * Opens what is served. `roots` asks the client which directories it works in; an empty list if it does not say. Called again
   * after it has failed.
   */
  open: (roots: () => Promise<string[]>) => Promise<Opened>;
  /** Whether opening begins at once, without asking the client. */
  eager: boolean;
  /** Ends the connection. */
  signal: AbortSignal;
}

/** Milliseconds that answers under way may take after the input has ended. */
const graceMs = 10_000;

/** Serves one client over a pair of streams. Comes back when the input ends or the signal fires. Closing the service is the caller's. */
export async function serveStdio(options: StdioOptions): Promise<void> {
  const { input, output, signal, onError } = options;
  let opened: Promise<Opened> | undefined;
  /** Ids of requests that wait for their answer. */
  const running = new Set<string | number>();
  let idle: (() => void) | undefined;
  const open = async (): Promise<Opened> => {
    opened ??= options.open(roots);
    try {
      const known = await opened;
      if (!known.isGone?.()) return known;
      opened = options.open(roots);
      return await opened;
    } catch (error) {
      opened = undefined;
      throw error;
    }
  };
  const server = createMcpServer({ version: options.version, onError, open });
  const roots = async (): Promise<string[]> => {
    if (!server.getClientCapabilities()?.roots) return [];
    const { roots: named } = await server.listRoots(undefined, { timeout: 5000 });
    return named.flatMap(({ uri }) => (uri.startsWith('file://') ? [fileURLToPath(uri)] : []));
  };
  const beginEarly = () => {
    // What is wrong is said to whoever calls a tool.
    open().catch(() => undefined);
  };
  server.oninitialized = beginEarly;
  server.onerror = onError;
  const transport = new StdioServerTransport(input, output);
  // What is under way when the input ends is still answered: requests may come from a pipe.
  const settle = (id: string | number | undefined) => {
    if (id !== undefined && running.delete(id) && running.size === 0) idle?.();
  };
  const send = transport.send.bind(transport);
  transport.send = async message => {
    await send(message);
    if (!('method' in message)) settle(message.id);
  };
  const ended = Promise.race([once(input, 'end'), once(input, 'close')]).catch(() => undefined);
  await server.connect(transport);
  const { onmessage } = transport;
  transport.onmessage = message => {
    if ('method' in message && 'id' in message) running.add(message.id);
    // A cancelled request is not answered.
    if (isJSONRPCNotification(message) && message.method === 'notifications/cancelled')
      settle(message.params?.['requestId'] as string | number | undefined);
    onmessage?.(message);
  };
  if (options.eager) beginEarly();
  const stopped = signal.aborted ? Promise.resolve() : once(signal, 'abort');
  const closed = new Promise<void>(resolve => {
    server.onclose = resolve;
  });
  await Promise.race([ended, stopped, closed]);
  if (!signal.aborted && running.size > 0) {
    const timer = setTimeout(() => idle?.(), graceMs);
    await Promise.race([stopped, new Promise<void>(resolve => (idle = resolve))]);
    clearTimeout(timer);
  }
  await server.close();
}
