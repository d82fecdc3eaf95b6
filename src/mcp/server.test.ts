import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sourceFile } from '../../test/support/code.ts';
import { Random, Scratch } from '../../test/support/scratch.ts';
import { openIndex } from '../library.ts';
import type { Service } from '../service/api.ts';
import { openService } from '../service/service.ts';
import { createMcpHandler } from './http.ts';
import { estimateTokens } from './tokens.ts';

/** The tools over streamable HTTP, by the official client, on a real index and a real server. */

const scratch = new Scratch();
let service: Service;
let server: Server;
let client: Client;
const errors: unknown[] = [];

async function connect(url: string): Promise<Client> {
  const connected = new Client({ name: 'test', version: '1' });
  await connected.connect(new StreamableHTTPClientTransport(new URL(url)) as unknown as Transport);
  return connected;
}

/** An HTTP server with nothing but the handler, as whoever mounts it would. */
async function listen(handler: ReturnType<typeof createMcpHandler>): Promise<Server> {
  const listening = createServer((request, response) => {
    handler(request, response).catch((error: unknown) => errors.push(error));
  });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return listening;
}

function urlOf(listening: Server): string {
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}/mcp`;
}

interface Answer {
  text: string;
  isError: boolean;
  data: unknown;
}

async function call(name: string, args: Record<string, unknown> = {}, by: Client = client): Promise<Answer> {
  const { content, isError, structuredContent } = await by.callTool({ name, arguments: args });
  const parts = content as Array<{ type: string; text: string }>;
  expect(parts).toHaveLength(1);
  return { text: parts[0]!.text, isError: isError === true, data: structuredContent };
}

beforeAll(async () => {
  const random = new Random(1);
  for (let i = 0; i < 40; i++) {
    const language = (['ts', 'py', 'go', 'md'] as const)[i % 4]!;
    scratch.write(`src/part${i % 3}/file${i}.${language}`, sourceFile(random, language, `marker${i}Socket`));
  }
  scratch.write(
    'src/http/retry.ts',
    [
      '/** Sends a request again until it is answered or patience ends. */',
      'export async function retryRequest(request: Request): Promise<Response> {',
      '  const delay = backoff(1);',
      '  return send(request, delay);',
      '}',
      '',
      '/** Milliseconds to wait before the next attempt. */',
      'export function backoff(attempt: number): number {',
      '  return 100 * 2 ** attempt;',
      '}',
      '',
    ].join('\n'),
  );
  scratch.write(
    'src/http/use.ts',
    "import { retryRequest } from './retry.ts';\n\nretryRequest(new Request('/'));\n",
  );
  scratch.write(
    'src/long.ts',
    Array.from(
      { length: 900 },
      (_, i) => `export function step${i}(value: number) { return value + ${i}; }`,
    ).join('\n'),
  );
  scratch.write('src/wide.md', `# Wide\n\n${'abc def '.repeat(300)}\n`);
  const index = await openIndex(scratch.root, { indexFile: scratch.indexFile(), workers: 1 });
  service = await openService({ index, version: '1.2.3' });
  await service.update();
  server = await listen(
    createMcpHandler({ service, version: '1.2.3', onError: error => errors.push(error) }),
  );
  client = await connect(urlOf(server));
});

afterAll(async () => {
  await client.close();
  server.closeAllConnections();
  server.close();
  await service.close();
  scratch[Symbol.dispose]();
  expect(errors).toEqual([]);
});

