// An index on disk and the searcher in memory give the same hits: both run one pipeline.

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goldenTree, questionsFile } from '../../../test/support/golden.ts';
import type { Scratch } from '../../../test/support/scratch.ts';
import type { Encoder } from '../../core/encoder.ts';
import type { SearchFilter, SearchOptions, SearchResult } from '../../core/search.ts';
import { openIndex } from '../../library.ts';
import { openEncoder } from '../../models/open.ts';
import type { CodeIndex } from '../code-index.ts';
import { type MemorySearcher, memorySearcher } from './memory-searcher.ts';

const model = join(import.meta.dirname, '../../../models/static');
const questions = readFileSync(questionsFile, 'utf8')
  .trim()
  .split('\n')
  .map(line => (JSON.parse(line) as { query: string }).query);

let tree: Scratch;
let index: CodeIndex;
let memory: MemorySearcher;
let encoder: Encoder;

beforeAll(async () => {
  tree = goldenTree();
  index = await openIndex(tree.root, { indexFile: tree.indexFile(), workers: 1, model });
  await index.update();
  const documents = readdirSync(tree.root, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => {
      const file = join(entry.parentPath, entry.name);
      const path = relative(tree.root, file).split(sep).join('/');
      return { path, text: readFileSync(file, 'utf8'), role: index.file(path)!.role };
    });
  encoder = await openEncoder(model);
  memory = await memorySearcher(documents, { encoder });
});
afterAll(async () => {
  index.close();
  await encoder.close();
  tree[Symbol.dispose]();
});

/**
 * The part of a result that does not tell which index and which moment it is of. Documents lie in an index in the order in which
 * they were read, and so their similarities are summed in another one: the last digits may differ.
 */
function comparable(result: SearchResult): unknown {
  const { hits, total, confidence, unknownWords, ignoredWords, dense, notes } = result;
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(10)) : value;
  return JSON.parse(
    JSON.stringify({ hits, total, confidence, unknownWords, ignoredWords, dense, notes }, rounded),
  );
}

async function expectEqual(query: string, options: SearchOptions): Promise<SearchResult> {
  const found = await index.search(query, options);
  expect(comparable(await memory.search(query, options)), query).toEqual(comparable(found));
  return found;
}

describe.each(['lexical', 'dense', 'hybrid'] as const)('%s search', mode => {
  test('gives equal hits, scores and signals for every golden question', async () => {
    let hits = 0;
    for (const query of questions) {
      const found = await expectEqual(query, { mode, syntax: 'words', limit: 20, perFile: 3 });
      hits += found.hits.length;
      expect(found.dense.used).toBe(mode !== 'lexical');
    }
    expect(hits).toBeGreaterThan(questions.length);
  });

  test.each<SearchFilter>([
    { languages: ['go', 'python'] },
    { kinds: ['method', 'class'] },
    { paths: ['web', '*.py'], notPaths: ['web/spec'] },
    { roles: ['test', 'docs'] },
  ])('gives equal hits within %j', async filter => {
    let hits = 0;
    for (const query of questions) {
      const found = await expectEqual(query, { mode, syntax: 'words', filter });
      hits += found.hits.length;
    }
    expect(hits).toBeGreaterThan(0);
  });
});

test.each([
  'lang:go evict',
  '"router"',
  '/rout(er|e)s?\\b/ match a path',
  'sym:Router',
  'kind:method -is:test close',
  'retry -attempt',
])('operators work alike: %s', async query => {
  const found = await expectEqual(query, { syntax: 'operators' });
  expect(found.hits.length).toBeGreaterThan(0);
});
