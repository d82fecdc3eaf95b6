import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { put } from '../ingest/tree.testing.ts';
import { openIndex } from '../library.ts';
import type { SearchAnswer, StatusAnswer } from '../service/api.ts';
import type { RunUpdate } from '../service/updating/updates.ts';
import { exchange, sampleFiles, startTestServer } from './server.testing.ts';

test('it listens before anything is indexed, and says how far it is', async () => {
  const gate = Promise.withResolvers<void>();
  const directory = mkdtempSync(join(tmpdir(), 'quarry-server-'));
  const root = join(directory, 'tree');
  for (const [path, text] of Object.entries(sampleFiles)) put(root, path, text);
  const index = await openIndex(root, { indexFile: join(directory, 'index.quarry'), workers: 1 });
  const update: RunUpdate = async options => {
    options.onProgress({
      phase: 'extract',
      filesTotal: 100,
      filesDone: 50,
      bytesTotal: 1000,
      bytesDone: 500,
      units: 10,
      elapsedMs: 1,
    });
    await gate.promise;
    return index.update(options);
  };
  const server = await startTestServer({ index, update, isUpdated: false, updateAtStart: true });
  try {
    expect((await server.get('/healthz')).status).toBe(200);
    const notReady = await server.get('/readyz');
    expect(notReady.status).toBe(503);
    expect(await notReady.json()).toMatchObject({ detail: 'nothing can be searched yet: indexing' });
    const early = (await (await server.get('/v1/search?q=retry')).json()) as SearchAnswer;
    expect(early.hits).toEqual([]);
    expect(early.index.state).toBe('indexing');
    expect(early.notes.join()).toMatch(/still indexing \(\d+ %\)/);
    const status = (await (await server.get('/v1/status')).json()) as StatusAnswer;
    expect(status.update).toMatchObject({ phase: 'extract', done: 50, total: 100, queued: 0 });
    expect(status.index.progress).toBeGreaterThan(0.3);
    gate.resolve();
    await expect.poll(async () => (await server.get('/readyz')).status, { timeout: 20_000 }).toBe(200);
    const found = (await (await server.get('/v1/search?q=retry')).json()) as SearchAnswer;
    expect(found.hits.length).toBeGreaterThan(0);
  } finally {
    await server.remove();
    rmSync(directory, { recursive: true, force: true });
  }
});

test('20 new generations under load: not one request fails', async () => {
  const server = await startTestServer();
  try {
    let isDone = false;
    let asked = 0;
    const failures: string[] = [];
    const generations = new Set<number>();
    const ask = async (worker: number) => {
      while (!isDone) {
        const response = await server.post('/v1/search', {
          query: `handle request ${asked++ % 30}`,
          limit: 3,
        });
        const answer = (await response.json()) as SearchAnswer;
        if (response.status !== 200 || answer.hits.length === 0)
          failures.push(`${worker}: ${response.status} ${JSON.stringify(answer)}`);
        generations.add(answer.generation);
        await sleep(2);
      }
    };
    const workers = [1, 2, 3, 4].map(ask);
    for (let i = 0; i < 20; i++) {
      writeFileSync(
        join(server.root, 'many', `handler_${i}.ts`),
        `export function handleRequest${i}() {}\n// ${i}\n`,
      );
      const response = await server.post('/v1/index?wait=true', {});
      expect(response.status).toBe(200);
      await response.text();
    }
    isDone = true;
    await Promise.all(workers);
    expect(failures).toEqual([]);
    expect(generations.size).toBeGreaterThan(10);
    expect(asked).toBeGreaterThan(100);
  } finally {
    await server.remove();
  }
});

test('a server that stops lets requests end and takes no new ones', async () => {
  const gate = Promise.withResolvers<void>();
  const update: RunUpdate = async ({ signal }) => {
    signal.addEventListener('abort', () => gate.resolve(), { once: true });
    await gate.promise;
    throw new Error('was stopped');
  };
  const server = await startTestServer({ update });
  try {
    expect((await server.post('/v1/index', {})).status).toBe(202);
    let arrived = 0;
    server.app.server.on('request', () => arrived++);
    const asked = Array.from({ length: 10 }, async (_, i) => {
      const response = await server.post('/v1/search', { query: `handle request ${i}`, highlight: true });
      return { status: response.status, text: await response.text() };
    });
    await expect.poll(() => arrived, { interval: 1 }).toBe(10);
    const stopping = server.stop();
    const answers = await Promise.all(asked);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    await stopping;
    expect(await server.ended).toEqual({ reason: undefined });
    await expect(server.get('/healthz')).rejects.toThrow();
    expect(existsSync(join(server.directory, 'index.quarry.serve.json'))).toBe(false);
  } finally {
    await server.remove();
  }
});

