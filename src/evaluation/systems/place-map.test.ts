import { expect, test } from 'vitest';
import { PlaceMap } from './place-map.ts';

const map = new PlaceMap();
const add = (id: string, ...places: Array<[path: string, first: number, last: number]>) =>
  map.add({ id, text: '', places: places.map(([path, first, last]) => ({ path, lines: [first, last] })) });
add('class', ['a', 1, 20]);
add('method', ['a', 3, 8]);
add('longer', ['a', 10, 18]);
add('twice', ['b', 1, 3], ['b', 10, 12]);
add('lower', ['b', 20, 24]);
map.add({ id: 'nowhere', text: '' });

test.each([
  ['the same lines', 'a', 3, 8, 'method'],
  ['the same lines, though another one is around them', 'a', 1, 20, 'class'],
  ['the smallest one around', 'a', 4, 5, 'method'],
  ['a unit that is no candidate, inside one that is', 'a', 9, 9, 'class'],
  ['the largest share of what is inside', 'b', 1, 30, 'lower'],
  ['the first of equals', 'b', 1, 12, 'twice'],
  ['over the edge', 'b', 12, 20, 'twice'],
  ['the second place', 'b', 11, 11, 'twice'],
  ['between candidates', 'b', 5, 8, undefined],
  ['another file', 'c', 1, 3, undefined],
])('%s', (_, path, first, last, id) => {
  expect(map.idOf({ path, lines: [first, last] })).toBe(id);
});

test('all candidates of a file, each once', () => {
  expect(map.idsOf('b')).toEqual(['twice', 'lower']);
  expect(map.idsOf('c')).toEqual([]);
});
