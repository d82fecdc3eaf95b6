import { chmodSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openIndex } from '../library.ts';
import type { RunUpdate } from '../service/updating/updates.ts';
import { startTestServer, type TestServer } from './server.testing.ts';
import { type Scope, TokenStore } from './tokens.ts';

async function serving(
  options: Parameters<typeof startTestServer>[0],
  work: (server: TestServer) => Promise<void>,
): Promise<void> {
  const server = await startTestServer(options);
  try {
    await work(server);
  } finally {
    await server.remove();
  }
}

/** A server with tokens of all scopes. */
async function withTokens(
  work: (server: TestServer, tokens: Record<Scope, string>) => Promise<void>,
): Promise<void> {
  const server = await startTestServer();
  await server.stop();
  const tokens = new TokenStore(join(server.directory, 'tokens.json'));
  const made = {
    read: tokens.create('reader', ['read']).token,
    index: tokens.create('indexer', ['index']).token,
    admin: tokens.create('boss', ['admin']).token,
  };
  const again = await startTestServer({ tokens, needsToken: true });
  try {
    await work(again, made);
  } finally {
    await again.remove();
    await server.remove();
  }
}

describe('tokens', () => {
  test('what needs which scope', async () =>
    withTokens(async (server, tokens) => {
      const ask = async (path: string, token: string | undefined, method = 'GET') =>
        (await server.get(path, { method, headers: token ? { authorization: `Bearer ${token}` } : {} }))
          .status;
      for (const [path, method, scope] of [
        ['/v1/search?q=retry', 'GET', 'read'],
        ['/v1/status', 'GET', 'read'],
        ['/v1/files/src/retry.ts', 'GET', 'read'],
        ['/v1/symbols?name=x', 'GET', 'read'],
        ['/v1/index', 'POST', 'index'],
        ['/metrics', 'GET', 'admin'],
      ] as const) {
        expect(await ask(path, undefined, method)).toBe(401);
        expect(await ask(path, `${tokens[scope]}x`, method)).toBe(401);
        expect(await ask(path, tokens[scope], method)).toBeLessThan(300);
        expect(await ask(path, tokens.admin, method)).toBeLessThan(300);
        const other = scope === 'read' ? tokens.index : tokens.read;
        expect(await ask(path, other, method)).toBe(403);
      }
      for (const path of ['/healthz', '/readyz', '/openapi.json'])
        expect(await ask(path, undefined)).toBe(200);
    }));

  test('bad ones', async () =>
    withTokens(async (server, tokens) => {
      const [, id] = tokens.read.split('_') as [string, string];
      for (const authorization of [
        'Bearer',
        'Bearer ',
        'Basic dXNlcjpwYXNz',
        `Bearer ${tokens.read} ${tokens.read}`,
        `Bearer qry_${id}_${'A'.repeat(43)}`,
        `Bearer qry_000000000000_${'A'.repeat(43)}`,
        `Bearer ${'x'.repeat(5000)}`,
        `bearer ${tokens.read.toUpperCase()}`,
      ]) {
        const response = await server.get('/v1/status', { headers: { authorization } });
        expect(response.status).toBe(401);
        expect(response.headers.get('www-authenticate')).toMatch(/^Bearer error=/);
        expect(await response.text()).not.toContain(tokens.read);
      }
      expect(server.log.join('')).not.toContain(tokens.read.slice(17));
    }));

  test('a token that was revoked does not work any more', async () =>
    withTokens(async (server, tokens) => {
      const ask = async () =>
        (await server.get('/v1/status', { headers: { authorization: `Bearer ${tokens.read}` } })).status;
      expect(await ask()).toBe(200);
      new TokenStore(server.tokens.file).revoke('reader');
      await expect.poll(ask, { timeout: 5000 }).toBe(401);
    }));

  test('the file has no secret in it, and is nobody else’s to read', async () =>
    withTokens(async (server, tokens) => {
      const { file } = server.tokens;
      expect(statSync(file).mode & 0o777).toBe(0o600);
      for (const token of Object.values(tokens))
        expect(readFileSync(file, 'utf8')).not.toContain(token.slice(17));
      chmodSync(file, 0o644);
      expect(() => new TokenStore(file).list()).toThrow(/can be read by others/);
    }));

  test('without any, a server listens on loopback only', async () => {
    await expect(startTestServer({ host: '0.0.0.0' })).rejects.toThrow(/refusing to listen on 0\.0\.0\.0/);
    await expect(startTestServer({ needsToken: true })).rejects.toThrow(/there is no token/);
  });
});

