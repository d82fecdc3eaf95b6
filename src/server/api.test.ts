import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FileAnswer, SearchAnswer, StatusAnswer, SymbolAnswer } from '../service/api.ts';
import { startTestServer, type TestServer } from './server.testing.ts';

let server: TestServer;
const read = async <T>(response: Response): Promise<T> => (await response.json()) as T;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => server.remove());

describe('search', () => {
  test('POST answers with hits, snippets and marks', async () => {
    const response = await server.post('/v1/search', { query: 'retry backoff', limit: 2, explain: true });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const answer = await read<SearchAnswer>(response);
    const [hit] = answer.hits;
    expect(hit).toMatchObject({
      path: 'src/retry.ts',
      symbol: 'retryWithBackoff',
      kind: 'function',
      firstLine: 2,
      doc: 'Calls again with exponential backoff.',
      stale: false,
      language: 'typescript',
    });
    expect(hit!.signals!.length).toBeGreaterThan(0);
    const { line, start, end } = hit!.snippet.marks[0]!;
    expect(hit!.snippet.lines[line - hit!.snippet.firstLine]!.slice(start, end)).toBe('backoff');
    expect(answer.index).toMatchObject({ state: 'ready', files: 35 });
    expect(answer.confidence).toBe('high');
  });

  test('GET answers the same', async () => {
    const posted = await read<SearchAnswer>(await server.post('/v1/search', { query: 'retry backoff' }));
    const got = await read<SearchAnswer>(await server.get('/v1/search?q=retry%20backoff'));
    expect({ ...got, tookMs: 0 }).toEqual({ ...posted, tookMs: 0 });
  });

  test('highlighting gives every line its tokens, with the words marked', async () => {
    const response = await server.get('/v1/search?q=retry+backoff&limit=1&highlight=true');
    const { hits } = await read<SearchAnswer>(response);
    const { lines, tokens } = hits[0]!.snippet;
    expect(tokens!.map(line => line.map(token => token.text).join(''))).toEqual(lines);
    const all = tokens!.flat();
    expect(all.filter(token => token.marked).map(token => token.text)).toContain('retry');
    expect(all.some(token => /^#[0-9A-F]{6}$/i.test(token.light ?? '') && token.light !== token.dark)).toBe(
      true,
    );
  });

  test('a stream is hits and then a summary', async () => {
    for (const response of [
      await server.get('/v1/search?q=handle+request&limit=3&stream=1'),
      await server.post(
        '/v1/search',
        { query: 'handle request', limit: 3 },
        { accept: 'application/x-ndjson' },
      ),
      await server.post('/v1/search?stream=true', { query: 'handle request', limit: 3 }),
    ]) {
      expect(response.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
      const lines = (await response.text())
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line) as object);
      expect(lines.map(line => Object.keys(line)[0])).toEqual(['hit', 'hit', 'hit', 'summary']);
      expect(lines[3]).toMatchObject({
        summary: { query: 'handle request', generation: expect.any(Number) },
      });
    }
  });

  test('pages show every file once', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const answer: SearchAnswer = await read(
        await server.post('/v1/search', { query: 'handle request', limit: 7, ...(cursor ? { cursor } : {}) }),
      );
      seen.push(...answer.hits.map(hit => hit.path));
      cursor = answer.cursor;
      pages++;
    } while (cursor !== undefined && pages < 20);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter(path => path.startsWith('many/'))).toHaveLength(30);
  });

  test('a cursor belongs to its query, and to its generation', async () => {
    const { cursor } = await read<SearchAnswer>(
      await server.post('/v1/search', { query: 'handle request', limit: 7 }),
    );
    const other = await server.post('/v1/search', { query: 'retry', limit: 7, cursor });
    expect(other.status).toBe(400);
    expect(await other.json()).toMatchObject({ detail: expect.stringContaining('another query') });
    const damaged = await server.post('/v1/search', { query: 'handle request', limit: 7, cursor: 'x' });
    expect(damaged.status).toBe(400);
    writeFileSync(join(server.root, 'many', 'handler_0.ts'), 'export function handleRequestAnew() {}\n');
    expect((await server.post('/v1/index?wait=true', {})).status).toBe(200);
    const old = await server.post('/v1/search', { query: 'handle request', limit: 7, cursor });
    expect(await old.json()).toMatchObject({ detail: expect.stringContaining('has changed') });
  });

  test('a query that finds nothing is answered', async () => {
    const answer = await read<SearchAnswer>(await server.get('/v1/search?q=xylophonist'));
    expect(answer).toMatchObject({ hits: [], confidence: 'none', unknownWords: ['xylophonist'] });
    expect(answer.cursor).toBeUndefined();
  });

  test('a file that has changed is stale, and an answer that was kept is not given again', async () => {
    const ask = async () => read<SearchAnswer>(await server.get('/v1/search?q=connection+pool&limit=1'));
    expect((await ask()).hits[0]).toMatchObject({ path: 'src/pool.py', stale: false });
    writeFileSync(join(server.root, 'src', 'pool.py'), '# moved\nclass ConnectionPool:\n    pass\n');
    expect((await ask()).hits[0]).toMatchObject({ path: 'src/pool.py', stale: true });
    await server.post('/v1/index?wait=true', {});
    expect((await ask()).hits[0]).toMatchObject({ path: 'src/pool.py', stale: false, firstLine: 2 });
  });
});

