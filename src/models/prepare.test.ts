import { beforeAll, expect, test } from 'vitest';
import { type Tokenizer, trainBpe } from '../text/index.ts';
import { fields, type Prepared, Preparer } from './prepare.ts';

let tokenizer: Tokenizer;
beforeAll(async () => {
  async function* texts(): AsyncGenerator<string> {
    for (let i = 0; i < 50; i++) yield 'alpha beta gamma delta epsilon zeta alpha(beta, gamma);';
  }
  tokenizer = await trainBpe(texts(), { vocabularySize: 330 });
});

const limits = { query: 8, name: 4, doc: 6, code: 10 };

function words({ ids }: Prepared): string[] {
  return Array.from(ids, id => tokenizer.tokens[id]!.replace('Ġ', ''));
}

test('a bag has every token of a field once, with the root of its number', () => {
  const preparer = new Preparer(tokenizer, { kind: 'bag', ...limits });
  const prepared = preparer.query('alpha beta alpha gamma alpha alpha');
  expect(words(prepared)).toEqual(['alpha', 'beta', 'gamma']);
  expect([...prepared.weights]).toEqual([2, 1, 1]);
  expect([...prepared.fields]).toEqual([0, 0, 0]);
});

test('a sequence has all tokens in order, and their weights sum to the root of their number', () => {
  const preparer = new Preparer(tokenizer, { kind: 'sequence', ...limits });
  const prepared = preparer.query('alpha beta alpha gamma alpha alpha');
  expect(words(prepared)).toEqual(['alpha', 'beta', 'alpha', 'gamma', 'alpha', 'alpha']);
  expect([...prepared.weights]).toEqual([0.5, 1, 0.5, 1, 0.5, 0.5]);
});

test('a unit is name, doc and code, each counted by itself', () => {
  const unit = { name: 'alpha', doc: 'alpha beta', code: 'alpha alpha', language: 'go' };
  for (const kind of ['bag', 'sequence'] as const) {
    const prepared = new Preparer(tokenizer, { kind, ...limits }).unit(unit);
    const places = Array.from(prepared.fields, field => fields[field]);
    expect(places).toEqual(['name', 'doc', 'doc', ...(kind === 'bag' ? ['code'] : ['code', 'code'])]);
    expect(prepared.weights.at(-1)).toBeCloseTo(kind === 'bag' ? Math.SQRT2 : Math.SQRT1_2, 6);
  }
});

test('no field is longer than its limit, and what is beyond a limit of 0 is not read', () => {
  const long = Array.from({ length: 300 }, (_, i) => String.fromCharCode(97 + (i % 26))).join(' ');
  const unit = { name: long, doc: long, code: long, language: 'go' };
  for (const kind of ['bag', 'sequence'] as const) {
    const preparer = new Preparer(tokenizer, { kind, ...limits });
    expect(preparer.query(long).ids).toHaveLength(limits.query);
    const counts = [0, 0, 0, 0];
    for (const field of preparer.unit(unit).fields) counts[field]!++;
    expect(counts).toEqual([0, limits.name, limits.doc, limits.code]);
    const none = new Preparer(tokenizer, { kind, ...limits, doc: 0 }).unit(unit);
    expect([...none.fields]).not.toContain(2);
  }
});

test('a bag counts a known token beyond its limit too', () => {
  const preparer = new Preparer(tokenizer, { kind: 'bag', ...limits, query: 2 });
  const prepared = preparer.query('alpha beta gamma alpha alpha alpha');
  expect(words(prepared)).toEqual(['alpha', 'beta']);
  expect(prepared.weights[0]).toBe(2);
});

test('brackets and commas say nothing, and an empty text has no tokens', () => {
  const preparer = new Preparer(tokenizer, { kind: 'sequence', ...limits });
  expect(words(preparer.query('alpha(beta, [gamma]);'))).toEqual(['alpha', 'beta', 'gamma']);
  for (const text of ['', '();', '   ']) expect(preparer.query(text).ids).toHaveLength(0);
});

test('what was prepared before changes nothing', () => {
  const preparer = new Preparer(tokenizer, { kind: 'bag', ...limits });
  const first = preparer.query('alpha beta');
  preparer.unit({ name: 'gamma', doc: 'delta', code: 'epsilon', language: 'go' });
  expect(preparer.query('alpha beta')).toEqual(first);
});