test('a connection that does nothing does not hold up the end', async () => {
  const server = await startTestServer({ graceMs: 300 });
  const idle = exchange(server.url, '', 60_000);
  const half = exchange(server.url, 'GET /v1/status HTTP/1.1\r\n', 60_000);
  await sleep(50);
  await server.remove();
  await Promise.allSettled([idle, half]);
});

describe('quarry serve', () => {
  const main = resolve(import.meta.dirname, '../cli/main.ts');
  let directory: string;
  let env: Record<string, string>;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'quarry-serve-'));
    mkdirSync(join(directory, 'tree'));
    for (const [path, text] of Object.entries(sampleFiles)) put(join(directory, 'tree'), path, text);
    env = {
      PATH: process.env['PATH'] ?? '',
      HOME: directory,
      XDG_CONFIG_HOME: join(directory, 'config'),
      QUARRY_INDEX_DIR: join(directory, 'indexes'),
      QUARRY_MODEL: 'none',
      QUARRY_RERANKER: 'none',
    };
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  function start(...args: string[]) {
    const child = spawn(process.execPath, [main, 'serve', ...args], { cwd: directory, env });
    const told = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      told.out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      told.err += text;
    });
    const ended = once(child, 'close') as Promise<[code: number | null, signal: string | null]>;
    return { child, told, ended };
  }
  async function run(...args: string[]) {
    const { told, ended } = start(...args);
    const [code] = await ended;
    return { code, ...told };
  }

  test('prints where it listens, indexes, follows changes, and ends with 0', async () => {
    const { child, told, ended } = start('tree', '--port', '0', '--threads', '1');
    try {
      await expect.poll(() => told.out, { timeout: 40_000 }).toMatch(/^http:\/\/127\.0\.0\.1:\d+\n$/);
      const url = told.out.trim();
      const search = async (query: string) =>
        (await (await fetch(`${url}/v1/search?q=${query}`)).json()) as SearchAnswer;
      await expect
        .poll(async () => (await search('retry+backoff')).hits[0]?.path, { timeout: 40_000 })
        .toBe('src/retry.ts');
      writeFileSync(join(directory, 'tree', 'later.ts'), 'export function addedWhileItRan() {}\n');
      await expect
        .poll(async () => (await search('added+while+it+ran')).hits[0]?.path, { timeout: 40_000 })
        .toBe('later.ts');
      const again = await run('tree', '--port', '0');
      expect(again.code).toBe(2);
      expect(again.err).toContain(`listens at ${url}`);
    } finally {
      child.kill('SIGTERM');
    }
    expect(await ended).toEqual([0, null]);
    expect(told.err).not.toMatch(/error/i);
    expect(told.out.split('\n')).toHaveLength(2);
  });

  test('tokens: made once, listed without their secret, revoked', async () => {
    const made = await run('token', 'create', '--name', 'ci', '--scope', 'read,index');
    expect(made.code).toBe(0);
    expect(made.out).toMatch(/^qry_[0-9a-f]{12}_[\w-]{43}\n$/);
    const kept = readFileSync(join(directory, 'config', 'quarry', 'tokens.json'), 'utf8');
    expect(kept).not.toContain(made.out.trim().slice(17));
    const listed = await run('token', 'list');
    expect(listed.out).toMatch(/ci\s+read,index/);
    expect((await run('token', 'create', '--name', 'ci')).err).toContain('there is a token ci already');
    expect((await run('token', 'create', '--name', 'x', '--scope', 'write')).code).toBe(2);
    expect((await run('token', 'revoke', 'nobody')).code).toBe(2);
    expect((await run('token', 'revoke', 'ci')).code).toBe(0);
    expect((await run('token', 'list')).out).toBe('');
  });

  test('what cannot be is one clear line', async () => {
    const refused = await run('tree', '--host', '0.0.0.0');
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toMatch(
      /^quarry: refusing to listen on 0\.0\.0\.0: there is no token\n.*token create/,
    );
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const busy = await run('tree', '--port', String(port));
    taken.close();
    expect(busy.code).toBe(2);
    expect(busy.err).toContain(`quarry: cannot listen on 127.0.0.1:${port}\n`);
    expect((await run('tree', '--port', 'http')).err).toContain('--port http: not a whole number');
    expect((await run('tree', '--cors', '*')).err).toContain('not an origin');
    expect((await run('nowhere')).code).toBe(2);
    expect((await run('tree', '--name', 'x')).err).toContain('quarry serve token create');
  });

  test('a ceiling that is too low ends it in an orderly way', async () => {
    const { code, err } = await run('tree', '--port', '0', '--memory', '20', '--quiet', '--no-update');
    expect(code).toBe(2);
    expect(err).toMatch(/out of memory: \d+ MB are in use, the ceiling is 20 MB \(--memory\)/);
  });
});
