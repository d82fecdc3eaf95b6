import { describe, expect, test } from 'vitest';
import type { Hit, SearchResult } from '../../core/search.ts';
import { wordTest } from '../../service/view/snippet.ts';
import { formatHits } from '../people.ts';
import { styleFor } from '../terminal.ts';
import { formatFor, type HitFormat } from './index.ts';

const text = `import os

# naïve: über die Brücke, foo( once
def load_config(path):
    return foo(foo(path))
`;

function hit(fields: Partial<Hit> = {}): Hit {
  const start = text.indexOf('def');
  return {
    path: 'src/a.py',
    language: 'python',
    role: 'source',
    kind: 'function',
    name: 'load_config',
    qualifiedName: 'load_config',
    firstLine: 4,
    lastLine: 5,
    start,
    end: text.length - 1,
    signatureEnd: text.indexOf(':', start),
    docStart: -1,
    docEnd: -1,
    matchLine: 4,
    score: 1.5,
    signals: [],
    stale: false,
    more: [],
    ...fields,
  };
}

function result(query: string, hits: Hit[]): SearchResult {
  return {
    query,
    words: query,
    hits,
    total: hits.length,
    generation: 1,
    tookMs: 1,
    unknownWords: [],
    ignoredWords: [],
    dense: { used: false, encodedUnits: 0, totalUnits: 0 },
    confidence: 'high',
    notes: [],
  };
}

function formatted(format: HitFormat, query: string, hits: Hit[]): string {
  const context = {
    result: result(query, hits),
    show: (path: string) => path,
    readText: (path: string) => (path === 'gone.py' ? undefined : text),
    version: '1.2.3',
  };
  return formatFor(format, context, wordTest(query, []), 6);
}

const matches = [
  { line: 3, start: text.split('\n')[2]!.indexOf('foo('), end: text.split('\n')[2]!.indexOf('foo(') + 4 },
  { line: 5, start: 11, end: 15 },
  { line: 5, start: 15, end: 19 },
];

describe('vimgrep', () => {
  test('a hit is the line with its name; columns count bytes from 1', () => {
    expect(formatted('vimgrep', 'load config', [hit()])).toBe('src/a.py:4:5:def load_config(path):\n');
    const line = text.split('\n')[2]!;
    const column = new TextEncoder().encode(line.slice(0, line.indexOf('foo('))).length + 1;
    expect(column).toBe(line.indexOf('foo(') + 4);
    expect(formatted('vimgrep', '"foo("', [hit({ matches })])).toBe(
      `src/a.py:3:${column}:${line}\nsrc/a.py:5:12:    return foo(foo(path))\n`,
    );
  });

  test('folded places have lines of their own; what cannot be read still has a place', () => {
    const other = hit({ name: '', qualifiedName: '', kind: 'block', firstLine: 1, lastLine: 2 });
    expect(formatted('vimgrep', 'q', [hit({ more: [other] }), hit({ path: 'gone.py' })])).toBe(
      'src/a.py:4:5:def load_config(path):\nsrc/a.py:1:1:import os\ngone.py:4:1:\n',
    );
  });

  test('a line in two places that lie inside each other is there once', () => {
    const inner = hit({ matches: matches.slice(1), firstLine: 5 });
    expect(formatted('vimgrep', '"foo("', [hit({ matches, more: [inner] })]).split('\n')).toHaveLength(3);
  });

  test('no control character leaves', () => {
    expect(formatted('vimgrep', 'q', [hit({ path: 'a\u001b[2J\nb.py' })])).toMatch(
      /^a\\x1b\[2J\\x0ab\.py:4:5:/,
    );
    expect(formatted('paths', 'q', [hit({ path: 'a\nb.py' })])).toBe('a\\x0ab.py\n');
  });
});

describe('github', () => {
  test('properties and messages are escaped', () => {
    const out = formatted('github', 'a:b, 100%\nc', [
      hit({ path: 'x,y:z%.py', qualifiedName: '50%::x\nend' }),
    ]);
    expect(out).toBe(
      '::notice file=x%2Cy%3Az%25.py,line=4,endLine=5,title=Quarry%3A a%3Ab%2C 100%25\\x0ac::' +
        '50%25::x\\x0aend (function, python): def load_config(path):\n',
    );
    expect(out.split('\n')).toHaveLength(2);
  });

  test('matches have columns', () => {
    const [, second] = formatted('github', '"foo("', [hit({ matches })]).split('\n');
    expect(second).toContain('file=src/a.py,line=5,endLine=5,col=12,endColumn=16,');
  });
});

describe('sarif', () => {
  test('a document with the query as its rule', () => {
    const document = JSON.parse(formatted('sarif', '"foo("', [hit({ matches, path: 'a b/ü#?.py' }), hit()]));
    expect(document).toMatchObject({ version: '2.1.0' });
    const [run] = document.runs;
    expect(run.tool.driver).toMatchObject({ name: 'Quarry', version: '1.2.3', rules: [{ id: '"foo("' }] });
    expect(run.results).toHaveLength(3);
    expect(run.results[1]).toMatchObject({
      ruleId: '"foo("',
      ruleIndex: 0,
      level: 'note',
      message: { text: 'load_config (function, python)' },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'a%20b/%C3%BC%23%3F.py' },
            region: { startLine: 5, startColumn: 12, endLine: 5, endColumn: 16 },
          },
          logicalLocations: [{ fullyQualifiedName: 'load_config' }],
        },
      ],
    });
    expect(run.results[2].locations[0].physicalLocation.region).toEqual({ startLine: 4, endLine: 5 });
  });

  test('nothing found is a document as well; lone surrogates in a path are no reason to fail', () => {
    expect(JSON.parse(formatted('sarif', 'q', [])).runs[0].results).toEqual([]);
    const [one] = JSON.parse(formatted('sarif', 'q', [hit({ path: 'a\ud800.py' })])).runs[0].results;
    expect(one.locations[0].physicalLocation.artifactLocation.uri).toBe('a%EF%BF%BD.py');
  });
});

