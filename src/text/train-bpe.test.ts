import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byteSpelling } from './byte-level.ts';
import { sourceFiles } from './corpus.testing.ts';
import { preTokens } from './pre-tokens.ts';
import { defaultSpecialTokens } from './tokenizer.ts';
import { type BpeProgress, trainBpe } from './train-bpe.ts';

/** Counts everything anew before each merge. Words are kept as they stand after training. */
function naiveBpe(texts: readonly string[], vocabularySize: number, minFrequency: number) {
  const first = defaultSpecialTokens.length;
  const words = new Map<string, { ids: number[]; frequency: number }>();
  for (const word of texts.flatMap(preTokens)) {
    const ids = [...Buffer.from(` ${word}`)].map(byte => first + byte);
    const entry = words.get(word);
    if (entry) entry.frequency++;
    else words.set(word, { ids, frequency: 1 });
  }
  const tokens: string[] = [...defaultSpecialTokens, ...byteSpelling];
  const merges: Array<[number, number]> = [];
  while (tokens.length < vocabularySize) {
    const counts = new Map<string, number>();
    for (const { ids, frequency } of words.values()) {
      for (let i = 0; i + 1 < ids.length; i++) {
        const pair = `${ids[i]} ${ids[i + 1]}`;
        counts.set(pair, (counts.get(pair) ?? 0) + frequency);
      }
    }
    const best = [...counts]
      .map(([pair, count]) => ({ pair: pair.split(' ').map(Number) as [number, number], count }))
      .filter(
        ({ pair, count }) => count >= minFrequency && !tokens.includes(tokens[pair[0]]! + tokens[pair[1]]!),
      )
      .sort((a, b) => b.count - a.count || a.pair[0] - b.pair[0] || a.pair[1] - b.pair[1])[0];
    if (!best) break;
    const [left, right] = best.pair;
    merges.push(best.pair);
    for (const word of words.values()) {
      const out: number[] = [];
      for (let i = 0; i < word.ids.length; i++) {
        const joins = word.ids[i] === left && word.ids[i + 1] === right;
        out.push(joins ? tokens.length : word.ids[i]!);
        if (joins) i++;
      }
      word.ids = out;
    }
    tokens.push(tokens[left]! + tokens[right]!);
  }
  return { merges, words };
}

describe('training equals the naive trainer', () => {
  test('on a piece of real code', async () => {
    const texts = sourceFiles().slice(0, 3);
    const tokenizer = await trainBpe(texts, { vocabularySize: 420, minFrequency: 2 });
    const naive = naiveBpe(texts, 420, 2);
    expect(tokenizer.merges).toEqual(naive.merges);
    expect(tokenizer.vocabularySize).toBe(420);
    // Encoding a word gives what training made of it.
    for (const [word, { ids }] of naive.words) expect([...tokenizer.encode(word)], word).toEqual(ids);
  });

  test('on any small texts, repeated letters included', async () => {
    const text = fc.string({ unit: fc.constantFrom(...'aab c(é'), maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { maxLength: 6 }),
        fc.integer({ min: 1, max: 3 }),
        async (texts, min) => {
          const tokenizer = await trainBpe(texts, { vocabularySize: 290, minFrequency: min });
          const naive = naiveBpe(texts, 290, min);
          expect(tokenizer.merges).toEqual(naive.merges);
          for (const [word, { ids }] of naive.words) expect([...tokenizer.encode(word)]).toEqual(ids);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('training', () => {
  test('does not depend on the order of the texts, nor on how they arrive', async () => {
    const texts = sourceFiles().slice(0, 8);
    async function* backwards(): AsyncGenerator<string> {
      yield* texts.toReversed();
    }
    const one = await trainBpe(texts, { vocabularySize: 800 });
    const other = await trainBpe(backwards(), { vocabularySize: 800 });
    expect(other.fingerprint).toBe(one.fingerprint);
    const smaller = await trainBpe(texts, { vocabularySize: 799 });
    expect(smaller.merges).toEqual(one.merges.slice(0, -1));
    expect(smaller.fingerprint).not.toBe(one.fingerprint);
  });

  test('stops where pairs get rare, and where there is nothing left to join', async () => {
    expect((await trainBpe([], { vocabularySize: 1000 })).vocabularySize).toBe(261);
    const tokenizer = await trainBpe(['ab ab ab cd'], { vocabularySize: 1000, minFrequency: 3 });
    expect(tokenizer.tokens.slice(261)).toEqual(['Ġa', 'Ġab']);
  });

  test('special tokens come first, more can be added', async () => {
    const tokenizer = await trainBpe(['x'], {
      vocabularySize: 300,
      extraSpecialTokens: ['[QUERY]', '[CODE]'],
    });
    expect(tokenizer.tokens.slice(0, 8)).toEqual([
      ...defaultSpecialTokens,
      '[QUERY]',
      '[CODE]',
      byteSpelling[0],
    ]);
    expect(tokenizer.idOf('[CODE]')).toBe(6);
    expect(tokenizer.decode(tokenizer.encode('x y'))).toBe('x y');
  });

  test('reports counts and merges', async () => {
    const seen: BpeProgress[] = [];
    await trainBpe(['alpha beta', 'alpha'], { vocabularySize: 270, onProgress: p => seen.push(p) });
    expect(seen.at(-1)).toMatchObject({
      phase: 'merge',
      texts: 2,
      characters: 15,
      words: 2,
      vocabulary: 266,
    });
  });

  test('refuses impossible sizes and special tokens that clash', async () => {
    for (const vocabularySize of [100, 70_000, 300.5]) {
      await expect(trainBpe(['a'], { vocabularySize })).rejects.toMatchObject({ code: 'usage' });
    }
    for (const extra of [['[CLS]'], ['a'], ['[X]', '[X]'], ['']]) {
      const training = trainBpe(['a'], { vocabularySize: 300, extraSpecialTokens: extra });
      await expect(training, String(extra)).rejects.toMatchObject({ code: 'usage' });
    }
  });

  test('stops when told', async () => {
    const controller = new AbortController();
    async function* texts(): AsyncGenerator<string> {
      yield 'some text';
      controller.abort();
      yield 'more';
    }
    const training = trainBpe(texts(), { vocabularySize: 300, signal: controller.signal });
    await expect(training).rejects.toMatchObject({ code: 'aborted' });
    await expect(trainBpe([], { vocabularySize: 300, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});
