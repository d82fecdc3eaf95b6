import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { analyzeQuery } from './query.ts';

const textsOf = (query: string) => analyzeQuery(query).words.map(word => word.text);

describe('analyzeQuery', () => {
  test('stop words are dropped and told', () => {
    const query = analyzeQuery('how is the cache of a session cleared');
    expect(query.words).toEqual([
      { text: 'cache', stem: 'cach' },
      { text: 'session', stem: 'session' },
      { text: 'cleared', stem: 'clear' },
    ]);
    expect(query.ignored).toEqual(['how', 'is', 'the', 'of', 'a']);
  });

  test('a query of nothing but stop words keeps them', () => {
    expect(textsOf('how to do this')).toEqual(['how', 'to', 'do', 'this']);
    expect(analyzeQuery('how to do this').ignored).toEqual([]);
  });

  test('identifiers are split, and kept whole beside', () => {
    const query = analyzeQuery('where is getUserName called');
    expect(query.words.map(word => word.text)).toEqual(['get', 'user', 'name', 'called']);
    expect(query.joined).toEqual([{ text: 'getusername', words: 0b0111 }]);
    expect(query.adjacent).toEqual([{ text: 'getusernamecalled', words: 0b1111 }]);
  });

  test('words side by side may be one name; a stop word between them says no', () => {
    expect(analyzeQuery('path router').adjacent).toEqual([{ text: 'pathrouter', words: 0b11 }]);
    expect(analyzeQuery('path of router').adjacent).toEqual([]);
    expect(analyzeQuery('open file handle').adjacent).toEqual([
      { text: 'openfile', words: 0b011 },
      { text: 'filehandle', words: 0b110 },
    ]);
  });

  test('stop words inside an identifier stay', () => {
    expect(textsOf('isInto')).toEqual(['is', 'into']);
  });

  test('nothing to look for gives no words', () => {
    expect(analyzeQuery('?!').words).toEqual([]);
    expect(analyzeQuery('').words).toEqual([]);
  });

  test('at most 32 words, and masks that stay within them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,6}([A-Z][a-z]{1,4}){0,3}$/), { maxLength: 60 }),
        words => {
          const query = analyzeQuery(words.join(' '));
          expect(query.words.length).toBeLessThanOrEqual(32);
          const all = 2 ** query.words.length - 1;
          for (const { words: mask } of [...query.joined, ...query.adjacent]) {
            expect(Number.isInteger(mask) && mask > 0 && mask <= all).toBe(true);
          }
          for (const { text, stem } of query.words) expect(text.startsWith(stem.slice(0, -1))).toBe(true);
        },
      ),
    );
  });

  test('any text at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), text => {
        for (const { text: word } of analyzeQuery(text).words) expect(word).not.toBe('');
      }),
    );
  });
});
