import { once } from 'node:events';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exchange, sampleFiles, startTestServer, type TestServer } from './server.testing.ts';

/* What a server meets from people who do not mean well: each is answered with a clear 4xx, and nothing leaks. */

const secret = 'THE-SECRET-OUTSIDE-OF-THE-TREE';
let server: TestServer;
let host: string;

beforeAll(async () => {
  server = await startTestServer({
    files: { ...sampleFiles, 'src/linked.ts': 'export function becomesALink() {}\n' },
    patience: { headerMs: 500, requestMs: 800, checkMs: 100 },
  });
  host = new URL(server.url).host;
  writeFileSync(join(server.directory, 'secret.ts'), `export const x = '${secret}';\n`);
});
afterAll(async () => server.remove());

/** A request as bytes, so that no client puts it in order. */
const raw = async (path: string, method = 'GET', headers = '', body = '') =>
  exchange(
    server.url,
    `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${headers}\r\n${body}`,
  );
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);

async function expectProblem(response: Response, status: number, detail?: string | RegExp): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  const found = (await response.json()) as Record<string, unknown>;
  expect(found).toMatchObject({
    type: expect.stringMatching(/^urn:quarry:problem:[a-z-]+$/),
    title: expect.any(String),
    status,
    detail: expect.any(String),
    requestId: response.headers.get('x-request-id'),
  });
  expect(found['detail']).not.toContain('\n');
  if (detail !== undefined) expect(found['detail']).toMatch(detail);
}

describe('paths', () => {
  test.each([
    ['up', '/v1/files/../secret.ts'],
    ['up, twice', '/v1/files/../../secret.ts'],
    ['up from below', '/v1/files/src/../../secret.ts'],
    ['encoded dots', '/v1/files/%2e%2e/secret.ts'],
    ['encoded separator', '/v1/files/..%2fsecret.ts'],
    ['both encoded', '/v1/files/%2e%2e%2fsecret.ts'],
    ['encoded twice', '/v1/files/%252e%252e%252fsecret.ts'],
    ['backslashes', '/v1/files/..\\secret.ts'],
    ['encoded backslashes', '/v1/files/..%5csecret.ts'],
    ['overlong UTF-8', '/v1/files/%c0%ae%c0%ae/secret.ts'],
    ['NUL', '/v1/files/src/retry.ts%00.txt'],
    ['absolute', '/v1/files//etc/passwd'],
    ['absolute, encoded', '/v1/files/%2fetc%2fpasswd'],
    ['file address', '/v1/files/file:%2f%2f%2fetc%2fpasswd'],
    ['a folder', '/v1/files/src'],
    ['nothing', '/v1/files/'],
    ['not indexed', '/v1/files/.git/config'],
    ['broken escape', '/v1/files/%zz'],
    ['very long', `/v1/files/${'a/'.repeat(2500)}`],
    ['the page', '/assets/../../secret.ts'],
    ['the page, encoded', '/assets/..%2f..%2fsecret.ts'],
    ['an address as a path', 'http://other.example/v1/files/../secret.ts'],
  ])('%s', async (_, path) => {
    const answer = await raw(path);
    expect(statusOf(answer)).toBeGreaterThanOrEqual(400);
    expect(statusOf(answer)).toBeLessThan(500);
    expect(answer).not.toContain(secret);
    expect(answer).not.toContain('root:');
    expect(answer).not.toContain(server.directory);
  });

  test('a file that became a link to the outside', async () => {
    const place = join(server.root, 'src', 'linked.ts');
    rmSync(place);
    symlinkSync(join(server.directory, 'secret.ts'), place);
    await expectProblem(await server.get('/v1/files/src/linked.ts'), 410);
    const found = await server.get('/v1/search?q=becomes+a+link');
    expect(await found.text()).not.toContain(secret);
    symlinkSync(server.directory, join(server.root, 'out'));
    expect((await server.get('/v1/files/out/secret.ts')).status).toBe(404);
    await server.post('/v1/index?wait=true', {});
    expect((await server.get('/v1/files/out/secret.ts')).status).toBe(404);
    expect(await (await server.get(`/v1/search?q=${secret}`)).text()).not.toContain('secret.ts');
  });
});

