import { afterAll, expect, test } from 'vitest';
import { Scratch } from '../../test/support/scratch.ts';
import type { Encoder } from '../core/encoder.ts';
import type { Collection } from '../evaluation/dataset.ts';
import { collectionOf, idsOf, rankWith } from '../evaluation/systems/collection.testing.ts';
import { createSystem } from '../evaluation/systems/registry.ts';
import { newSeen, testEncoder } from './dense.testing.ts';
import { denseKind } from './dense.ts';

const scratch = new Scratch({ 'runs/a/model.json': '{}', 'runs/b/model.json': '{ }' });
afterAll(() => scratch[Symbol.dispose]());
const model = scratch.path('runs/a');

const python = (text: string) => ({ text, language: 'python' });
const codes = {
  open: python('def open_file(path):\n    """Opens a file.\n\n    More."""\n    return path.open()\n'),
  close: python('def close_file(handle):\n    handle.close()\n'),
  mail: python(
    'import smtp\n\ndef helper():\n  pass\n\ndef send_mail(to):\n  # send\n  return smtp.send(to)\n',
  ),
};

test('snippets: name and docstring of the main unit are told apart from the code', async () => {
  const seen = newSeen();
  const kind = denseKind(async () => testEncoder(seen));
  const items = await rankWith(kind, collectionOf(codes), 'close file', { model });
  expect(idsOf(items)[0]).toBe('close');
  expect(items).toHaveLength(3);
  expect(items[0]!.lines).toBeUndefined();
  expect(seen.units).toEqual([
    {
      name: 'open_file',
      doc: 'Opens a file.\n\nMore.',
      code: 'def open_file(path):\n    \n    return path.open()\n',
      language: 'python',
    },
    { name: 'close_file', doc: '', code: codes.close.text, language: 'python' },
    { name: 'send_mail', doc: '', code: codes.mail.text, language: 'python' },
  ]);
  expect(seen.closed).toBe(1);
});

test('the name the data give counts, indented methods parse, text without units is kept whole', async () => {
  const seen = newSeen();
  const kind = denseKind(async () => testEncoder(seen));
  const method = '    def run(self):\n        """Runs it."""\n        return self.x\n';
  const collection = collectionOf({
    a: { text: method, language: 'python', name: 'Job.run' },
    b: { text: 'select name from users', language: 'sql' },
    c: 'no language at all',
  });
  await rankWith(kind, collection, 'run', { model });
  expect(seen.units[0]).toMatchObject({ name: 'Job.run', doc: 'Runs it.' });
  expect(seen.units[0]!.code).toContain('return self.x');
  expect(seen.units.slice(1).map(({ name, doc, code }) => [name, doc, code])).toEqual([
    ['', '', 'select name from users'],
    ['', '', 'no language at all'],
  ]);
});

test('whole: the bare text', async () => {
  const seen = newSeen();
  const kind = denseKind(async () => testEncoder(seen));
  await rankWith(kind, collectionOf({ open: codes.open }), 'open', { model, unit: 'whole' });
  expect(seen.units).toEqual([{ name: '', doc: '', code: codes.open.text, language: 'python' }]);
});

test('files: the best unit of each with its lines', async () => {
  const collection: Collection = collectionOf(
    {
      'io.py': { text: `${codes.open.text}\n\n${codes.close.text}`, path: 'io.py' },
      'mail.py': { text: codes.mail.text, path: 'mail.py' },
    },
    { root: scratch.root },
  );
  const items = await rankWith(
    denseKind(async () => testEncoder()),
    collection,
    'close file',
    { model },
  );
  expect(idsOf(items)).toEqual(['io.py', 'mail.py']);
  expect(items[0]!.lines).toEqual([8, 9]);
});

test('exact cosine; int8 rows come close to it and take a quarter of the space', async () => {
  const kind = denseKind(async () => testEncoder());
  const make = (precision: string) =>
    kind.create({ ...kind.defaults, model, precision }).prepare(collectionOf(codes));
  const [exact, small] = [await make('fp32'), await make('int8')];
  const encoder = testEncoder();
  const query = await encoder.encodeQueries(['open a path']);
  const row = await encoder.encodeUnits([
    { name: 'close_file', doc: '', code: codes.close.text, language: '' },
  ]);
  const cosine = row.reduce((sum, value, i) => sum + value * query[i]!, 0);
  expect(await exact.similarity!('open a path', 'close')).toBeCloseTo(cosine, 6);
  expect(await small.similarity!('open a path', 'close')).toBeCloseTo(cosine, 2);
  expect(exact.indexBytes).toBe(3 * 32 * 4);
  expect(small.indexBytes).toBe(3 * (32 + 4));
});