test('origins on the list may call', async () =>
  serving({ origins: ['https://code.example'] }, async server => {
    const origin = 'https://code.example';
    const response = await server.get('/v1/search?q=retry', { headers: { origin } });
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    expect(response.headers.get('vary')).toContain('Origin');
    const preflight = await server.get('/v1/search', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
    const other = await server.get('/v1/search?q=retry', { headers: { origin: 'https://evil.example' } });
    expect(other.status).toBe(403);
  }));

test('more requests in a minute than allowed', async () =>
  serving({ ratePerMinute: 5 }, async server => {
    const statuses: number[] = [];
    for (let i = 0; i < 8; i++) statuses.push((await server.get('/v1/search?q=retry')).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
    const refused = await server.get('/v1/search?q=retry');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ type: 'urn:quarry:problem:too-many', status: 429 });
    expect((await server.get('/healthz')).status).toBe(200);
  }));

test('more requests at a time than one client may have', async () =>
  serving({ perClient: 3 }, async server => {
    const asked = Array.from({ length: 40 }, async (_, i) =>
      server.post('/v1/search', { query: `handle request ${i}`, highlight: true }),
    );
    const answers = await Promise.all(asked);
    await Promise.all(answers.map(async response => response.text()));
    expect(new Set(answers.map(response => response.status))).toEqual(new Set([200, 429]));
    expect((await server.get('/v1/search?q=retry')).status).toBe(200);
  }));

test('more requests than can wait', async () =>
  serving({ waiting: 4 }, async server => {
    const asked = Array.from({ length: 60 }, async (_, i) =>
      server.post('/v1/search', { query: `handle request ${i}`, highlight: true }),
    );
    const answers = await Promise.all(asked);
    const statuses = answers.map(response => response.status);
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    const bodies = await Promise.all(answers.map(async response => response.json()));
    const busy = answers.findIndex(response => response.status === 503);
    expect(answers[busy]!.headers.get('retry-after')).toBe('1');
    expect(bodies[busy]).toMatchObject({ type: 'urn:quarry:problem:busy', hint: expect.any(String) });
    await expect.poll(() => server.service.load).toEqual({ running: 0, waiting: 0 });
  }));

test('a deadline ends the request, not the work of others', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const update: RunUpdate = async () => {
    await promise;
    throw new Error('not reached in this test');
  };
  await serving({ deadlineMs: 200, update }, async server => {
    const response = await server.post('/v1/index?wait=true', {});
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ detail: 'not done within 200 ms' });
    expect((await server.get('/v1/search?q=retry')).status).toBe(200);
    const status = (await (await server.get('/v1/status')).json()) as { update: object };
    expect(status.update).toMatchObject({ queued: 0 });
    resolve();
  });
});

test('a server that is above its memory refuses new work, and ends if that does not help', async () => {
  const server = await startTestServer({ memory: 1 << 20, memoryEveryMs: 100 });
  try {
    const refused = await server.get('/v1/search?q=retry');
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({
      detail: expect.stringMatching(/^out of memory: \d+ of 1 MB/),
    });
    expect((await server.get('/readyz')).status).toBe(503);
    expect((await server.get('/healthz')).status).toBe(200);
    const { reason } = await server.ended;
    expect(reason).toMatch(/^out of memory: \d+ MB are in use, the ceiling is 1 MB/);
  } finally {
    await server.remove();
  }
});

test('requests that their client gives up make room for others', async () =>
  serving({ perClient: 4 }, async server => {
    for (let i = 0; i < 12; i++) {
      const stop = new AbortController();
      const asked = server.get('/v1/search?q=retry', { signal: stop.signal }).catch(() => undefined);
      setTimeout(() => stop.abort(), i % 4);
      await asked;
    }
    await expect.poll(async () => (await server.get('/v1/search?q=retry')).status).toBe(200);
    const open = /^quarry_http_requests_in_flight (\d+)$/m;
    await expect
      .poll(async () => open.exec(await (await server.get('/metrics')).text())?.[1], { timeout: 10_000 })
      // The one that asks.
      .toBe('1');
  }));

test('a port that is in use is one clear line', async () =>
  serving({}, async server => {
    const port = Number(new URL(server.url).port);
    await expect(startTestServer({ port })).rejects.toMatchObject({
      code: 'usage',
      message: `cannot listen on 127.0.0.1:${port}`,
      hint: expect.stringContaining('another --port'),
    });
  }));

test('a second server of one index is told where the first is', async () =>
  serving({}, async server => {
    const indexFile = join(server.directory, 'index.quarry');
    const again = await openIndex(server.root, { indexFile });
    await expect(startTestServer({ index: again, isUpdated: false })).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringContaining(server.url),
    });
    await server.stop();
    const third = await startTestServer({
      index: await openIndex(server.root, { indexFile }),
      isUpdated: false,
    });
    await third.remove();
  }));
