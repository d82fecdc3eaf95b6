import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';

/** `quarry mcp` as a process, by the official client and by hand. Nothing here depends on how long anything takes. */

const main = resolve(import.meta.dirname, '../../src/cli/main.ts');
const scratch = mkdtempSync(join(tmpdir(), 'quarry-mcp-'));
let counter = 0;
let tree: string;
let home: string;
const open: Array<() => Promise<unknown>> = [];

beforeEach(() => {
  tree = join(scratch, `tree-${counter}`);
  home = join(scratch, `home-${counter++}`);
  mkdirSync(tree);
  mkdirSync(home);
  write(
    'src/retry.ts',
    '/** Sends a request again. */\nexport function retryRequest(request: Request): void {\n}\n',
  );
  write(
    'src/pool.py',
    'class ConnectionPool:\n    def acquire(self):\n        """Takes a free connection."""\n',
  );
});
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});
afterAll(() => rmSync(scratch, { recursive: true, force: true, maxRetries: 3 }));

function write(path: string, content: string): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), content);
}

function environment(): Record<string, string> {
  return {
    PATH: process.env['PATH']!,
    HOME: home,
    QUARRY_INDEX_DIR: join(home, 'indexes'),
    QUARRY_THREADS: '1',
    QUARRY_MODEL: 'none',
    GIT_CONFIG_NOSYSTEM: '1',
  };
}

async function connect(args: string[], options: { cwd?: string; roots?: string[] } = {}): Promise<Client> {
  const { roots } = options;
  const client = new Client({ name: 'test', version: '1' }, roots ? { capabilities: { roots: {} } } : {});
  if (roots)
    client.setRequestHandler(ListRootsRequestSchema, () => ({
      roots: roots.map(path => ({ uri: pathToFileURL(path).href })),
    }));
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [main, 'mcp', ...args],
    env: environment(),
    cwd: options.cwd ?? tree,
    stderr: 'ignore',
  });
  await client.connect(transport);
  open.push(async () => client.close());
  return client;
}

async function call(client: Client, name: string, args: Record<string, unknown> = {}): Promise<string> {
  const { content } = await client.callTool({ name, arguments: args });
  return (content as Array<{ text: string }>)[0]!.text;
}

/** Asks until the index is there: an early answer may say that it is not. */
async function whenIndexed(
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
): Promise<string> {
  for (;;) {
    const text = await call(client, name, args);
    if (!text.startsWith('still indexing')) return text;
  }
}

function start(args: string[], cwd: string = tree): ChildProcess {
  return spawn(process.execPath, [main, ...args], { cwd, env: environment() });
}

const hello = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};

