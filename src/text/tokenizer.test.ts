import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { oddTexts, randomTexts, sourceFiles } from './corpus.testing.ts';
import { normaliseText } from './pre-tokens.ts';
import type { Tokenizer } from './tokenizer.ts';
import { trainBpe } from './train-bpe.ts';

let tokenizer: Tokenizer;
beforeAll(async () => {
  tokenizer = await trainBpe(sourceFiles(), { vocabularySize: 4000 });
});

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 100 }),
  fc.string({
    unit: fc.constantFrom('a', 'B', '1', '_', ' ', '(', '\ud800', '\udc00', 'é', '日'),
    maxLength: 100,
  }),
);

describe('any text', () => {
  test('decoding gives the normalised text', () => {
    const check = (text: string) => {
      const ids = tokenizer.encode(text);
      expect(ids.every(id => id >= 5 && id < tokenizer.vocabularySize)).toBe(true);
      expect(tokenizer.decode(ids)).toBe(normaliseText(text).toWellFormed());
    };
    for (const text of [...oddTexts, ...randomTexts(500), ...sourceFiles()]) check(text);
    fc.assert(fc.property(anyText, check), { numRuns: 300 });
  });

  test('a length cap keeps the beginning, special tokens inside it', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 0, max: 40 }), (text, maxLength) => {
        const all = [...tokenizer.encode(text)];
        expect([...tokenizer.encode(text, { maxLength })]).toEqual(all.slice(0, maxLength));
        const capped = [...tokenizer.encode(text, { maxLength, addSpecial: true })];
        const inner = all.slice(0, Math.max(0, maxLength - 2));
        expect(capped).toEqual([2, ...inner, 3].slice(0, maxLength));
        expect([...tokenizer.encode(text, { addSpecial: true })]).toEqual([2, ...all, 3]);
      }),
    );
  });

  test('the caches change nothing', async () => {
    const other = await trainBpe(sourceFiles(), { vocabularySize: 4000 });
    const words = Array.from(
      { length: 150_000 },
      (_, i) => `w${String.fromCharCode(97 + (i % 26))}${i.toString(36)}`,
    );
    const text = words.join(' ');
    const before = tokenizer.encode(text);
    expect(tokenizer.encode(text)).toEqual(before);
    expect(other.encode(words.at(-1)!)).toEqual(tokenizer.encode(words.at(-1)!));
    expect(tokenizer.encode(words[0]!)).toEqual(before.slice(0, tokenizer.encode(words[0]!).length));
  });
});

describe('code and queries', () => {
  test('identifier variants share their tokens', () => {
    const query = [...tokenizer.encode('parse http response')];
    for (const name of [
      'parseHTTPResponse',
      'parse_http_response',
      'ParseHttpResponse',
      'PARSE_HTTP_RESPONSE',
    ]) {
      expect([...tokenizer.encode(name)], name).toEqual(query);
    }
    expect([...tokenizer.encode('x.parseHTTPResponse(y)')].join(' ')).toContain(query.join(' '));
  });

  test('frequent words are single tokens', () => {
    for (const word of ['return', 'string', 'function', '=>']) expect(tokenizer.encode(word)).toHaveLength(1);
    expect(tokenizer.tokens[tokenizer.encode('return')[0]!]).toBe('Ġreturn');
    expect(tokenizer.idOf('Ġreturn')).toBe(tokenizer.encode('RETURN')[0]);
    expect(tokenizer.idOf('no such token')).toBeUndefined();
  });

  test('texts cannot say special tokens', () => {
    expect([...tokenizer.encode('[CLS][MASK] [PAD]')].every(id => id >= 5)).toBe(true);
    expect(tokenizer.decode(tokenizer.encode('[MASK]', { addSpecial: true }))).toBe('[ mask ]');
  });

  test('ids outside the vocabulary do not decode', () => {
    expect(() => tokenizer.decode([4000])).toThrow(RangeError);
    expect(() => tokenizer.decode([-1])).toThrow(RangeError);
    expect(tokenizer.decode([])).toBe('');
  });
});