test('symbols and related code', async () => {
  const symbols = await read<SymbolAnswer>(await server.get('/v1/symbols?name=RetryQueue&find=both'));
  expect(symbols.definitions[0]).toMatchObject({ path: 'src/retry.ts', symbol: 'RetryQueue', kind: 'class' });
  const response = await server.post('/v1/related', { path: 'many/handler_3.ts', line: 2, limit: 3 });
  expect(response.status).toBe(200);
  const related = await read<SearchAnswer>(response);
  expect(related.hits.length).toBeGreaterThan(0);
  expect(related.hits.map(hit => hit.path)).not.toContain('many/handler_3.ts');
  const missing = await server.post('/v1/related', { path: 'nowhere.ts', line: 1 });
  expect(missing.status).toBe(404);
});

describe('files', () => {
  test('a file with its outline', async () => {
    const file = await read<FileAnswer>(await server.get('/v1/files/src/retry.ts'));
    expect(file).toMatchObject({
      path: 'src/retry.ts',
      firstLine: 1,
      lastLine: 12,
      totalLines: 12,
      stale: false,
    });
    expect(file.outline).toEqual([
      {
        symbol: 'retryWithBackoff',
        name: 'retryWithBackoff',
        kind: 'function',
        firstLine: 2,
        lastLine: 6,
        depth: 0,
      },
      { symbol: 'RetryQueue', name: 'RetryQueue', kind: 'class', firstLine: 8, lastLine: 12, depth: 0 },
      {
        symbol: 'RetryQueue.schedule',
        name: 'schedule',
        kind: 'method',
        firstLine: 9,
        lastLine: 11,
        depth: 1,
      },
    ]);
  });

  test('a part of it, coloured', async () => {
    const file = await read<FileAnswer>(await server.get('/v1/files/src/retry.ts?lines=3-5&highlight=1'));
    expect(file.lines).toHaveLength(3);
    expect(file.tokens!.map(line => line.map(token => token.text).join(''))).toEqual(file.lines);
    const one = await read<FileAnswer>(await server.get('/v1/files/src/retry.ts?lines=12'));
    expect(one).toMatchObject({ lines: ['}'], firstLine: 12, lastLine: 12 });
  });

  test('lines that it does not have', async () => {
    expect((await server.get('/v1/files/src/retry.ts?lines=99-100')).status).toBe(400);
    expect((await server.get('/v1/files/src/retry.ts?lines=5-3')).status).toBe(400);
    expect((await server.get('/v1/files/src/retry.ts?lines=x')).status).toBe(400);
    expect(await read<FileAnswer>(await server.get('/v1/files/src/retry.ts?lines=10-9999999'))).toMatchObject(
      {
        lastLine: 12,
      },
    );
  });

  test('names with blanks, percent signs, letters beyond ASCII and angle brackets', async () => {
    for (const name of ['src/ünï cödé %2e.js', 'src/<img src=x onerror=alert(1)>.js']) {
      const response = await server.get(`/v1/files/${name.split('/').map(encodeURIComponent).join('/')}`);
      expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(await read<FileAnswer>(response)).toMatchObject({ path: name, language: 'javascript' });
    }
  });
});

