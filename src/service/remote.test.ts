import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../server/server.testing.ts';
import type { SearchAnswer, Service } from './api.ts';
import { RemoteService } from './remote.ts';
import { runningServer } from './running-server.ts';

let server: TestServer;
let remote: RemoteService;
let local: Service;

beforeAll(async () => {
  server = await startTestServer();
  remote = new RemoteService({ url: `${server.url}/` });
  local = server.service;
});
afterAll(async () => server.remove());

const untimed = (answer: SearchAnswer) => ({ ...answer, tookMs: 0 });

test('answers are those of the service itself', async () => {
  const request = { query: 'handle request', limit: 7, explain: true };
  const [mine, theirs] = [await remote.search(request), await local.search(request)];
  expect(untimed(mine)).toEqual(untimed(theirs));
  expect(mine.cursor).toBeDefined();
  const next = { ...request, cursor: mine.cursor! };
  expect(untimed(await remote.search(next))).toEqual(untimed(await local.search(next)));
  const place = { path: 'many/handler_1.ts', line: 2, limit: 3 };
  expect(untimed(await remote.related(place))).toEqual(untimed(await local.related(place)));
  const symbol = { name: 'retryWithBackoff', find: 'both' } as const;
  expect({ ...(await remote.symbols(symbol)), tookMs: 0 }).toEqual({
    ...(await local.symbols(symbol)),
    tookMs: 0,
  });
  const { index, repositories } = await remote.status();
  expect({ index, repositories }).toEqual({
    index: (await local.status()).index,
    repositories: (await local.status()).repositories,
  });
  expect((await remote.update()).state).toBe('ready');
  expect((await remote.update({ wait: false })).files).toBe(index.files);
});

test('files, whatever their names, and any of their lines', async () => {
  for (const path of ['src/retry.ts', 'src/ünï cödé %2e.js', 'src/<img src=x onerror=alert(1)>.js'])
    expect(await remote.file({ path })).toEqual(await local.file({ path }));
  for (const lines of [{ firstLine: 2, lastLine: 3 }, { firstLine: 4 }, { lastLine: 2 }])
    expect(await remote.file({ path: 'src/retry.ts', ...lines })).toEqual(
      await local.file({ path: 'src/retry.ts', ...lines }),
    );
});

test('errors keep their code, message and hint', async () => {
  await expect(remote.search({ query: '' })).rejects.toMatchObject({ name: 'QuarryError', code: 'usage' });
  await expect(remote.search({ query: 'lang:klingon x' })).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('column'),
  });
  for (const path of ['none.ts', '../../etc/passwd', 'src/../src/retry.ts', '..', 'src//retry.ts'])
    await expect(remote.file({ path })).rejects.toMatchObject({ code: 'not-found' });
});

test('a call can be given up', async () => {
  await expect(remote.search({ query: 'x' }, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
  expect(remote.isGone).toBe(false);
});

test('something that is no Quarry, and nothing at all', async () => {
  const other = createServer((_, response) => response.end('<html>')).listen(0, '127.0.0.1');
  await new Promise(resolve => other.once('listening', resolve));
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  await expect(new RemoteService({ url }).status()).rejects.toMatchObject({ code: 'unreadable' });
  await new Promise(resolve => other.close(resolve));
  const gone = new RemoteService({ url });
  await expect(gone.status()).rejects.toMatchObject({ code: 'busy' });
  expect(gone.isGone).toBe(true);
});

test('the server of an index is found by the file beside it, if it is that server', async () => {
  const indexFile = `${server.directory}/index.quarry`;
  const found = await runningServer(indexFile, undefined);
  expect(found?.url).toBe(server.url);
  expect(await runningServer(`${server.directory}/none.quarry`, undefined)).toBeUndefined();
  const state = `${server.directory}/other.quarry.serve.json`;
  for (const content of [
    'broken',
    JSON.stringify({ instance: 'of another one', pid: process.pid, host: hostname(), url: server.url }),
    JSON.stringify({ instance: 'x', pid: 1, host: 'elsewhere', url: server.url }),
    JSON.stringify({ instance: 'x', pid: 1, host: hostname() }),
  ]) {
    writeFileSync(state, content);
    expect(await runningServer(`${server.directory}/other.quarry`, undefined)).toBeUndefined();
  }
});

test('a server that wants a token is used with one', async () => {
  const { TokenStore } = await import('../server/tokens.ts');
  const tokens = new TokenStore(`${server.directory}/own-tokens.json`);
  const { token } = tokens.create('agent', ['read']);
  const guarded = await startTestServer({ tokens, needsToken: true });
  try {
    const indexFile = `${guarded.directory}/index.quarry`;
    expect(await runningServer(indexFile, undefined)).toBeUndefined();
    const found = await runningServer(indexFile, token);
    expect((await found!.search({ query: 'retry' })).hits.length).toBeGreaterThan(0);
    await expect(found!.update()).rejects.toMatchObject({ code: 'usage' });
  } finally {
    await guarded.remove();
  }
});
