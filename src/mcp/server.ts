import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  ListResourcesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
  type ServerNotification,
  type ServerRequest,
} from '@modelcontextprotocol/sdk/types.js';
import { QuarryError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import type { Service } from '../service/api.ts';
import { instructions } from './instructions.ts';
import { indexingNote, type Readiness, type Tell } from './readiness.ts';
import { clip } from './tokens.ts';
import type { Tool, ToolAnswer } from './tool.ts';
import { tools } from './tools/index.ts';
import { summary } from './tools/index-status.ts';

/** What the tools of one connection work on. */
export interface Opened {
  service: Service;
  readiness: Readiness;
  /** True once the service cannot answer any more because the process it lives in has ended: opening again helps. */
  isGone?: () => boolean;
}

export interface McpServerOptions {
  /** Of the package. */
  version: string;
  /** Called before every answer; throws QuarryError when there is nothing to serve. */
  open: () => Promise<Opened>;
  /** Gets what no request may see: errors that are bugs. */
  onError: (error: unknown) => void;
}

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

/** No error needs more. */
const errorTokens = 180;

const statusResource = {
  uri: 'quarry://status',
  name: 'Index status',
  description: 'What is indexed, how far, and what was left out',
  mimeType: 'application/json',
};

/**
 * A protocol server for one connection. Not the SDK's high-level one: that reports arguments which do not fit as JSON of its
 * validator; here every failed request is one line that says what to do.
 */
export function createMcpServer(options: McpServerOptions): Server {
  const server = new Server(
    { name: 'quarry', title: 'Quarry code search', version: options.version },
    { capabilities: { tools: {}, resources: {} }, instructions },
  );
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: tools.map(listed) }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) =>
    call(params.name, params.arguments ?? {}, options, extra),
  );
  server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: [statusResource] }));
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params }, extra) => {
    if (params.uri !== statusResource.uri)
      throw new McpError(ErrorCode.InvalidParams, `no such resource; there is ${statusResource.uri}`);
    const { service } = await options.open();
    const status = await service.status(extra.signal);
    const text = JSON.stringify(summary(status, status.notes));
    return { contents: [{ uri: statusResource.uri, mimeType: statusResource.mimeType, text }] };
  });
  return server;
}

function listed({ name, title, description, input, output }: Tool) {
  return {
    name,
    title,
    description,
    inputSchema: input,
    ...(output ? { outputSchema: output } : {}),
    annotations: {
      title,
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: false,
    },
  };
}

async function call(
  name: string,
  args: Readonly<Record<string, unknown>>,
  options: McpServerOptions,
  extra: Extra,
): Promise<CallToolResult> {
  try {
    const tool = tools.find(one => one.name === name);
    if (!tool) {
      const known = tools.map(one => one.name);
      const near = nearest(name, known);
      throw new QuarryError(
        'usage',
        `there is no tool ${JSON.stringify(name.slice(0, 60))}`,
        `${near === undefined ? '' : `did you mean ${near}? `}there are ${known.join(', ')}`,
      );
    }
    const tell = teller(extra);
    const work = async ({ service, readiness }: Opened) =>
      tool.call(args, { service, readiness, signal: extra.signal, tell });
    const opened = await options.open();
    try {
      return resultOf(await work(opened));
    } catch (error) {
      if (opened.isGone?.()) return resultOf(await work(await options.open()));
      throw await explained(error, opened.service, extra.signal);
    }
  } catch (error) {
    if (extra.signal.aborted) return failure('stopped');
    if (error instanceof QuarryError) {
      const { message, hint } = error;
      return failure(hint === undefined ? message : `${message}; ${hint}`);
    }
    options.onError(error);
    return failure(`internal error: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What is missing while the index is being built may only not be there yet. */
async function explained(error: unknown, service: Service, signal: AbortSignal): Promise<unknown> {
  if (!(error instanceof QuarryError && error.code === 'not-found') || signal.aborted) return error;
  const note = indexingNote(await service.status(signal));
  return note === undefined ? error : new QuarryError(error.code, error.message, note, { cause: error });
}

function resultOf({ text, data }: ToolAnswer): CallToolResult {
  return { content: [{ type: 'text', text }], ...(data ? { structuredContent: data } : {}) };
}

function failure(message: string): CallToolResult {
  const line = clip(message.replace(/\s*\n\s*/g, ' ').trim(), errorTokens);
  return { content: [{ type: 'text', text: line }], isError: true };
}

/** Progress for clients that asked for it by a token: at most twice a second, and never backwards. */
function teller({ _meta, sendNotification }: Extra): Tell {
  const token = _meta?.progressToken;
  if (token === undefined) return () => undefined;
  let last = -1;
  let told = Number.NEGATIVE_INFINITY;
  return ({ index, update }) => {
    const progress = index.progress ?? 0;
    const now = performance.now();
    if (progress <= last || now - told < 500) return;
    [last, told] = [progress, now];
    const message = update
      ? `indexing: ${update.phase}, ${update.done} of ${update.total}`
      : 'indexing: nothing is searchable yet';
    sendNotification({
      method: 'notifications/progress',
      params: { progressToken: token, progress, total: 1, message },
    }).catch(() => undefined);
  };
}
