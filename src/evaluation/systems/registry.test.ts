import { describe, expect, test } from 'vitest';
import type { SystemKind } from '../system.ts';
import { splitCommand } from './parameters.ts';
import { createSystem, systemKinds } from './registry.ts';

const extra = { codeFingerprint: 'code' };
const print = (parameters: Record<string, unknown>, code = 'code') =>
  createSystem({ system: 'bm25', parameters }, { codeFingerprint: code }).fingerprint;

describe('createSystem', () => {
  test('defaults, names and titles', () => {
    const plain = createSystem({ system: 'bm25' }, extra);
    expect(plain.name).toBe('bm25');
    expect(plain.parameters).toEqual({});
    const named = createSystem({ system: 'bm25', name: 'mine', parameters: { k1: 2 } }, extra);
    expect([named.name, named.title]).toEqual(['mine', plain.title]);
    expect(named.parameters).toEqual({ k1: 2 });
  });

  test('the fingerprint is that of what decides the ranks', () => {
    expect(print({ k1: 1, b: 0.5 })).toBe(print({ b: 0.5, k1: 1 }));
    expect(print({ k1: 1.2 })).toBe(print({}));
    expect(print({ k1: 1.3 })).not.toBe(print({}));
    expect(print({}, 'other code')).not.toBe(print({}));
    expect(createSystem({ system: 'bm25-memory' }, extra).fingerprint).not.toBe(print({}));
    expect(createSystem({ system: 'bm25', name: 'x' }, extra).fingerprint).toBe(print({}));
    const kind = (fingerprint: string): SystemKind => ({
      ...systemKinds[0]!,
      create: values => ({ ...systemKinds[0]!.create(values), fingerprint }),
    });
    const own = (text: string) =>
      createSystem({ system: 'bm25' }, { ...extra, kinds: [kind(text)] }).fingerprint;
    expect(own('1')).not.toBe(own('2'));
    expect(own('1')).toBe(own('1'));
  });

  test.each([
    [{ system: 'bm52' }, 'unknown system "bm52"', 'did you mean bm25?'],
    [{ system: 'quantum' }, 'unknown system "quantum"', 'known: bm25, tfidf'],
    [{ system: 'bm25', parameters: { steam: true } }, 'bm25 has no parameter "steam"', 'did you mean stem?'],
    [{ system: 'bm25', parameters: { b: 2 } }, 'bm25: b must be a number from 0 to 1, not 2', undefined],
    [
      { system: 'bm25', parameters: { stem: 'yes' } },
      'bm25: stem must be true or false, not "yes"',
      undefined,
    ],
    [{ system: 'bm25', parameters: { idf: 'x' } }, 'idf must be collection or pool, not "x"', undefined],
    [{ system: 'codehow', parameters: { apis: 1.5 } }, 'apis must be a whole number', undefined],
    [{ system: 'external' }, 'external: command is missing', undefined],
    [{ system: 'external', parameters: { command: 'rg x' } }, 'has no {query}', 'or set mode to batch'],
    [{ system: 'external', parameters: { command: 'a "b' } }, 'command must be a list of texts', undefined],
    [{ system: 'external', parameters: { command: 'a {query}', env: { A: 1 } } }, 'env must be', undefined],
  ])('%j is refused', (spec, message, hint) => {
    let error: unknown;
    try {
      createSystem(spec, extra);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'usage', message: expect.stringContaining(message) });
    if (hint !== undefined) expect(error).toMatchObject({ hint: expect.stringContaining(hint) });
  });

  test('kinds of the front end can be made and are known to the nearest-name hint', () => {
    const kind: SystemKind = {
      id: 'lexical',
      title: 'T',
      source: 'S',
      defaults: {},
      create: () => ({ prepare: async () => ({ rank: async () => [] }) }),
    };
    expect(createSystem({ system: 'lexical' }, { ...extra, kinds: [kind] }).title).toBe('T');
    expect(() => createSystem({ system: 'lexcial' }, { ...extra, kinds: [kind] })).toThrow(
      expect.objectContaining({ hint: 'did you mean lexical?' }),
    );
    expect(() =>
      createSystem({ system: 'lexical', parameters: { a: 1 } }, { ...extra, kinds: [kind] }),
    ).toThrow(expect.objectContaining({ hint: 'it takes no parameters' }));
  });
});

test.each([
  ['rg -l  x', ['rg', '-l', 'x']],
  [`a 'b c'd "e \\" f" g\\ h ''`, ['a', 'b cd', 'e " f', 'g h', '']],
  ['$HOME | x > y', ['$HOME', '|', 'x', '>', 'y']],
  ['', []],
  ["a 'b", undefined],
  ['a "b', undefined],
  ['a \\', undefined],
])('splitCommand(%j)', (text, words) => {
  expect(splitCommand(text)).toEqual(words);
});