test('pools, limits, unknown words, and candidates nothing is known of', async () => {
  const kind = denseKind(async () => testEncoder(newSeen(), ['zzz']));
  const collection = collectionOf({ ...codes, nothing: 'zzz' });
  expect(idsOf(await rankWith(kind, collection, 'mail', { model }))).toHaveLength(3);
  expect(idsOf(await rankWith(kind, collection, 'mail', { model }, ['open', 'close', 'x']))).toHaveLength(2);
  expect(idsOf(await rankWith(kind, collection, 'send mail', { model }, undefined, 1))).toEqual(['mail']);
  expect(await rankWith(kind, collection, 'zzz', { model })).toEqual([]);
});

test('many candidates are encoded in batches, a stop closes the encoder', async () => {
  const seen = newSeen();
  const kind = denseKind(async () => testEncoder(seen));
  const texts = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`c${i}`, `text ${i}`]));
  await rankWith(kind, collectionOf(texts), 'text', { model });
  expect(seen.batches).toEqual([256, 44]);
  const system = kind.create({ ...kind.defaults, model });
  await expect(system.prepare(collectionOf(texts), AbortSignal.abort())).rejects.toMatchObject({
    code: 'aborted',
  });
  expect(seen.closed).toBe(2);
});

test('a run is told apart by model, unit and precision; a model that is none is refused', () => {
  const kind = denseKind(async () => testEncoder());
  const fingerprintOf = (parameters: Record<string, unknown>) =>
    createSystem({ system: 'dense', parameters }, { kinds: [kind], codeFingerprint: '' }).fingerprint;
  const all = [
    { model },
    { model: scratch.path('runs/b') },
    { model, unit: 'whole' },
    { model, precision: 'int8' },
  ].map(fingerprintOf);
  expect(new Set(all).size).toBe(4);
  scratch.write('runs/a/README.md', 'what it is');
  expect(fingerprintOf({ model })).toBe(all[0]);
  scratch.write('runs/a/model.json', '{"changed":1}');
  expect(fingerprintOf({ model })).not.toBe(all[0]);
  // Beside a model's own fingerprint its other files say nothing.
  scratch.write('runs/b/config.json', '{"fingerprint":"f00d"}');
  const own = fingerprintOf({ model: scratch.path('runs/b') });
  scratch.write('runs/b/checkpoint', 'state');
  expect(fingerprintOf({ model: scratch.path('runs/b') })).toBe(own);
  expect(() => fingerprintOf({ model: './nowhere' })).toThrow(expect.objectContaining({ code: 'not-found' }));
  expect(() => fingerprintOf({ model: 3 })).toThrow(expect.objectContaining({ code: 'usage' }));
});

test('late interaction decides between equal vectors', async () => {
  /** Vectors that are all the same; the only term of a unit is the length of its code. */
  const tokens = { count: 64, dims: 16, data: new Float32Array(64 * 16) };
  for (let i = 0; i < 64; i++) tokens.data[i * 16 + (i % 16)] = 1;
  const ones = (texts: readonly unknown[]) => new Float32Array(texts.length * 16).fill(0.25);
  const encoder: Encoder = {
    id: 'late',
    fingerprint: 'late',
    dims: 16,
    encodeQueries: async texts => ones(texts),
    encodeUnits: async units => ones(units),
    late: {
      terms: 1,
      queryTokens: tokens,
      unitTokens: tokens,
      queryTerms: text => ({ ids: Int32Array.of(text.length), weights: Float32Array.of(1) }),
      encodeUnits: async units => ({
        vectors: ones(units),
        terms: Uint16Array.from(units, ({ code }) => code.length),
      }),
    },
    close: async () => undefined,
  };
  const kind = denseKind(async () => encoder);
  const collection = collectionOf({ a: 'one', b: 'three', c: 'seven..' });
  const rank = (late: number) => rankWith(kind, collection, 'hello', { model, unit: 'whole', late });
  expect((await rank(0)).map(({ score }) => score)).toEqual([1, 1, 1]);
  const [best, other] = await rank(3);
  expect(best!.id).toBe('b');
  expect(best!.score).toBeCloseTo(1, 3);
  expect(other!.score).toBeCloseTo(0.25, 3);
  await expect(rank(-1)).rejects.toThrow('dense: late must be a number from 0 to 100');
});