test('markdown has links and fenced snippets', () => {
  const out = formatted('markdown', 'load config', [hit({ qualifiedName: 'a`b' }), hit({ path: 'gone.py' })]);
  expect(out).toBe(
    [
      '- [`src/a.py:4-5`](src/a.py#L4-L5) ``a`b (function, python)``',
      '',
      '  ```python',
      '  def load_config(path):',
      '      return foo(foo(path))',
      '  ```',
      '',
      '- [`gone.py:4-5`](gone.py#L4-L5) `load_config (function, python)`',
      '',
    ].join('\n'),
  );
});

describe('matching lines for people', () => {
  const many = Array.from({ length: 40 }, (_, n) => `\t\tcall(${n}); foo(${n})`).join('\n');
  const people = (one: Hit, body: string, before: number = 0) =>
    formatHits(result('"foo("', [one]), {
      height: 6,
      before,
      after: 0,
      snippets: true,
      explain: false,
      width: 80,
      style: { ...styleFor(false), match: found => `[${found}]` },
      test: wordTest('call', []),
      readText: () => body,
      show: path => path,
    });

  test('columns are marked, words in these lines are not', () => {
    expect(people(hit({ matches }), text)).toBe(
      [
        'src/a.py:4-5  load_config  (function, python)  1.50',
        '   3 │ # naïve: über die Brücke, [foo(] once',
        '   4 │ def load_config(path):',
        '   5 │     return [foo(][foo(]path))',
        '',
      ].join('\n'),
    );
  });

  test('at most as many lines as a snippet has', () => {
    const all = Array.from({ length: 40 }, (_, n) => {
      const start = many.split('\n')[n]!.indexOf('foo(');
      return { line: n + 1, start, end: start + 4 };
    });
    const block = hit({ name: '', qualifiedName: '', firstLine: 1, lastLine: 40, matches: all });
    const lines = people(block, many).split('\n');
    expect(lines[1]).toBe('   1 │ call(0); [foo(]0)');
    expect(lines[6]).toBe('   6 │ call(5); [foo(]5)');
    expect(lines[7]).toBe('     … and 34 more lines');
    expect(people(hit({ ...block, matches: all.slice(0, 7) }), many)).toContain('… and 1 more line\n');
    const far = people(hit({ ...block, matches: [all[20]!] }), many, 2).split('\n');
    expect(far.slice(1)).toEqual([
      '  19 │ [call](18); foo(18)',
      '  20 │ [call](19); foo(19)',
      '  21 │ call(20); [foo(]20)',
      '',
    ]);
  });

  test('places beyond the file are left out', () => {
    const out = people(
      hit({
        matches: [
          { line: 900, start: 0, end: 3 },
          { line: 5, start: 11, end: 4000 },
        ],
      }),
      text,
    );
    expect(out).toContain('   5 │     return [foo(foo(path))]\n');
    expect(out).not.toContain('900');
  });
});
