import { describe, expect, test } from 'vitest';
import { callsOf, definedNames, leadingComment } from './calls.ts';
import { codeHow } from './codehow.ts';
import { ApiCollector } from './codehow-apis.ts';
import { collectionOf, idsOf, rankWith } from './collection.testing.ts';
import { pNormAnd, pNormOr } from './extended-boolean.ts';

describe('p-norm', () => {
  test('the values of the paper’s formulas', () => {
    expect(pNormOr([0.6, 0.8], 2)).toBeCloseTo(Math.sqrt(0.5), 12);
    expect(pNormAnd([0.6, 0.8], 2)).toBeCloseTo(1 - Math.sqrt((0.16 + 0.04) / 2), 12);
    expect(pNormOr([1, 0], 2, [2, 1])).toBeCloseTo(Math.sqrt(4 / 5), 12);
  });

  test('p = 1 is the mean; large p comes near minimum and maximum', () => {
    expect(pNormAnd([0.2, 0.6], 1)).toBeCloseTo(0.4, 12);
    expect(pNormOr([0.2, 0.6], 1)).toBeCloseTo(0.4, 12);
    expect(pNormAnd([0.2, 0.6], 60)).toBeCloseTo(0.2, 1);
    expect(pNormOr([0.2, 0.6], 60)).toBeCloseTo(0.6, 1);
    expect([pNormAnd([], 2), pNormOr([], 2)]).toEqual([0, 0]);
  });
});

describe('calls and definitions', () => {
  test.each([
    [
      'def read_all(self):\n  return self.fh.read(os.path.join(a))',
      ['read_all'],
      ['fh:read', 'os.path:join'],
    ],
    ['public int size ( ) { return list . size ( ) + f ( ) ; }', ['size'], [':f']],
    ['const add = (a, b) => Math.max(a, b);', ['add'], ['Math:max']],
    ['func run() { if (x) { go(y) } }', ['run'], [':go']],
    ['SELECT count(a) FROM t WHERE a IN (1)', [], [':count']],
  ])('%s', (text, defined, called) => {
    expect(definedNames(text)).toEqual(defined);
    expect(callsOf(text, defined).map(call => `${call.qualifier}:${call.name}`)).toEqual(called);
  });

  test('the first comment', () => {
    expect(leadingComment('def f():\n  """Opens a door."""\n  # no')).toBe('Opens a door.');
    expect(leadingComment('// one\n// two\nf()').replaceAll('\n', ' ')).toBe('// one // two ');
    expect(leadingComment('f()')).toBe('');
  });
});

describe('codehow', () => {
  const code = collectionOf({
    save: 'function store(img) { Image.encode(img) }',
    load: 'function fetch(img) { Image.decode(img) }',
    encode: '// Saves a picture as PNG.\nfunction encode(x) { return bytes }',
    other: 'function other() { return decode }',
  });

  test('without APIs it is the AND of the words, each the OR of three fields', async () => {
    const [first] = await rankWith(codeHow, code, 'picture store', { p: 2, apis: 0 });
    expect(first!.id).toBe('save');
    // "store" is the only defined name, is not called, and is one of five words that occur once, "img" and the rest
    // twice at most; it occurs in one candidate of four, so its idf is the highest there is.
    const store = pNormOr([1, 0, 0.5], 2);
    expect(first!.score).toBeCloseTo(pNormAnd([0, store], 2), 12);
  });

  test('an API described by the query’s words finds what calls it', async () => {
    const query = 'save a picture';
    expect(idsOf(await rankWith(codeHow, code, query, { apis: 0 }))).not.toContain('save');
    const items = await rankWith(codeHow, code, query);
    expect(idsOf(items)).toContain('save');
    expect(idsOf(items)).not.toContain('load');
    for (const { score } of items) {
      expect(score).toBeGreaterThan(0);
      expect(score).toBeLessThanOrEqual(1);
    }
  });

  test('its score is the value of the expanded expression', async () => {
    const collector = new ApiCollector();
    let n = 0;
    for await (const candidate of code.candidates()) collector.add(candidate, n++);
    const [api] = collector.finish().find('save a picture', 1);
    expect(api!.name).toBe('encode');
    // The API's comment says both words, so its clause is the API alone, which only `save` calls.
    const [save] = (await rankWith(codeHow, code, 'save a picture', { p: 2, apis: 1 })).filter(
      i => i.id === 'save',
    );
    expect(save!.score).toBeCloseTo(pNormOr([0, pNormAnd([1], 2)], 2, [1, api!.similarity]), 12);
    // "handle" stays beside the API: the clause is API AND handle.
    const both = await rankWith(codeHow, code, 'save a picture handle', { p: 2, apis: 1 });
    const again = collector.finish().find('save a picture handle', 1)[0]!;
    expect(both.find(i => i.id === 'save')!.score).toBeCloseTo(
      pNormOr([0, pNormAnd([1, 0], 2)], 2, [1, again.similarity]),
      12,
    );
  });

  test('the quick powers are the powers', async () => {
    const [cube] = await rankWith(codeHow, code, 'picture store', { p: 3, apis: 0 });
    expect(cube!.score).toBeCloseTo(pNormAnd([0, pNormOr([1, 0, 0.5], 3)], 3), 12);
    const [other] = await rankWith(codeHow, code, 'picture store', { p: 2.5, apis: 0 });
    expect(other!.score).toBeCloseTo(pNormAnd([0, pNormOr([1, 0, 0.5], 2.5)], 2.5), 12);
  });

  test('pools, queries without words, similarity', async () => {
    expect(idsOf(await rankWith(codeHow, code, 'store image', {}, ['load', 'other']))).toEqual(['load']);
    expect(await rankWith(codeHow, code, '')).toEqual([]);
    expect(await rankWith(codeHow, code, 'how to do it')).toEqual([]);
    const prepared = await codeHow.create(codeHow.defaults).prepare(code);
    const [best] = await rankWith(codeHow, code, 'store image');
    expect(await prepared.similarity!('store image', best!.id)).toBeCloseTo(best!.score, 12);
    expect(await prepared.similarity!('store image', 'none')).toBe(0);
  });
});