describe('what a client sees', () => {
  test('five tools that only read, with schemas; name, version and instructions', async () => {
    const { tools } = await client.listTools();
    expect(tools.map(tool => tool.name)).toEqual([
      'search_code',
      'find_symbol',
      'find_related',
      'read_code',
      'index_status',
    ]);
    for (const tool of tools) {
      expect(tool.annotations).toMatchObject({
        readOnlyHint: true,
        idempotentHint: true,
        openWorldHint: false,
      });
      expect(tool.inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(tool.description!.length).toBeLessThan(420);
    }
    expect(client.getServerVersion()).toMatchObject({ name: 'quarry', version: '1.2.3' });
    expect(estimateTokens(client.getInstructions()!)).toBeLessThan(600);
    // Everything a model reads before its first question.
    expect(estimateTokens(JSON.stringify(tools))).toBeLessThan(2600);
  });

  test('a search: place, symbol, score, doc and numbered lines that are those of the file', async () => {
    const { text, isError } = await call('search_code', { query: 'send a request again' });
    expect(isError).toBe(false);
    expect(text).toMatch(/^src\/http\/retry\.ts:2-5 {2}retryRequest \(function, typescript\) \d/m);
    expect(text).toContain('2| export async function retryRequest(request: Request): Promise<Response> {');
    expect(text).toContain('4|   return send(request, delay);');
    expect(text).not.toContain('still indexing');
  });

  test('path and languages narrow it', async () => {
    const places = async (args: Record<string, unknown>) =>
      [
        ...(
          await call('search_code', { query: 'socket', limit: 50, max_tokens: 10_000, ...args })
        ).text.matchAll(/^(src\/\S+?):\d+-/gm),
      ].map(match => match[1]!);
    const all = await places({});
    expect(all.length).toBeGreaterThan(10);
    const go = await places({ languages: ['go'] });
    expect(go.length).toBeGreaterThan(0);
    expect(go.every(path => path.endsWith('.go'))).toBe(true);
    const both = await places({ languages: 'go, python', path: 'src/part1' });
    expect(both.length).toBeGreaterThan(0);
    expect(both.every(path => /^src\/part1\/.*\.(?:go|py)$/.test(path))).toBe(true);
    const absolute = await places({ path: scratch.path('src/part2') });
    expect(absolute.length).toBeGreaterThan(0);
    expect(absolute.every(path => path.startsWith('src/part2/'))).toBe(true);
    const either = await places({ query: 'marker1Socket or marker2Socket', path: 'src/part2' });
    expect(either.every(path => path.startsWith('src/part2/'))).toBe(true);
  });

  test('nothing found says so, and what could be tried', async () => {
    const { text, isError } = await call('search_code', {
      query: '"no such text anywhere"',
      path: 'src/http',
    });
    expect(isError).toBe(false);
    expect(text).toMatch(/^nothing matches among \d+ files; you could leave path and languages out, or/);
  });

  test('words that occur nowhere are named, and when they are most of the query, the answer is no answer', async () => {
    const { text } = await call('search_code', { query: 'quantum entanglement socket' });
    expect(text).toMatch(
      /^nothing here seems to answer this; the closest:\nwords that occur nowhere here: quantum, entanglement/,
    );
  });

  test('a symbol: definitions and references', async () => {
    const { text } = await call('find_symbol', { name: 'retryRequest' });
    expect(text).toContain('1 definition of retryRequest');
    expect(text).toContain('src/http/retry.ts:2-5  retryRequest (function, typescript)');
    expect(text).toMatch(/src\/http\/use\.ts\n {2}1\| import.*\n {2}3\| retryRequest/);
    const none = await call('find_symbol', { name: 'noSuchName' });
    expect(none.text).toMatch(/^nothing is named "noSuchName"; check the spelling/);
    const definitions = await call('find_symbol', { name: 'backoff', find: 'definitions' });
    expect(definitions.text).not.toContain('reference');
  });

  test('related code', async () => {
    const { text, isError } = await call('find_related', { path: 'src/http/retry.ts', line: 3 });
    expect(isError).toBe(false);
    expect(text).toMatch(/^like src\/http\/retry\.ts:3, nearest first|^nothing in other files/);
  });

  test('lines of a file, in any way an agent writes them', async () => {
    const wanted = 'src/http/retry.ts  lines 2-4 of 10 (typescript)\n2| export async function';
    for (const args of [
      { path: 'src/http/retry.ts', lines: '2-4' },
      { path: 'src/http/retry.ts:2-4' },
      { path: './src/http/retry.ts', lines: 'L2-L4' },
      { path: scratch.path('src/http/retry.ts'), lines: '2-4' },
    ])
      expect((await call('read_code', args)).text).toMatch(
        new RegExp(`^${wanted.replace(/[.()]/g, '\\$&')}`),
      );
    const whole = await call('read_code', { path: 'src/http/retry.ts' });
    expect(whole.text.split('\n')).toHaveLength(11);
    const one = await call('read_code', { path: 'src/http/retry.ts', lines: 8 });
    expect(one.text).toContain('8| export function backoff');
  });

  test('a long file: its outline, its beginning, and how to go on until its end', async () => {
    const first = await call('read_code', { path: 'src/long.ts', max_tokens: 2000 });
    expect(first.text).toContain('outline:\n 1-1 step0 (function)');
    let text = first.text;
    const seen: number[] = [];
    for (let i = 0; i < 200; i++) {
      seen.push(...[...text.matchAll(/^(\d+)\| /gm)].map(match => Number(match[1])));
      const next = /go on with lines "(\d+-\d+)"/.exec(text)?.[1];
      if (next === undefined) break;
      ({ text } = await call('read_code', { path: 'src/long.ts', lines: next, max_tokens: 2000 }));
    }
    expect(seen).toEqual(Array.from({ length: 900 }, (_, i) => i + 1));
  });

  test('the state of the index, as text and as data, and as a resource', async () => {
    const { text, data } = await call('index_status');
    expect(text).toMatch(/^ready: 44 files, \d+ units searchable/);
    expect(data).toMatchObject({ state: 'ready', files: 44, skipped: { count: 0 } });
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual(['quarry://status']);
    const { contents } = await client.readResource({ uri: 'quarry://status' });
    expect(JSON.parse((contents[0] as { text: string }).text)).toMatchObject({ state: 'ready', files: 44 });
    await expect(client.readResource({ uri: 'file:///etc/passwd' })).rejects.toThrow(/no such resource/);
  });

  test('a file that has changed since is marked', async () => {
    const before = `export function ${'stale'}Thing(): number {\n  return 1;\n}\n`;
    scratch.write('src/stale.ts', before);
    await service.update();
    scratch.write('src/stale.ts', `// moved down\n\n${before}`);
    const { text } = await call('search_code', { query: 'staleThing' });
    expect(text).toContain('[changed since it was indexed: lines may have moved]');
    scratch.remove('src/stale.ts');
    await service.update();
  });
});

describe('budgets', () => {
  test('no answer is longer than it may be', async () => {
    const calls: Array<[string, Record<string, unknown>]> = [
      ['search_code', { query: 'socket' }],
      ['search_code', { query: 'read the header', limit: 50 }],
      ['search_code', { query: 'abc def wide', limit: 3 }],
      ['search_code', { query: 'no such thing '.repeat(200) }],
      ['find_symbol', { name: 'step1', limit: 200 }],
      ['find_symbol', { name: 'value', find: 'references', limit: 200 }],
      ['find_related', { path: 'src/http/retry.ts', line: 3, limit: 50 }],
      ['read_code', { path: 'src/long.ts' }],
      ['read_code', { path: 'src/long.ts', lines: '5-800' }],
      ['read_code', { path: 'src/wide.md' }],
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...calls),
        fc.integer({ min: 200, max: 10_000 }),
        async ([name, args], tokens) => {
          const { text, isError } = await call(name, { ...args, max_tokens: tokens });
          expect(isError).toBe(false);
          expect(estimateTokens(text)).toBeLessThanOrEqual(tokens);
          expect(text).not.toBe('');
        },
      ),
      { numRuns: 60 },
    );
  });

  test('without one, an answer has at most 4,000 tokens', async () => {
    for (const [name, args] of [
      ['search_code', { query: 'socket', limit: 50 }],
      ['read_code', { path: 'src/long.ts' }],
      ['find_symbol', { name: 'value', limit: 200 }],
    ] as const)
      expect(estimateTokens((await call(name, args)).text)).toBeLessThanOrEqual(4000);
  });

  test.each([200, 333, 1000])('cursors walk all results once, %d tokens at a time', async tokens => {
    const reference = await service.search({ query: 'socket', limit: 100 });
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let i = 0; i < 100; i++) {
      const { text, isError } = await call('search_code', {
        query: 'socket',
        limit: 7,
        max_tokens: tokens,
        ...(cursor === undefined ? {} : { cursor }),
      });
      expect(isError).toBe(false);
      seen.push(...[...text.matchAll(/^(src\/\S+?):\d+-\d+ /gm)].map(match => match[1]!));
      cursor = /cursor "([^"]+)"/.exec(text)?.[1];
      if (cursor === undefined) break;
    }
    expect(cursor).toBeUndefined();
    expect(new Set(seen).size).toBe(seen.length);
    expect([...seen].sort()).toEqual(reference.hits.map(hit => hit.path).sort());
  });
});

