import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scratch } from '../../../test/support/scratch.ts';
import type { RerankCandidate, Reranker } from '../../core/reranker.ts';
import { openReranker } from './open.ts';
import { pairText } from './pair-text.ts';
import { writeTinyReranker } from './tiny.testing.ts';

const candidate = (code: string, rest: Partial<RerankCandidate> = {}): RerankCandidate => ({
  name: '',
  doc: '',
  code,
  language: 'python',
  path: '',
  ...rest,
});
const header = candidate('def parse_header(request): return request.header.split()', {
  name: 'parse_header',
});
const retry = candidate('def retry_connection(delay): connect(); wait(delay * 2)', {
  name: 'retry_connection',
});

describe.each(['fp32', 'int8'] as const)('%s', precision => {
  const scratch = new Scratch();
  const directory = scratch.path('model');
  let reranker: Reranker;
  beforeAll(async () => {
    await writeTinyReranker(directory, precision);
    reranker = await openReranker(directory);
  });
  afterAll(async () => {
    await reranker.close();
    scratch[Symbol.dispose]();
  });

  test('what has the words of the query scores higher, wherever it stands in the list', async () => {
    const [a, b] = await reranker.score('parse the header of a request', [header, retry]);
    expect(a).toBeGreaterThan(b!);
    const [c, d] = await reranker.score('parse the header of a request', [retry, header]);
    expect([c, d].map(x => x!.toFixed(precision === 'fp32' ? 3 : 0))).toEqual(
      [b, a].map(x => x!.toFixed(precision === 'fp32' ? 3 : 0)),
    );
  });

  test('a score depends on the pair alone, not on how many are scored with it', async () => {
    const many = Array.from({ length: 23 }, (_, i) =>
      i % 2 === 0 ? header : candidate('x '.repeat(i), { name: `f${i}` }),
    );
    const scores = await reranker.score('read a file', many);
    const [alone] = await reranker.score('read a file', [header]);
    for (let i = 0; i < many.length; i += 2)
      expect(Math.abs(scores[i]! - alone!)).toBeLessThan(precision === 'fp32' ? 1e-3 : 0.5);
  });

  test('nothing to read: a query without tokens, a unit without, no units', async () => {
    expect([...(await reranker.score('', [header, retry]))]).toEqual([0, 0]);
    expect([...(await reranker.score('read', []))]).toEqual([]);
    const [empty] = await reranker.score('read a file', [candidate('')]);
    expect(Number.isFinite(empty)).toBe(true);
  });

  test('of a long unit the signature and the head of the body are read', async () => {
    const head = 'def read_file(path): return open(path).read() ';
    const scores = await reranker.score('read a file', [
      candidate(head + 'a b c d e f '.repeat(40)),
      candidate(head + 'a b c d e f '.repeat(40) + 'retry connection header '.repeat(40)),
      candidate('a b c d e f '.repeat(40) + head),
    ]);
    expect(scores[0]).toBeCloseTo(scores[1]!, 3);
    expect(scores[2]).not.toBeCloseTo(scores[0]!, 3);
  });

  test('relevance grows with the score and is a probability', () => {
    const values = [-20, -1, 0, 1, 20].map(score => reranker.relevanceOf(score));
    expect(values).toEqual(values.toSorted((a, b) => a - b));
    expect(Math.min(...values)).toBeGreaterThan(0);
    expect(Math.max(...values)).toBeLessThan(1);
  });

  test('a signal that has fired stops it', async () => {
    await expect(reranker.score('read', [header], AbortSignal.abort())).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});

test('without match features it is another network that can be exported as well', async () => {
  using scratch = new Scratch();
  const directory = scratch.path('model');
  await writeTinyReranker(directory, 'int8', { matching: 0, width: 32 });
  const reranker = await openReranker(directory);
  const scores = await reranker.score('read a file', [header, retry]);
  expect(scores.every(Number.isFinite)).toBe(true);
  await reranker.close();
});

test('damaged folders are refused with what is wrong', async () => {
  using scratch = new Scratch();
  const directory = scratch.path('model');
  await expect(openReranker(directory)).rejects.toMatchObject({ code: 'not-found' });
  await writeTinyReranker(directory);
  const config = join(directory, 'config.json');
  const text = readFileSync(config, 'utf8');
  const changes: Array<[string, string]> = [
    [text.replace('"temperature": 0.07', '"temperature": 0.08'), 'corrupt'],
    [text.replace('quarry-reranker-1', 'quarry-reranker-9'), 'format'],
    [text.replace('"vocabulary"', '"vocabular"'), 'corrupt'],
    ['{', 'corrupt'],
  ];
  for (const [changed, code] of changes) {
    writeFileSync(config, changed);
    await expect(openReranker(directory)).rejects.toMatchObject({ code });
  }
  writeFileSync(config, text);
  writeFileSync(join(directory, 'model.onnx'), 'x');
  await expect(openReranker(directory)).rejects.toMatchObject({ code: 'corrupt' });
  rmSync(join(directory, 'model.onnx'));
  await expect(openReranker(directory)).rejects.toMatchObject({ code: 'not-found' });
});

test('the file and the folders above it stand before the name', () => {
  expect(pairText({ ...header, path: 'a/b/src/http/header.test.ts' }).name).toBe(
    'src http header.test parse_header',
  );
  expect(pairText({ ...header, path: 'header.py' }).name).toBe('header parse_header');
  expect(pairText({ ...header, path: '' }).name).toBe('parse_header');
});
