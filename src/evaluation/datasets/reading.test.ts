import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { Scratch } from '../../../test/support/scratch.ts';
import type { OpenDataset } from '../dataset.ts';
import { failure } from './published.testing.ts';
import { DataReader, MalformedRow } from './reading.ts';

function reading(files: Record<string, string | Uint8Array>, options: Partial<OpenDataset> = {}) {
  const scratch = new Scratch(files);
  const skipped: string[] = [];
  const reader = new DataReader(scratch.root, 'get it from EXAMPLE', {
    onSkipped: message => skipped.push(message),
    ...options,
  });
  const all = (path: string) => Array.fromAsync(reader.rows(path, row => row.text('a')));
  return { reader, skipped, all, root: scratch.root, [Symbol.dispose]: () => scratch[Symbol.dispose]() };
}

const sha = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');

test('packed or not, every row is read and the file accounted for as it lies there', async () => {
  // Longer than a chunk of the stream, with letters of several bytes across their borders.
  const content = Array.from({ length: 5000 }, (_, i) =>
    JSON.stringify({ a: `${'ä→😀'.repeat(9)} ${i}` }),
  ).join('\r\n');
  const zipped = gzipSync(content);
  using plain = reading({ 'x.jsonl': content, 'x.jsonl.gz': zipped });
  const rows = await plain.all('x.jsonl');
  expect(rows.length).toBe(5000);
  expect(rows[4999]).toBe(`${'ä→😀'.repeat(9)} 4999`);
  expect(await plain.all('x.jsonl.gz')).toEqual(rows);
  expect(plain.reader.files).toEqual([
    { path: 'x.jsonl', bytes: Buffer.byteLength(content), sha256: sha(content), rows: 5000, skipped: 0 },
    { path: 'x.jsonl.gz', bytes: zipped.length, sha256: sha(zipped), rows: 5000, skipped: 0 },
  ]);
});

describe('rows that are left out', () => {
  const content = '{"a":"1"}\n\nnot json\n[1]\n{"b":"2"}\n{"a":"  "}\n{"a":3}\n{"a":"4"}';

  test('are reported with file and line, and counted once however often the file is read', async () => {
    using opened = reading({ 'x.jsonl': content });
    const { reader, skipped, all, root } = opened;
    expect(await all('x.jsonl')).toEqual(['1', '4']);
    expect(await all('x.jsonl')).toEqual(['1', '4']);
    expect(skipped).toEqual([
      `${root}/x.jsonl:3: not JSON`,
      `${root}/x.jsonl:4: not a JSON object`,
      `${root}/x.jsonl:5: no text in field a`,
      `${root}/x.jsonl:6: field a is empty`,
      `${root}/x.jsonl:7: no text in field a`,
    ]);
    expect(reader.files).toMatchObject([{ rows: 2, skipped: 5 }]);
  });

  test('are errors when strict', async () => {
    using opened = reading({ 'x.jsonl': content }, { strict: true });
    const { all, root } = opened;
    expect(await failure(all('x.jsonl'))).toMatchObject({
      code: 'usage',
      message: `${root}/x.jsonl:3: not JSON`,
    });
  });

  test('a failure of the parser itself is not taken for a bad row', async () => {
    using opened = reading({ 'x.jsonl': '{}' });
    const { reader } = opened;
    const rows = reader.rows('x.jsonl', () => {
      throw new TypeError('bug');
    });
    await expect(Array.fromAsync(rows)).rejects.toThrow('bug');
  });
});

test('a pass that was broken off counts for nothing', async () => {
  const content = '{"a":"1"}\nx\n{"a":"2"}\n{"a":"3"}\n';
  using opened = reading({ 'x.jsonl': content });
  const { reader, skipped, all } = opened;
  for await (const value of reader.rows('x.jsonl', row => row.text('a'))) if (value === '2') break;
  expect(reader.files).toMatchObject([{ sha256: '' }]);
  await all('x.jsonl');
  expect(reader.files).toMatchObject([{ rows: 3, skipped: 1, sha256: sha(content) }]);
  expect(skipped.length).toBe(1);
});

test('passes side by side are accounted for once', async () => {
  const content = '{"a":"1"}\n{"a":"2"}\nx\n';
  using opened = reading({ 'x.jsonl': content });
  const { reader, skipped, all } = opened;
  await Promise.all([all('x.jsonl'), all('x.jsonl')]);
  expect(reader.files).toMatchObject([{ rows: 2, skipped: 1, sha256: sha(content) }]);
  expect(skipped.length).toBe(1);
});

test('a file that is missing, damaged or no longer wanted', async () => {
  const zipped = gzipSync('{"a":"1"}\n'.repeat(1000));
  using opened = reading({ 'cut.gz': zipped.subarray(0, zipped.length - 12), 'not.gz': '{"a":"1"}' });
  const { all, root } = opened;
  expect(await failure(all('none.jsonl'))).toMatchObject({
    code: 'not-found',
    message: `missing file: ${root}/none.jsonl`,
    hint: 'get it from EXAMPLE',
  });
  for (const name of ['cut.gz', 'not.gz'])
    expect(await failure(all(name))).toMatchObject({ code: 'unreadable', hint: 'get it from EXAMPLE' });
  using stopped = reading({ 'x.jsonl': '{"a":"1"}' }, { signal: AbortSignal.abort() });
  expect(await failure(stopped.all('x.jsonl'))).toMatchObject({ code: 'aborted' });
});

test('fields of a row', async () => {
  using opened = reading({ 'x.jsonl': '{"t":"x","n":7,"l":1,"bad":2,"ids":[1,"b"],"no":[{}]}' });
  const { reader } = opened;
  const [row] = await Array.fromAsync(reader.rows('x.jsonl', found => found));
  expect([row!.text('t'), row!.id('n'), row!.id('t'), row!.number('n'), row!.label('l')]).toEqual([
    'x',
    '7',
    'x',
    7,
    1,
  ]);
  expect([row!.ids('ids'), row!.optionalText('n'), row!.optionalText('t')]).toEqual([
    ['1', 'b'],
    undefined,
    'x',
  ]);
  for (const wrong of [
    () => row!.text('n'),
    () => row!.id('ids'),
    () => row!.number('t'),
    () => row!.label('bad'),
    () => row!.ids('t'),
    () => row!.ids('no'),
  ])
    expect(wrong).toThrow(MalformedRow);
});