describe('requests that fail', () => {
  test.each<[string, Record<string, unknown>, RegExp]>([
    ['search_code', {}, /^search_code: query is missing; query: what the code does/],
    ['search_code', { query: 'x', limt: 3 }, /has no argument "limt"; did you mean limit\?/],
    ['search_code', { query: 'x', limit: 0 }, /^search_code: limit/],
    ['search_code', { query: 'x', max_tokens: 50 }, /^search_code: max_tokens/],
    ['search_code', { query: 'x', max_tokens: 'many' }, /^search_code: max_tokens/],
    ['search_code', { query: '   ' }, /empty/],
    ['search_code', { query: 'x', languages: ['no such language'] }, /not a language/],
    ['search_code', { query: 'x', languages: ['golangg'] }, /golangg/],
    ['search_code', { query: 'langg:go x' }, /column 1.*lang/],
    ['search_code', { query: 'langg:go x', path: 'src' }, /column 1:.*lang/],
    ['search_code', { query: 'x', cursor: 'nonsense' }, /^not a cursor: "nonsense"; leave cursor out/],
    ['search_code', { query: 'x', path: '../..' }, /leads out of what is indexed/],
    ['search_code', { query: 'x', path: '/etc' }, /not inside what is indexed/],
    ['read_code', { path: '../../etc/passwd' }, /leads out/],
    ['read_code', { path: '/etc/passwd' }, /not inside/],
    ['read_code', { path: 'file:///etc/passwd' }, /not inside/],
    ['read_code', { path: '..%2f..%2fetc%2fpasswd' }, /no file/],
    ['read_code', { path: 'src/http/\u0000' }, /no file/],
    ['read_code', { path: 'src/http' }, /no file/],
    ['read_code', { path: 'src/none.ts' }, /no file/],
    ['read_code', { path: 'src/http/retry.ts', lines: '90-100' }, /10 lines/],
    ['read_code', { path: 'src/http/retry.ts', lines: '5-2' }, /no such lines/],
    ['find_related', { path: 'src/none.ts', line: 1 }, /not indexed/],
    ['find_related', { path: 'src/http/retry.ts', line: 99 }, /lines 1 to 10/],
    ['find_symbol', { name: '' }, /^find_symbol: name/],
    ['index_status', { verbose: true }, /no argument "verbose"/],
    ['search', {}, /there is no tool "search"; did you mean search_code/],
  ])('%s %j', async (name, args, expected) => {
    const { text, isError } = await call(name, args);
    expect(isError).toBe(true);
    expect(text).toMatch(expected);
    expect(text).not.toContain('\n');
    expect(estimateTokens(text)).toBeLessThanOrEqual(200);
  });

  test('a link that leads out of the tree is not followed', async () => {
    const { symlinkSync } = await import('node:fs');
    scratch.write('src/linked.ts', 'export const secret = 1;\n');
    await service.update();
    scratch.remove('src/linked.ts');
    symlinkSync('/etc/passwd', scratch.path('src/linked.ts'));
    const { text } = await call('read_code', { path: 'src/linked.ts' });
    expect(text).not.toContain('root:');
    scratch.remove('src/linked.ts');
    await service.update();
  });

  test('methods but POST are refused', async () => {
    for (const method of ['GET', 'DELETE', 'PUT']) {
      const response = await fetch(urlOf(server), { method, headers: { accept: 'text/event-stream' } });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('POST');
    }
    const response = await fetch(urlOf(server), {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: '{"broken',
    });
    expect(response.status).toBe(400);
  });
});