describe('index', () => {
  test('status', async () => {
    const status = await read<StatusAnswer>(await server.get('/v1/status'));
    expect(status).toMatchObject({
      version: '0.0.0',
      index: { state: 'ready', files: 35 },
      repositories: [{ name: 'tree', files: 35 }],
      skipped: { count: 0 },
    });
    expect(status.languages.map(row => row.language)).toContain('python');
  });

  test('an update is accepted, or waited for', async () => {
    const accepted = await server.get('/v1/index', { method: 'POST' });
    expect(accepted.status).toBe(202);
    writeFileSync(join(server.root, 'fresh.ts'), 'export function freshlyAdded() {}\n');
    const waited = await server.post('/v1/index', { wait: true });
    expect(waited.status).toBe(200);
    expect(await waited.json()).toMatchObject({ state: 'ready', files: 36 });
    const found = await read<SearchAnswer>(await server.get('/v1/search?q=freshly+added'));
    expect(found.hits[0]!.path).toBe('fresh.ts');
  });

  test('health, readiness and metrics', async () => {
    expect(await (await server.get('/healthz')).json()).toMatchObject({ status: 'ok' });
    expect(await (await server.get('/readyz')).json()).toMatchObject({ status: 'ready' });
    const metrics = await (await server.get('/metrics')).text();
    for (const name of [
      'quarry_http_request_duration_seconds_bucket{le="0.01",method="POST",route="/v1/search",status="200"}',
      'quarry_stage_duration_seconds_count{stage="search"}',
      'quarry_stage_duration_seconds_count{stage="snippets"}',
      'quarry_search_cache_total{result="hit"}',
      'quarry_queue_waiting 0',
      'quarry_index_generation',
      'quarry_index_age_seconds',
      'quarry_update_duration_seconds_count{outcome="done"}',
      'nodejs_eventloop_lag_p99_seconds',
      'process_resident_memory_bytes',
    ])
      expect(metrics).toContain(name);
  });
});

describe('the page', () => {
  test('a line that says what to do where it is not built', async () => {
    const response = await server.get('/');
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('npm run build');
  });

  test('its files, compressed, under a strict policy', async () => {
    const other = await startTestServer({ files: {}, isUpdated: false });
    await other.stop();
    mkdirSync(join(other.directory, 'page', 'assets'), { recursive: true });
    writeFileSync(join(other.directory, 'page', 'index.html'), '<!doctype html><title>x</title>');
    writeFileSync(join(other.directory, 'page', 'assets', 'a-1.js'), 'export {};\n'.repeat(100));
    const again = await startTestServer({ files: {}, isUpdated: false, page: join(other.directory, 'page') });
    try {
      const page = await again.get('/');
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
      expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
      const script = await again.get('/assets/a-1.js', { headers: { 'accept-encoding': 'br' } });
      expect(script.headers.get('content-encoding')).toBe('br');
      expect(script.headers.get('cache-control')).toContain('immutable');
      expect(await script.text()).toContain('export {}');
      expect((await again.get('/assets/..%2findex.html')).status).toBe(404);
      expect((await again.get('/assets/other.js')).status).toBe(404);
    } finally {
      await again.remove();
      await other.remove();
    }
  });
});

test('the log has one line for each request, without what was asked for', async () => {
  await server.get('/v1/search?q=secretWordOfTheUser', { headers: { 'x-request-id': 'my-id-1' } });
  const line = server.log.find(one => one.includes('"my-id-1"'))!;
  expect(JSON.parse(line)).toMatchObject({
    requestId: 'my-id-1',
    method: 'GET',
    route: '/v1/search',
    status: 200,
    ms: expect.any(Number),
  });
  expect(server.log.join('')).not.toContain('secretWordOfTheUser');
});