describe('quarry mcp', () => {
  test('a cold tree: every tool answers, and an edit is seen', async () => {
    const client = await connect([]);
    expect((await client.listTools()).tools).toHaveLength(5);
    expect(await whenIndexed(client, 'search_code', { query: 'send a request again' })).toContain(
      'src/retry.ts:2-3  retryRequest (function, typescript)',
    );
    expect(await call(client, 'find_symbol', { name: 'acquire' })).toContain('src/pool.py:2-3');
    expect(await call(client, 'read_code', { path: 'src/pool.py:1-2' })).toContain(
      '1| class ConnectionPool:',
    );
    expect(await call(client, 'find_related', { path: 'src/retry.ts', line: 2 })).not.toBe('');
    expect(await call(client, 'index_status')).toMatch(/^ready: 2 files/);
  });

  test('requests from a pipe are answered, one message a line, before it ends with 0', async () => {
    const child = start(['mcp', tree]);
    let out = '';
    child.stdout!.setEncoding('utf8').on('data', chunk => (out += chunk));
    const messages = [
      hello,
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      {
        jsonrpc: '2.0',
        id: 2,
        method: 'tools/call',
        params: { name: 'search_code', arguments: { query: 'connection' } },
      },
    ];
    child.stdin!.end(messages.map(message => `${JSON.stringify(message)}\n`).join(''));
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(0);
    const lines = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as { jsonrpc: string; id: number });
    expect(lines.map(({ jsonrpc, id }) => [jsonrpc, id])).toEqual([
      ['2.0', 1],
      ['2.0', 2],
    ]);
  });

  test('it ends when the input does, and when it is told to', async () => {
    const byInput = start(['mcp']);
    byInput.stdin!.end();
    expect(await once(byInput, 'close')).toEqual([0, null]);
    const bySignal = start(['mcp']);
    bySignal.stdin!.write(`${JSON.stringify(hello)}\n`);
    await once(createInterface(bySignal.stdout!), 'line');
    bySignal.kill('SIGTERM');
    expect(await once(bySignal, 'close')).toEqual([0, null]);
  });

  test('lines that are no messages break nothing', async () => {
    const child = start(['mcp']);
    const lines = createInterface(child.stdout!)[Symbol.asyncIterator]();
    child.stdin!.write(`not JSON\n{"jsonrpc":"2.0","id":9,"method":"no/such"}\n${JSON.stringify(hello)}\n`);
    const answers = [await lines.next(), await lines.next()].map(
      ({ value }) => JSON.parse(String(value)) as { id: number; error?: { code: number } },
    );
    expect(answers.find(({ id }) => id === 9)?.error?.code).toBe(-32601);
    expect(answers.some(({ id, error }) => id === 1 && !error)).toBe(true);
    child.stdin!.end();
    expect(await once(child, 'close')).toEqual([0, null]);
  });

  test('two at a time share one index', async () => {
    const [one, two] = await Promise.all([connect([]), connect([])]);
    const answers = await Promise.all([
      whenIndexed(one!, 'search_code', { query: 'connection pool' }),
      whenIndexed(two!, 'search_code', { query: 'connection pool' }),
    ]);
    for (const answer of answers) expect(answer).toContain('src/pool.py');
    expect(readdirSync(join(home, 'indexes')).filter(name => name.endsWith('.quarry'))).toHaveLength(1);
  });

  test('started in the home directory it serves the folder the client names, and nothing without one', async () => {
    const named = await connect([], { cwd: home, roots: [tree] });
    expect(await whenIndexed(named, 'search_code', { query: 'connection pool' })).toContain('src/pool.py');
    const unnamed = await connect([], { cwd: home });
    const { content, isError } = await unnamed.callTool({ name: 'index_status', arguments: {} });
    expect(isError).toBe(true);
    expect((content as Array<{ text: string }>)[0]!.text).toMatch(
      /does not know which project.*quarry mcp \/path/,
    );
    expect(readdirSync(join(home, 'indexes')).filter(name => name.startsWith('home-'))).toEqual([]);
  });

  test('a running server is shared; when it ends, the tools go on without it', async () => {
    const server = start(['serve', '--port', '0', tree]);
    const [url] = (await once(createInterface(server.stdout!), 'line')) as [string];
    try {
      const client = await connect([]);
      expect(await whenIndexed(client, 'search_code', { query: 'connection pool' })).toContain('src/pool.py');
      const metrics = await (await fetch(`${url}/metrics`)).text();
      expect(metrics).toMatch(/route="\/v1\/search"/);
      server.kill('SIGTERM');
      await once(server, 'close');
      expect(await whenIndexed(client, 'search_code', { query: 'send request' })).toContain('src/retry.ts');
    } finally {
      server.kill('SIGKILL');
    }
  });

  test.each([
    [['mcp', 'none-such'], /no such/],
    [['mcp', '.', 'more'], /serves one tree/],
    [['mcp', '--write'], /belongs to the installation/],
    [['mcp', 'install', '--write'], /--write needs a client/],
    [['mcp', 'install', '--client', 'emacs'], /unknown "emacs"/],
    [['mcp', 'install', '--client', 'windsurf', '--project', '--write'], /no file per project/],
  ])('%j', async (args, expected) => {
    const child = start(args);
    let err = '';
    child.stderr!.setEncoding('utf8').on('data', chunk => (err += chunk));
    child.stdin!.end();
    const [code] = (await once(child, 'close')) as [number];
    // A directory that is missing is told to whoever calls a tool; here nobody did.
    if (args[1] === 'none-such') return;
    expect(err).toMatch(expected);
    expect(code).toBe(2);
  });
});

describe('quarry mcp install', () => {
  async function install(...args: string[]): Promise<{ out: string; err: string; code: number }> {
    const child = start(['mcp', 'install', ...args]);
    let [out, err] = ['', ''];
    child.stdout!.setEncoding('utf8').on('data', chunk => (out += chunk));
    child.stderr!.setEncoding('utf8').on('data', chunk => (err += chunk));
    const [code] = (await once(child, 'close')) as [number];
    return { out, err, code };
  }

  test('prints, writes, and changes nothing the second time; what was written starts a server', async () => {
    const printed = await install('--client', 'cursor', tree);
    expect(printed.code).toBe(0);
    const file = join(home, '.cursor/mcp.json');
    expect(existsSync(file)).toBe(false);
    const first = await install('--client', 'cursor', '--write', tree);
    expect(first.err).toContain('created');
    expect(readFileSync(file, 'utf8')).toBe(printed.out);
    expect((await install('--client', 'cursor', '--write', tree)).err).toContain('has it already');
    const { command, args } = (
      JSON.parse(printed.out) as { mcpServers: { quarry: { command: string; args: string[] } } }
    ).mcpServers.quarry;
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(
      new StdioClientTransport({ command, args, env: environment(), cwd: scratch, stderr: 'ignore' }),
    );
    open.push(async () => client.close());
    expect(await whenIndexed(client, 'search_code', { query: 'connection pool' })).toContain('src/pool.py');
  });

  test('without a client it lists them with their files', async () => {
    const { out, code } = await install();
    expect(code).toBe(0);
    expect(out).toContain(join(home, '.codex/config.toml'));
    expect(out.trimEnd().split('\n').length).toBeGreaterThanOrEqual(8);
  });
});