describe('several at a time', () => {
  test('two clients, many calls', async () => {
    const other = await connect(urlOf(server));
    const answers = await Promise.all(
      Array.from({ length: 24 }, async (_, i) =>
        call('search_code', { query: `marker${i}Socket`, limit: 1 }, i % 2 === 0 ? client : other),
      ),
    );
    for (const [i, { text }] of answers.entries()) expect(text).toContain(`marker${i}Socket`);
    await other.close();
  });

  test('a call that is given up ends for its client, and the next one is answered', async () => {
    const stop = new AbortController();
    const given = client.callTool({ name: 'search_code', arguments: { query: 'socket' } }, undefined, {
      signal: stop.signal,
    });
    stop.abort('enough');
    await expect(given).rejects.toThrow();
    expect((await call('search_code', { query: 'socket', limit: 1 })).isError).toBe(false);
  });
});

describe('an index that is not there yet', () => {
  /** A service whose only update waits until it is let go. */
  async function cold(): Promise<{ service: Service; go: () => void; tree: Scratch }> {
    const tree = new Scratch({
      'a.ts': 'export function firstThing() {}\n',
      'b.ts': 'export const b = 1;\n',
    });
    const index = await openIndex(tree.root, { indexFile: tree.indexFile(), workers: 1 });
    const { promise, resolve } = Promise.withResolvers<void>();
    const opened = await openService({
      index,
      version: '1',
      update: async options => {
        options.onProgress({
          phase: 'extract',
          filesTotal: 2,
          filesDone: 0,
          bytesTotal: 10,
          bytesDone: 0,
          units: 0,
          elapsedMs: 1,
        });
        await promise;
        return index.update(options);
      },
    });
    return { service: opened, go: resolve, tree };
  }

  test('is said to be indexing when patience ends, with progress meanwhile, and answers once it is there', async () => {
    const { service: filling, go, tree } = await cold();
    const handler = createMcpHandler({
      service: filling,
      version: '1',
      onError: error => errors.push(error),
      refreshMs: 60_000,
      patienceMs: 700,
    });
    const listening = await listen(handler);
    const one = await connect(urlOf(listening));
    const progress: string[] = [];
    const early = (await one.callTool(
      { name: 'search_code', arguments: { query: 'first thing' } },
      undefined,
      {
        onprogress: ({ message }) => progress.push(message ?? ''),
      },
    )) as unknown as { content: Array<{ text: string }> };
    expect(early.content[0]!.text).toBe(
      'still indexing (extract: 0 of 2 files); nothing is searchable yet: ask again in some seconds',
    );
    expect(progress[0]).toBe('indexing: extract, 0 of 2');
    const symbol = await call('find_symbol', { name: 'firstThing' }, one);
    expect(symbol.text).toMatch(/^still indexing/);
    expect((await call('index_status', {}, one)).text).toMatch(/^indexing: 0 files/);
    go();
    await filling.update();
    expect((await call('search_code', { query: 'first thing' }, one)).text).toContain('a.ts:1-1  firstThing');
    await one.close();
    listening.closeAllConnections();
    listening.close();
    await filling.close();
    tree[Symbol.dispose]();
  });

  test('a call that waits for it can be given up', async () => {
    const { service: filling, go, tree } = await cold();
    const listening = await listen(
      createMcpHandler({
        service: filling,
        version: '1',
        onError: () => undefined,
        refreshMs: 1,
        patienceMs: 60_000,
      }),
    );
    const one = await connect(urlOf(listening));
    const stop = new AbortController();
    const waiting = one.callTool({ name: 'search_code', arguments: { query: 'x' } }, undefined, {
      signal: stop.signal,
    });
    setTimeout(() => stop.abort('enough'), 50);
    await expect(waiting).rejects.toThrow();
    go();
    await one.close();
    listening.closeAllConnections();
    listening.close();
    await filling.close();
    tree[Symbol.dispose]();
  });

  test('a tree without code says so', async () => {
    using empty = new Scratch();
    const index = await openIndex(empty.root, { indexFile: empty.indexFile(), workers: 1 });
    const opened = await openService({ index, version: '1' });
    const listening = await listen(
      createMcpHandler({ service: opened, version: '1', onError: () => undefined, refreshMs: 60_000 }),
    );
    const one = await connect(urlOf(listening));
    const { text } = await call('search_code', { query: 'anything' }, one);
    expect(text).toMatch(/holds no file/);
    await one.close();
    listening.closeAllConnections();
    listening.close();
    await opened.close();
  });
});
