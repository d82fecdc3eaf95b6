import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CodeIndex, openIndex } from '../src/index.ts';
import { Scratch } from './support/scratch.ts';

/**
 * Ranks on a pinned code base: a change of the ranking shows as a diff of `golden/ranks.txt`. To accept it, run the
 * test with UPDATE_GOLDEN=1 and look at the diff. The code lies in text files, sections headed `-- path --`.
 */
const ranksFile = join(import.meta.dirname, 'golden/ranks.txt');

/** Questions, and where the answer is: `path` or `path name`. */
const intended: ReadonlyArray<readonly [question: string, answer: string]> = [
  ['match a request path against registered routes', 'web/src/router.ts'],
  ['Router', 'web/src/router.ts Router'],
  ['splitPath', 'web/src/router.ts splitPath'],
  ['run middlewares in order around a handler', 'web/src/middleware.ts compose'],
  ['limit the number of requests per client', 'web/src/middleware.ts rateLimit'],
  ['cross origin resource sharing', 'web/src/middleware.ts cors'],
  ['turn an exception into a response', 'web/src/errors.ts toResponse'],
  ['parse the request body as json', 'web/src/context.ts Context.json'],
  ['read a cookie of the request', 'web/src/context.ts Context.cookie'],
  ['verify the signature of a session cookie', 'web/src/session.js verifyCookie'],
  ['keep users logged in', 'web/src/session.js sessions'],
  ['serve static files with etag', 'web/src/static_files.js serveStatic'],
  ['guess the content type of a file', 'web/src/static_files.js contentType'],
  ['escape html', 'web/src/template.js escapeHtml'],
  ['compile a template', 'web/src/template.js compileTemplate'],
  ['follow http redirects', 'client/httpclient/session.py'],
  ['exponential backoff with jitter', 'client/httpclient/retry.py RetryPolicy'],
  ['should a request be retried', 'client/httpclient/retry.py RetryPolicy.should_retry'],
  ['reuse idle connections', 'client/httpclient/pool.py ConnectionPool'],
  ['refresh an expired access token', 'client/httpclient/auth.py'],
  ['BasicAuth', 'client/httpclient/auth.py BasicAuth'],
  ['guess the delimiter of a csv file', 'tools/csv_report.py sniff_delimiter'],
  ['evict the least recently used entry', 'cache/lru.go'],
  ['write a file atomically with a rename', 'cache/disk.go'],
  ['count cache hits and misses', 'cache/lru.go'],
  ['rank documents with bm25', 'search/src/lib.rs InvertedIndex.rank'],
  ['split text into lower case words', 'search/src/tokenizer.rs tokenize'],
  ['parse a boolean query with and or not', 'search/src/query.rs'],
  ['base64 decode', 'native/base64.c base64_decode'],
  ['lock free queue for one producer and one consumer', 'native/ring_buffer.hpp'],
  ['create an invoice for an order', 'billing/src/main/java/org/example/billing/InvoiceService.java'],
  [
    'find overdue invoices',
    'billing/src/main/java/org/example/billing/InvoiceService.java InvoiceService.findOverdue',
  ],
  ['send payment reminders', 'billing/src/main/kotlin/org/example/billing/Reminder.kt'],
  ['retry a failed background job later', 'jobs/lib/job_queue.rb'],
  ['next time a cron expression matches', 'jobs/lib/cron.rb'],
  ['apply a voucher code to the shopping cart', 'shop/src/Cart.php'],
  ['roll back when the new release is not healthy', 'deploy/release.sh'],
  ['reflect a ball at a wall', 'game/collision.lua'],
  ['rotate a vector by an angle', 'game/vector.lua'],
  ['which environment variables are needed', 'docs/deployment.md'],
];

/** So many of the questions must have their answer's file first, and so many the very unit. */
const filesFirst = 36;
const unitsFirst = 18;

const scratch = new Scratch();
let index: CodeIndex;

beforeAll(async () => {
  const folder = join(import.meta.dirname, 'fixtures/golden');
  for (const name of readdirSync(folder)) {
    const [, ...parts] = readFileSync(join(folder, name), 'utf8').split(/^-- (\S+) --\n/m);
    for (let i = 0; i < parts.length; i += 2) scratch.write(parts[i]!, parts[i + 1]!);
  }
  index = await openIndex(scratch.root, { indexFile: scratch.indexFile(), workers: 1 });
  await index.update();
});
afterAll(() => {
  index.close();
  scratch[Symbol.dispose]();
});

test('the fixture is what it says', async () => {
  const status = await index.status();
  expect(status.files).toBe(39);
  expect(status.languages.length).toBeGreaterThanOrEqual(14);
  expect(status.skipped).toEqual([]);
  expect(status.roles).toMatchObject({ test: 3, vendored: 1, docs: 3 });
});

test('ranks are the pinned ones', async () => {
  const blocks: string[] = [];
  for (const [question] of intended) {
    const { hits } = await index.search(question, { limit: 5 });
    const lines = hits.map(
      hit =>
        `  ${hit.path}:${hit.firstLine}-${hit.lastLine} ${hit.qualifiedName || '-'} ${hit.score.toFixed(3)}`,
    );
    blocks.push(`${question}\n${lines.join('\n')}\n`);
  }
  const ranks = blocks.join('\n');
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(ranksFile, ranks);
  else expect(ranks, 'if this is meant: UPDATE_GOLDEN=1').toBe(readFileSync(ranksFile, 'utf8'));
});

test('the intended file, and often the intended unit, comes first', async () => {
  const wrongFiles: string[] = [];
  let units = 0;
  for (const [question, answer] of intended) {
    const [path, name] = answer.split(' ');
    const first = (await index.search(question, { limit: 1 })).hits[0];
    if (first?.path !== path) wrongFiles.push(`${question}: ${first?.path}`);
    else if (name !== undefined && first?.qualifiedName === name) units++;
  }
  expect(intended).toHaveLength(40);
  expect(wrongFiles.length, wrongFiles.join('\n')).toBeLessThanOrEqual(intended.length - filesFirst);
  expect(units).toBeGreaterThanOrEqual(unitsFirst);
});

test('the role of a file keeps it behind what it is about', async () => {
  for (const [question, source, other] of [
    ['evicts the oldest', 'cache/lru.go', 'cache/lru_test.go'],
    ['router matches parameters', 'web/src/router.ts', 'web/spec/router_spec.js'],
    ['delay before the next attempt', 'client/httpclient/retry.py', 'client/tests/test_retry.py'],
  ] as const) {
    const paths = (await index.search(question)).hits.map(hit => hit.path);
    expect(paths.indexOf(source), question).toBeGreaterThanOrEqual(0);
    expect(paths.indexOf(source), question).toBeLessThan(paths.indexOf(other));
  }
});
