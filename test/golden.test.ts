import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CodeIndex, openIndex } from '../src/index.ts';
import { evaluateGolden, goldenTree, questionsFile, ranksFile } from './support/golden.ts';
import type { Scratch } from './support/scratch.ts';

/**
 * Ranks on a pinned code base: a change of the ranking shows as a diff of `golden/ranks.txt`, with the measures it
 * moved. To accept it, run `npm run golden` and look at the diff; a measure that fell needs `-- --accept "why"`.
 */
const rows = readFileSync(questionsFile, 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as { query: string; relevant: string[]; unit?: string });

/** So many of the questions must have the very unit that is meant first. */
const unitsFirst = 18;

let tree: Scratch;
let index: CodeIndex;

beforeAll(async () => {
  tree = goldenTree();
  index = await openIndex(tree.root, { indexFile: tree.indexFile(), workers: 1, model: false });
  await index.update();
});
afterAll(() => {
  index.close();
  tree[Symbol.dispose]();
});

test('the fixture is what it says', async () => {
  const status = await index.status();
  expect(status.files).toBe(39);
  expect(status.languages.length).toBeGreaterThanOrEqual(14);
  expect(status.skipped).toEqual([]);
  expect(status.roles).toMatchObject({ test: 3, vendored: 1, docs: 3 });
  expect(rows).toHaveLength(40);
});

test('ranks are the pinned ones, and no measure fell', async () => {
  const pinned = readFileSync(ranksFile, 'utf8');
  const copy = join(tree.directory, 'ranks.txt');
  tree.write('../ranks.txt', pinned);
  let said = '';
  const stream = { write: (text: string) => (said += text) };
  const exitCode = await evaluateGolden(copy, [], { stdout: stream, stderr: stream });
  expect(exitCode, said).toBe(0);
  expect(readFileSync(copy, 'utf8'), 'if this is meant: npm run golden').toBe(pinned);
});

test('a measure that falls fails, and is accepted with a reason only', async () => {
  // As if the ranking had been better before.
  const better = readFileSync(ranksFile, 'utf8').replace(/^(measures lexical: mrr )\S+,/m, '$11.0000,');
  const copy = join(tree.directory, 'better.txt');
  tree.write('../better.txt', better);
  let said = '';
  const stream = { write: (text: string) => (said += text) };
  const streams = { stdout: stream, stderr: stream };
  expect(await evaluateGolden(copy, [], streams)).toBe(1);
  expect(said).toMatch(/1 measures? fell: lexical mrr 1\.0000 -> /);
  expect(readFileSync(copy, 'utf8')).toBe(better);
  expect(await evaluateGolden(copy, ['--accept', 'a fairer fixture'], streams)).toBe(0);
  expect(readFileSync(copy, 'utf8')).toMatch(
    /^history\n {2}\S+ lexical mrr 1\.0000 -> .*: a fairer fixture$/m,
  );
});

test('the intended unit often comes first', async () => {
  let units = 0;
  for (const { query, unit } of rows) {
    const first = (await index.search(query, { limit: 1 })).hits[0];
    if (unit !== undefined && first?.qualifiedName === unit) units++;
  }
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