describe('bodies', () => {
  test.each([
    ['no JSON', '{"query": "retry"', 400, /JSON/],
    ['text', 'retry', 400, /JSON/],
    ['nothing', '', 400, /body must be object/],
    ['a list', '[]', 400, /body must be object/],
    ['a number for the query', '{"query": 5}', 400, /query must be string/],
    ['a text for the limit', '{"query": "x", "limit": "10"}', 400, /limit must be integer/],
    ['no query', '{}', 400, /required property 'query'/],
    ['an empty query', '{"query": ""}', 400, /query must NOT have fewer than 1/],
    ['blanks', '{"query": "   "}', 400, /empty/],
    ['a limit of 0', '{"query": "x", "limit": 0}', 400, /limit must be >= 1/],
    ['a limit too high', '{"query": "x", "limit": 101}', 400, /limit must be <= 100/],
    ['an unknown field', '{"query": "x", "limt": 5}', 400, /unknown field "limt"/],
    ['an unknown mode', '{"query": "x", "mode": "magic"}', 400, /lexical, dense, hybrid/],
    ['a prototype', '{"query": "x", "__proto__": {"a": 1}}', 400, /./],
    ['a constructor', '{"query": "x", "constructor": {"prototype": {}}}', 400, /./],
    ['a query of 10,000 characters', JSON.stringify({ query: 'word '.repeat(2000) }), 400, /8192/],
    [
      'deep nesting',
      `{"query": "x", "cursor": ${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
      400,
      /cursor must be string/,
    ],
    ['a deep query', JSON.stringify({ query: `${'('.repeat(4000)}x${')'.repeat(4000)}` }), 400, /./],
  ])('%s', async (_, body, status, detail) => {
    await expectProblem(await server.post('/v1/search', body), status, detail);
  });

  test('more than 64 kB', async () => {
    await expectProblem(await server.post('/v1/search', { query: 'x', cursor: 'y'.repeat(70_000) }), 413);
  });

  test('more than 64 kB in pieces, without a length', async () => {
    const pieces = `${`1000\r\n${'x'.repeat(4096)}\r\n`.repeat(20)}0\r\n\r\n`;
    const answer = await raw(
      '/v1/search',
      'POST',
      'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n',
      pieces,
    );
    expect(statusOf(answer)).toBe(413);
  });

  test('a length and pieces at once: request smuggling', async () => {
    const answer = await raw(
      '/v1/search',
      'POST',
      'Content-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n',
      '0\r\n\r\nGET /v1/status HTTP/1.1\r\n\r\n',
    );
    expect(statusOf(answer)).toBe(400);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
  ])('as %s', async type => {
    await expectProblem(await server.post('/v1/search', '{"query":"x"}', { 'content-type': type }), 415);
  });

  test('bytes that are not UTF-8', async () => {
    const body = Buffer.concat([
      Buffer.from('{"query":"'),
      Buffer.from([0xff, 0xfe, 0xc0]),
      Buffer.from('"}'),
    ]);
    const response = await server.get('/v1/search', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    await expectProblem(response, 400, /UTF-8/);
  });

  test('compressed', async () => {
    const response = await server.post('/v1/search', '{"query":"x"}', { 'content-encoding': 'gzip' });
    expect(response.status).toBeLessThan(500);
  });
});

describe('parameters', () => {
  test.each([
    ['unknown', '/v1/search?q=x&foo=1', /unknown parameter "foo"/],
    ['missing', '/v1/search', /'q'/],
    ['twice', '/v1/search?q=x&q=y', /q must be string/],
    ['no number', '/v1/search?q=x&limit=ten', /limit must be integer/],
    ['a number too large', '/v1/search?q=x&limit=99999999999999999999', /limit must be/],
    ['negative', '/v1/search?q=x&limit=-1', /limit must be/],
    ['no boolean', '/v1/search?q=x&explain=maybe', /explain must be boolean/],
    ['a list', '/v1/search?q=x&q[]=y', /unknown parameter/],
    ['a name too long', `/v1/symbols?name=${'a'.repeat(600)}`, /name must NOT have more than 512/],
    ['not UTF-8', '/v1/search?q=%ff%fe&limit=x', /limit/],
  ])('%s', async (_, path, detail) => {
    await expectProblem(await server.get(path), 400, detail);
  });
});

describe('queries', () => {
  test.each([
    ['nested repetition', '/(a+)+$/'],
    ['nested repetition of anything', '/(.*)*x/'],
    ['alternatives', '/(a|aa)+$/'],
    ['script', '<script>alert(1)</script>'],
    ['SQL', "'; DROP TABLE pages; --"],
    ['format', '%s%n%x {{7*7}} <%= 7*7 %>'],
    ['control characters', 'a\u0000b\u001b[2Jc\r\nd'],
    ['one surrogate', 'a\ud800b'],
    ['right to left', '\u202eretry'],
    ['many words', 'word '.repeat(1000)],
    ['many quotes', '"'.repeat(1001)],
    ['one word', 'a'.repeat(8000)],
  ])('%s', async (_, query) => {
    const response = await server.post('/v1/search', { query });
    expect(response.status).toBeLessThan(500);
    expect(response.headers.get('content-type')).toMatch(/json/);
    await response.json();
  });

  test('an error in a query names its column', async () => {
    const response = await server.post('/v1/search', { query: 'retry lang:klingon' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      type: 'urn:quarry:problem:bad-query',
      column: expect.any(Number),
    });
  });

  test('names and snippets with script in them are data', async () => {
    const response = await server.post('/v1/search', { query: 'script in name' });
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-security-policy')).toBe(
      "default-src 'none'; frame-ancestors 'none'",
    );
    const { hits } = (await response.json()) as {
      hits: Array<{ path: string; snippet: { lines: string[] } }>;
    };
    expect(hits[0]!.path).toBe('src/<img src=x onerror=alert(1)>.js');
    expect(hits[0]!.snippet.lines.join('\n')).toContain('<script>alert(1)</script>');
  });
});

describe('methods and addresses', () => {
  test.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'])('%s', async method => {
    const answer = await raw('/v1/search', method);
    expect(statusOf(answer)).toBe(405);
    expect(answer).toMatch(/^allow: GET, HEAD, POST\r$/im);
  });

  test('methods that there are not, CONNECT, other protocols', async () => {
    expect(statusOf(await raw('/v1/search', 'BREW'))).toBe(400);
    expect(await exchange(server.url, 'CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n')).not.toMatch(
      / 200 /,
    );
    expect(await exchange(server.url, '\u0016\u0003\u0001\u0002\u0000\u0001\u0000')).toMatch(
      /^HTTP\/1\.1 400 |^$/,
    );
    expect(statusOf(await exchange(server.url, 'SSH-2.0-x\r\n\r\n'))).toBe(400);
  });

  test('nothing is there', async () => {
    await expectProblem(await server.get('/v2/search'), 404);
    await expectProblem(await server.get('/.env'), 404);
    await expectProblem(await server.get('/v1/index'), 405);
  });
});

describe('headers', () => {
  test.each([
    ['another host', 'evil.example', 421],
    ['another host that looks alike', 'localhost.evil.example', 421],
    ['a host with a user', 'localhost@evil.example', 421],
    ['a numeric host', '2130706433', 421],
    ['none', '', 421],
  ])('%s: DNS rebinding', async (_, name, status) => {
    const answer = await exchange(
      server.url,
      `GET /v1/status HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`,
    );
    expect(statusOf(answer)).toBe(status);
    expect(answer).not.toContain(server.directory);
  });

  test('the names of loopback', async () => {
    const { port } = new URL(server.url);
    for (const name of ['localhost', '127.0.0.1', '[::1]', 'LOCALHOST']) {
      const answer = await exchange(
        server.url,
        `GET /v1/status HTTP/1.1\r\nHost: ${name}:${port}\r\nConnection: close\r\n\r\n`,
      );
      expect(statusOf(answer)).toBe(200);
    }
  });

  test('two hosts, no host', async () => {
    expect(statusOf(await raw('/v1/status', 'GET', 'Host: evil.example\r\n'))).toBe(400);
    expect(statusOf(await exchange(server.url, 'GET /v1/status HTTP/1.1\r\nConnection: close\r\n\r\n'))).toBe(
      400,
    );
  });

  test('pages from elsewhere', async () => {
    for (const origin of ['https://evil.example', 'null', 'http://localhost:1']) {
      const response = await server.get('/v1/search?q=retry', { headers: { origin } });
      await expectProblem(response, 403, /other origins/);
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
    }
    const answer = await raw('/v1/index', 'POST', 'Sec-Fetch-Site: cross-site\r\nContent-Length: 0\r\n');
    expect(statusOf(answer)).toBe(403);
    expect((await server.get('/v1/search?q=retry', { headers: { origin: server.url } })).status).toBe(200);
  });

  test('line ends in a request id and in a path do not become headers', async () => {
    const answer = await raw('/v1/status', 'GET', 'X-Request-Id: a%0d%0aSet-Cookie: b\r\n');
    expect(answer).not.toMatch(/^set-cookie/im);
    expect(answer).toMatch(/^x-request-id: [0-9a-f-]{36}\r$/im);
    const injected = await raw('/v1/files/x%0d%0aSet-Cookie:%20a=b');
    expect(injected).not.toMatch(/^set-cookie/im);
    expect(statusOf(await raw('/v1/status', 'GET', 'X-Bad: a\u0000b\r\n'))).toBe(400);
    expect(statusOf(await raw('/v1/status', 'GET', 'X-Request-Id: a\r b\r\n'))).toBe(400);
  });

  test('a header of 100 kB, and of 3,000 lines', async () => {
    expect(statusOf(await raw('/v1/status', 'GET', `X-Long: ${'a'.repeat(100_000)}\r\n`))).toBe(431);
    expect(statusOf(await raw('/v1/status', 'GET', 'X-A: b\r\n'.repeat(8000)))).toBe(431);
  });
});

describe('slow clients', () => {
  test('a header that never ends', async () => {
    const { port } = new URL(server.url);
    const socket = connect(Number(port), '127.0.0.1');
    let answer = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.write(`GET /v1/status HTTP/1.1\r\nHost: ${host}\r\n`);
    const drip = setInterval(() => socket.writable && socket.write('X-A: b\r\n'), 100);
    socket.on('error', () => undefined);
    await once(socket, 'close');
    clearInterval(drip);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('a body that never comes', async () => {
    const answer = await raw(
      '/v1/search',
      'POST',
      'Content-Type: application/json\r\nContent-Length: 100\r\n',
      '{"qu',
    );
    expect(statusOf(answer)).toBe(408);
  });

  test('many of them do not keep others from being answered', async () => {
    const { port } = new URL(server.url);
    const sockets = Array.from({ length: 100 }, () => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write('GET / HTTP/1.1\r\n');
      return socket;
    });
    expect((await server.get('/v1/search?q=retry')).status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });

  test('a client that leaves stops nothing but its own request', async () => {
    for (let i = 0; i < 20; i++) {
      const stop = new AbortController();
      const asked = server.get(`/v1/search?q=handle+request+${i}&highlight=true`, { signal: stop.signal });
      await sleep(i % 5);
      stop.abort();
      await asked.catch(() => undefined);
    }
    expect((await server.get('/v1/search?q=retry')).status).toBe(200);
    await expect.poll(() => server.service.load).toEqual({ running: 0, waiting: 0 });
  });
});

test('after all this it still answers, and its log has no error', async () => {
  expect((await server.get('/healthz')).status).toBe(200);
  expect(server.log.filter(line => (JSON.parse(line) as { level: number }).level >= 50)).toEqual([]);
});
