import { describe, expect, test } from 'vitest';
import { sourceFiles } from './corpus.testing.ts';
import { countTokens, TokenStatistics } from './token-statistics.ts';
import { trainBpe } from './train-bpe.ts';

describe('token statistics', () => {
  test('count texts and occurrences', () => {
    const statistics = new TokenStatistics(5);
    statistics.add([1, 1, 2]);
    statistics.add(Int32Array.of(2, 3));
    statistics.add([]);
    expect(statistics).toMatchObject({ documents: 3, tokens: 5 });
    expect([...statistics.frequencies]).toEqual([0, 2, 2, 1, 0]);
    expect([...statistics.documentFrequencies]).toEqual([0, 1, 2, 1, 0]);
    const idf = statistics.inverseDocumentFrequencies();
    expect(idf[2]).toBeCloseTo(Math.log(1 + 1.5 / 2.5), 6);
    expect(idf[1]).toBe(idf[3]);
    expect(idf[0]).toBeGreaterThan(idf[1]!);
    expect(Math.min(...idf)).toBeGreaterThan(0);
  });

  test('refuse ids outside the vocabulary and count nothing of their text', () => {
    const statistics = new TokenStatistics(5);
    for (const bad of [5, -1, 1.5]) expect(() => statistics.add([1, bad])).toThrow(RangeError);
    expect(statistics).toMatchObject({ documents: 0, tokens: 0 });
    expect([...statistics.frequencies]).toEqual([0, 0, 0, 0, 0]);
  });

  test('equal a plain count over a stream', async () => {
    const texts = sourceFiles().slice(0, 30);
    const tokenizer = await trainBpe(texts, { vocabularySize: 1000 });
    async function* stream(): AsyncGenerator<string> {
      yield* texts;
    }
    const statistics = await countTokens(tokenizer, stream(), { maxLength: 400 });
    const frequencies = new Map<number, number>();
    const documents = new Map<number, number>();
    for (const text of texts) {
      const ids = tokenizer.encode(text, { maxLength: 400 });
      for (const id of ids) frequencies.set(id, (frequencies.get(id) ?? 0) + 1);
      for (const id of new Set(ids)) documents.set(id, (documents.get(id) ?? 0) + 1);
    }
    tokenizer.tokens.forEach((_, id) => {
      expect(statistics.frequencies[id]).toBe(frequencies.get(id) ?? 0);
      expect(statistics.documentFrequencies[id]).toBe(documents.get(id) ?? 0);
    });
  });

  test('stop when told', async () => {
    const tokenizer = await trainBpe([], { vocabularySize: 261 });
    const counting = countTokens(tokenizer, ['a'], { signal: AbortSignal.abort() });
    await expect(counting).rejects.toMatchObject({ code: 'aborted' });
  });
});
