import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SearchHit } from '../service/api.ts';
import { layOutHits } from './hits.ts';
import { tokenCost } from './tokens.ts';

function hit(over: Partial<SearchHit> = {}): SearchHit {
  const lines = Array.from({ length: 60 }, (_, i) => `  const value${i} = compute(${i});`);
  return {
    path: 'src/a.ts',
    firstLine: 10,
    lastLine: 69,
    symbol: 'Client.send',
    kind: 'method',
    score: 1,
    language: 'typescript',
    role: 'source',
    signature: 'send(request: Request): Promise<Response>',
    doc: 'Sends a request. Then waits.',
    stale: false,
    snippet: { firstLine: 10, lines, marks: [] },
    matches: [],
    more: [],
    ...over,
  };
}

test('a hit says where, what, how sure, and shows its lines', () => {
  const one = hit({
    snippet: { firstLine: 30, lines: ['a', 'b'], marks: [] },
    more: [{ firstLine: 80, lastLine: 90, symbol: 'Client.close', kind: 'method', score: 0.5 }],
    role: 'test',
    stale: true,
  });
  expect(layOutHits([one], 500).text).toBe(
    [
      'src/a.ts:10-69  Client.send (method, typescript, test) 1.00 [changed since it was indexed: lines may have moved]',
      '  send(request: Request): Promise<Response>',
      '  "Sends a request."',
      '30| a',
      '31| b',
      '  also: 80-90 Client.close',
      '',
      '',
    ].join('\n'),
  );
});

test('of a long snippet the lines with what was asked for are shown', () => {
  const long = hit();
  long.snippet.marks = [40, 41, 42].map(line => ({ line, start: 0, end: 1 }));
  const { text } = layOutHits([long], 90);
  expect(text).toContain('40| ');
  expect(text).toContain('42| ');
  expect(text).not.toContain('10| ');
});

test('where not all fits, code is shown before the comment above it', () => {
  const comment = Array.from({ length: 8 }, (_, i) => `// Sends a request. ${i}`);
  const lines = [...comment, ...Array.from({ length: 20 }, (_, i) => `  step${i}();`)];
  const documented = hit({ snippet: { firstLine: 2, lines, marks: [{ line: 3, start: 3, end: 8 }] } });
  const { text } = layOutHits([documented], 120);
  expect(text).toContain('"Sends a request."');
  expect(text).toContain('10|   step0();');
  expect(text).not.toContain('3| //');
  expect(layOutHits([documented], 2000).text).toContain('2| // Sends a request. 0');
});

test('the first hit gets most of the lines, and the weak ones few', () => {
  const { text, shown } = layOutHits([hit(), hit({ path: 'src/b.ts', score: 0.2 })], 900);
  expect(shown).toBe(2);
  const [first, second] = text.split('src/b.ts');
  expect(first!.split('\n').length).toBeGreaterThan(3 * second!.split('\n').length);
});

test('whatever the budget, it is kept, and at least one hit is shown', () => {
  const anyHit = fc
    .record({
      path: fc.string({ minLength: 1, maxLength: 300 }),
      symbol: fc.string({ maxLength: 300 }),
      doc: fc.string({ maxLength: 400, unit: 'grapheme' }),
      signature: fc.string({ maxLength: 500 }),
      score: fc.double({ min: -1, max: 2, noNaN: true }),
      lines: fc.array(fc.string({ maxLength: 400, unit: 'grapheme' }), { maxLength: 70 }),
      marks: fc.array(fc.integer({ min: 0, max: 90 }), { maxLength: 10 }),
    })
    .map(({ lines, marks, ...rest }) =>
      hit({
        ...rest,
        snippet: { firstLine: 10, lines, marks: marks.map(line => ({ line, start: 0, end: 1 })) },
      }),
    );
  fc.assert(
    fc.property(
      fc.array(anyHit, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 60, max: 6000 }),
      (hits, tokens) => {
        const { text, shown } = layOutHits(hits, tokens);
        expect(tokenCost(text)).toBeLessThanOrEqual(tokens);
        expect(shown).toBeGreaterThanOrEqual(1);
        expect(shown).toBeLessThanOrEqual(hits.length);
      },
    ),
    { numRuns: 60 },
  );
});
