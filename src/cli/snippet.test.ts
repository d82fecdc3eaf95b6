import { describe, expect, test } from 'vitest';
import type { Hit, SearchResult } from '../core/search.ts';
import { bestSnippet, linesOf, signatureLine, wordTest } from '../service/view/snippet.ts';
import { formatHits, type PeopleOptions } from './people.ts';
import { highlight } from './snippet.ts';
import { styleFor } from './terminal.ts';

function hitOf(text: string, part: Partial<Hit> = {}): Hit {
  const lines = linesOf(text).length;
  return {
    path: 'src/a.py',
    language: 'python',
    role: 'source',
    kind: 'function',
    name: 'load',
    qualifiedName: 'load',
    firstLine: 1,
    lastLine: lines,
    start: 0,
    end: text.length,
    signatureEnd: text.indexOf('\n') < 0 ? text.length : text.indexOf('\n'),
    docStart: -1,
    docEnd: -1,
    matchLine: 1,
    score: 1.234,
    signals: [{ name: 'text', value: 1, detail: 'x' }],
    stale: false,
    more: [],
    ...part,
  };
}

const plain = { height: 6, before: 0, after: 0 };

describe('highlight', () => {
  const marked = (line: string, query: string) =>
    highlight(line, wordTest(query, []))
      .map(({ text, match }) => (match ? `[${text}]` : text))
      .join('');

  test.each([
    ['finds words inside identifiers', 'maxRetryCount = 3', 'retry count', 'max[RetryCount] = 3'],
    ['matches by stem', 'def parsing_headers():', 'parse header', 'def [parsing_headers]():'],
    ['knows a name however it is split', 'new OAuth2(o.auth)', 'oauth2 token', 'new [OAuth2](o.auth)'],
    ['keeps what is not a word', 'retrying; retriable', 'retries', '[retrying]; retriable'],
    ['escapes what could drive the terminal', 'retry\u001b[2J', 'retry', '[retry]\\x1b[2J'],
    ['leaves letters that change their length', 'İretry', 'retry', 'İretry'],
  ])('%s', (_, line, query, shown) => {
    expect(marked(line, query)).toBe(shown);
  });

  test('words the search ignored are not marked', () => {
    const test = wordTest('where is the parsing', ['where', 'is', 'the']);
    expect(['where', 'the', 'parsed', 'party'].map(test)).toEqual([undefined, undefined, 'pars', undefined]);
  });
});

describe('bestSnippet', () => {
  const body = Array.from({ length: 40 }, (_, i) => (i === 30 ? '    retry(backoff)' : `    step_${i}()`));
  const text = `${['def load():', ...body].join('\n')}\n`;
  const lines = linesOf(text);
  const stems = wordTest('retry backoff', []);

  test('shows a short unit whole, without blank lines at its end', () => {
    const short = 'def load():\n    return 1\n\n\n';
    expect(bestSnippet(short, linesOf(short), hitOf(short), stems, plain)).toEqual({
      firstLine: 1,
      lines: ['def load():', '    return 1'],
    });
  });

  test('goes where the words are', () => {
    const snippet = bestSnippet(text, lines, hitOf(text), stems, plain);
    expect(snippet.lines).toHaveLength(6);
    expect(snippet.lines).toContain('    retry(backoff)');
  });

  test('adds context from outside the unit', () => {
    const hit = hitOf(text, { firstLine: 32, lastLine: 32, matchLine: 32 });
    expect(bestSnippet(text, lines, hit, stems, { height: 6, before: 1, after: 2 })).toMatchObject({
      firstLine: 31,
    });
    expect(bestSnippet(text, lines, hit, stems, { height: 6, before: 99, after: 99 }).lines).toHaveLength(41);
  });

  test('includes the doc comment before the unit when the words are there', () => {
    const documented = `// Tries again with backoff.\nfunction load() {\n${'  x();\n'.repeat(20)}}\n`;
    const start = documented.indexOf('function');
    const hit = hitOf(documented, { firstLine: 2, matchLine: 2, start, docStart: 0, docEnd: start - 1 });
    expect(bestSnippet(documented, linesOf(documented), hit, stems, plain).firstLine).toBe(1);
  });

  test('a file that became shorter gives nothing', () => {
    expect(bestSnippet('x', ['x'], hitOf(text, { firstLine: 9, stale: true }), stems, plain).lines).toEqual(
      [],
    );
  });
});

test('signatureLine finds the name after decorators', () => {
  const text = '@cache\n@route("/")\ndef load():\n    return 1\n';
  const hit = hitOf(text, { signatureEnd: text.indexOf('():') + 3 });
  expect(signatureLine(text, linesOf(text), hit)).toBe(3);
});

describe('formatHits', () => {
  const text = `def load():\n${'    step()\n'.repeat(20)}    retry(backoff)\n`;
  const more = [hitOf(text, { qualifiedName: 'other', firstLine: 7, lastLine: 7 })];
  const show = (hit: Hit, options: Partial<PeopleOptions> = {}) =>
    formatHits({ hits: [hit] } as unknown as SearchResult, {
      ...plain,
      snippets: true,
      explain: false,
      width: undefined,
      style: styleFor(false),
      test: wordTest('retry backoff', []),
      readText: () => text,
      show: path => path,
      ...options,
    });

  test('head line, signature, gap, snippet, folded units', () => {
    expect(show(hitOf(text, { more }), { height: 2 })).toBe(
      [
        'src/a.py:1-22  load  (function, python)  1.23',
        '   1 │ def load():',
        '     ⋮',
        '  21 │     step()',
        '  22 │     retry(backoff)',
        '  + src/a.py:7  other  (function)',
        '',
      ].join('\n'),
    );
  });

  test('folded units do not repeat the path on a terminal', () => {
    expect(show(hitOf(text, { more }), { width: 80 })).toContain('\n  + 7  other  (function)\n');
  });

  test('role, stale files and signals are named', () => {
    expect(show(hitOf(text, { role: 'test', stale: true }))).toContain(
      '(function, python, test)  1.23  changed since it was indexed\n',
    );
    expect(show(hitOf(text), { explain: true, snippets: false })).toContain('\n      text    1.000  x\n');
    expect(show(hitOf(text), { readText: () => undefined })).toContain('the file cannot be read any more');
  });

  test('nothing is wider than the terminal but head lines, and nothing drives it', () => {
    const wild = `def load(): # ${'漢'.repeat(80)}\u001b]0;title\u0007\n`;
    const out = show(hitOf(wild), { width: 40, readText: () => wild });
    expect(out.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(out).toContain('…');
    expect(show(hitOf(text, { path: 'a\u001b[2J.py' }))).toContain('a\\x1b[2J.py:1-22');
  });
});
