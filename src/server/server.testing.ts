import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { put } from '../ingest/tree.testing.ts';
import { openIndex } from '../library.ts';
import { type RunningServer, type RunOptions, startServer } from './run.ts';
import { TokenStore } from './tokens.ts';

/** A small tree: enough files for several pages, and some with names and contents that want to be escaped. */
export const sampleFiles: Readonly<Record<string, string>> = {
  'src/retry.ts': [
    '/** Calls again with exponential backoff. */',
    'export async function retryWithBackoff(work: () => Promise<void>, attempts = 3): Promise<void> {',
    '  for (let attempt = 0; attempt < attempts; attempt++) {',
    '    await work();',
    '  }',
    '}',
    '',
    'export class RetryQueue {',
    '  schedule(delay: number): void {',
    '    setTimeout(() => undefined, delay);',
    '  }',
    '}',
    '',
  ].join('\n'),
  'src/pool.py':
    'class ConnectionPool:\n    def acquire(self):\n        """Takes a free connection."""\n        return self.free.pop()\n',
  'docs/guide.md': '# Guide\n\nHow a retry is scheduled.\n',
  'src/<img src=x onerror=alert(1)>.js':
    'function scriptInName() {\n  return "<script>alert(1)</script>";\n}\n',
  'src/ünï cödé %2e.js': 'function unusualName() { return "percent and blanks"; }\n',
  ...Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [
      `many/handler_${i}.ts`,
      `/** Handles the request number ${i}. */\nexport function handleRequest${i}(request: string): string {\n  return request + ${i};\n}\n`,
    ]),
  ),
};

export interface TestServer extends RunningServer {
  /** The tree that is served. */
  root: string;
  directory: string;
  log: string[];
  tokens: TokenStore;
  get: (path: string, init?: RequestInit) => Promise<Response>;
  post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Response>;
  remove: () => Promise<void>;
}

/** A real server on a real index of the sample, on a free port; updated unless `updateAtStart` is false. */
export async function startTestServer(
  options: Partial<RunOptions> & { files?: Readonly<Record<string, string>>; isUpdated?: boolean } = {},
): Promise<TestServer> {
  const { files = sampleFiles, isUpdated = true, ...rest } = options;
  const directory = mkdtempSync(join(tmpdir(), 'quarry-server-'));
  const root = join(directory, 'tree');
  mkdirSync(root);
  for (const [path, text] of Object.entries(files)) put(root, path, text);
  const index =
    rest.index ?? (await openIndex(root, { indexFile: join(directory, 'index.quarry'), workers: 1 }));
  if (isUpdated) await index.update();
  const log: string[] = [];
  const tokens = rest.tokens ?? new TokenStore(join(directory, 'tokens.json'));
  const server = await startServer({
    version: '0.0.0',
    host: '127.0.0.1',
    port: 0,
    needsToken: false,
    hosts: [],
    origins: [],
    ratePerMinute: 0,
    perClient: 1000,
    deadlineMs: 30_000,
    memory: 0,
    logQueries: false,
    logLevel: 'info',
    log: { write: line => void log.push(line) },
    page: join(directory, 'page'),
    updateAtStart: false,
    ...rest,
    index,
    tokens,
  }).catch((error: unknown) => {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  });
  const get: TestServer['get'] = async (path, init) => fetch(server.url + path, init);
  return {
    ...server,
    root,
    directory,
    log,
    tokens,
    get,
    post: async (path, body, headers) =>
      get(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    remove: async () => {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Sends bytes over a connection and gives what comes back until it ends, or until `untilMs` have passed. */
export async function exchange(url: string, text: string | Buffer, untilMs = 10_000): Promise<string> {
  const { hostname, port } = new URL(url);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(Number(port), hostname);
  let answer = '';
  const timer = setTimeout(() => socket.destroy(), untilMs);
  socket.setEncoding('latin1');
  socket.on('data', chunk => {
    answer += chunk;
  });
  socket.on('close', () => resolve(answer));
  socket.on('error', error => (answer === '' ? reject(error) : resolve(answer)));
  socket.write(text);
  return promise.finally(() => clearTimeout(timer));
}
