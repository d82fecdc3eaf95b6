import { expect, test } from 'vitest';
import { collectionOf, idsOf, rankWith } from './collection.testing.ts';
import { tfidf } from './tfidf.ts';

const three = collectionOf({ a: 'red red blue', b: 'blue', c: 'green' });

test('cosines worked by hand', async () => {
  const [red, blue] = [Math.log(3), Math.log(1.5)];
  const items = await rankWith(tfidf, three, 'red blue', { sublinear: false });
  // a = (2·ln 3, ln 1.5), b = (0, ln 1.5), query = (ln 3, ln 1.5).
  const query = Math.hypot(red, blue);
  expect(idsOf(items)).toEqual(['a', 'b']);
  expect(items[0]!.score).toBeCloseTo(
    (2 * red * red + blue * blue) / (Math.hypot(2 * red, blue) * query),
    12,
  );
  expect(items[1]!.score).toBeCloseTo(blue / query, 12);
  const damped = await rankWith(tfidf, three, 'red blue');
  const tf = 1 + Math.log(2);
  expect(damped[0]!.score).toBeCloseTo(
    (tf * red * red + blue * blue) / (Math.hypot(tf * red, blue) * query),
    12,
  );
});

test('a text is most like itself; unknown words lower cosines and change no order', async () => {
  const prepared = await tfidf.create(tfidf.defaults).prepare(three);
  expect(await prepared.similarity!('red blue red', 'a')).toBeCloseTo(1, 12);
  expect(await prepared.similarity!('red blue red zebra', 'a')).toBeLessThan(0.95);
  expect(idsOf(await rankWith(tfidf, three, 'blue zebra'))).toEqual(
    idsOf(await rankWith(tfidf, three, 'blue')),
  );
});

test('nothing for no words and for words of all candidates; a pool is ranked alone', async () => {
  expect(await rankWith(tfidf, three, '')).toEqual([]);
  expect(await rankWith(tfidf, collectionOf({ a: 'same', b: 'same' }), 'same')).toEqual([]);
  expect(idsOf(await rankWith(tfidf, three, 'red blue green', {}, ['b', 'c']))).toEqual(['c', 'b']);
  expect(idsOf(await rankWith(tfidf, three, 'reds', { stem: true }))).toEqual(['a']);
});
