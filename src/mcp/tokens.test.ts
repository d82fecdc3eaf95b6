import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Budget, clip, estimateTokens, tokenCost } from './tokens.ts';

test('estimates are never below one token per 3.2 characters, and higher for what tokenizers split', () => {
  expect(estimateTokens('')).toBe(0);
  expect(estimateTokens('a'.repeat(32))).toBe(10);
  const base64 = Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 37) % 256)).toString('base64');
  expect(estimateTokens(base64)).toBeGreaterThan(base64.length / 2.8);
  expect(estimateTokens('変数の値を読む')).toBeGreaterThanOrEqual(10);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), text => {
      expect(estimateTokens(text)).toBeGreaterThanOrEqual(Math.ceil(text.length / 3.2));
    }),
  );
});

test('parts cost at least as much as the whole', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (a, b) => {
      expect(tokenCost(a) + tokenCost(b)).toBeGreaterThanOrEqual(tokenCost(a + b) - 1e-9);
    }),
  );
});

test('clip keeps to its budget and cuts no character in half', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.integer({ min: 0, max: 60 }),
      (text, tokens) => {
        const cut = clip(text, tokens);
        expect(tokenCost(cut)).toBeLessThanOrEqual(tokens);
        expect(cut.isWellFormed()).toBe(text.isWellFormed() || cut.isWellFormed());
        if (tokenCost(text) <= tokens) expect(cut).toBe(text);
      },
    ),
  );
  expect(clip('😀'.repeat(50), 20).isWellFormed()).toBe(true);
});

test('a budget takes what fits', () => {
  const budget = new Budget(10);
  expect(budget.take('a'.repeat(16))).toBe(true);
  expect(budget.take('a'.repeat(17))).toBe(false);
  expect(budget.take('a'.repeat(16))).toBe(true);
  expect(budget.left).toBe(0);
});
