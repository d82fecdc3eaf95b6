import { describe, expect, test } from 'vitest';
import type { LineMatch } from '../../../core/search.ts';
import type { Pattern, QueryNode } from '../../../query/ast.ts';
import { snapshotOf } from '../../indexing/memory-index.ts';
import type { MountedSource } from '../../sources/source.ts';
import { listFiles } from './listing.ts';
import { Selection } from './selection.ts';

const span = { start: 0, end: 0 };
const literal = (text: string): Pattern => ({
  text,
  isRegex: false,
  isCaseSensitive: true,
  isWholeWord: false,
});
const content = (text: string): QueryNode => ({ kind: 'content', pattern: literal(text), span });
const symbol = (pattern: Pattern): QueryNode => ({ kind: 'symbol', pattern, span });
const and = (...children: QueryNode[]): QueryNode => ({ kind: 'and', children });
const or = (...children: QueryNode[]): QueryNode => ({ kind: 'or', children });
const not = (child: QueryNode): QueryNode => ({ kind: 'not', child, span });

const client = `const limit = 3;

export class Client {
  // Sends a request.
  send(url) {
    return retry(url);
  }

  close() {
    this.open = false;
  }
}

export function retry(job) {
  return job(limit);
}
`;
const files: Record<string, [language: string, text: string]> = {
  'src/client.js': ['javascript', client],
  'src/client.test.js': ['javascript', 'export function testSend() {\n  retry(1);\n}\n'],
  'tools/run.py': ['python', 'def run():\n    return retry()\n'],
  'old/client.js': ['javascript', `${client}\n`],
};
const documents = Object.entries(files).map(([path, [language, text]]) => ({
  path,
  language,
  text,
  role: path.includes('.test.') ? ('test' as const) : ('source' as const),
}));
const snapshot = await snapshotOf(documents, undefined, undefined);

const plain: MountedSource[] = [{ name: 'tree', prefix: '', isDefault: true }];

/** What a query accepts, with contents looked through one by one. */
function accepted(node: QueryNode, sources = plain): Selection {
  const selection = new Selection(node, snapshot, sources);
  const byPath = new Map<string, Map<number, LineMatch[]>>();
  for (const [f, { path }] of snapshot.files.entries()) {
    if (!selection.mayAccept(f)) continue;
    for (const [p, { text, isWholeWord }] of selection.patterns.entries()) {
      const matches = files[path]![1].split('\n').flatMap((line, l) => {
        const start = line.indexOf(text);
        const isWord = !isWholeWord || new RegExp(`\\b${text}\\b`).test(line);
        return start < 0 || !isWord ? [] : [{ line: l + 1, start, end: start + text.length }];
      });
      if (matches.length === 0) continue;
      if (!byPath.has(path)) byPath.set(path, new Map());
      byPath.get(path)!.set(p, matches);
    }
  }
  selection.settle({ byPath, notes: [] });
  return selection;
}

function paths(node: QueryNode, sources = plain): string[] {
  const selection = accepted(node, sources);
  return snapshot.files.filter((_, f) => selection.accepts(f)).map(({ path }) => path);
}

function listed(node: QueryNode): string[] {
  const selection = accepted(node);
  const { hits } = listFiles(selection, {
    accept: f => selection.accepts(f),
    isWanted: selection.isWanted,
    limit: 10,
    perFile: 3,
  });
  return hits.flatMap(hit =>
    [hit, ...hit.more].map(({ path, qualifiedName, firstLine }) => `${path}:${firstLine} ${qualifiedName}`),
  );
}

describe('files', () => {
  test.each<[string, QueryNode, string[]]>([
    ['a language', { kind: 'language', language: 'python', span }, ['tools/run.py']],
    ['a role', { kind: 'role', role: 'test', span }, ['src/client.test.js']],
    ['a folder', { kind: 'path', pattern: 'src', span }, ['src/client.js', 'src/client.test.js']],
    ['a glob', { kind: 'path', pattern: '*.py', span }, ['tools/run.py']],
    [
      'an expression over the path',
      { kind: 'path', pattern: { ...literal('^(old|tools)/'), isRegex: true }, span },
      ['old/client.js', 'tools/run.py'],
    ],
    ['a literal', content('this.open'), ['old/client.js', 'src/client.js']],
    ['none of it', not(content('this.open')), ['src/client.test.js', 'tools/run.py']],
    [
      'a word below a negation',
      not({ kind: 'word', text: 'job', span }),
      ['src/client.test.js', 'tools/run.py'],
    ],
    ['a word elsewhere, which only ranks', { kind: 'word', text: 'job', span }, Object.keys(files).sort()],
    [
      'one of two',
      or({ kind: 'language', language: 'python', span }, content('testSend')),
      ['src/client.test.js', 'tools/run.py'],
    ],
    [
      'both',
      and({ kind: 'path', pattern: 'src', span }, content('this.open'), not(content('testSend'))),
      ['src/client.js'],
    ],
    ['a name', symbol(literal('Client')), ['old/client.js', 'src/client.js']],
    ['a kind', { kind: 'unit-kind', unitKind: 'class', span }, ['old/client.js', 'src/client.js']],
    [
      'a name of a kind that nothing has both',
      and(symbol(literal('Client')), { kind: 'unit-kind', unitKind: 'function', span }),
      [],
    ],
  ])('with %s', (_, node, expected) => {
    expect(paths(node)).toEqual(expected);
  });

  test('of other revisions are shown to who names one', () => {
    const sources: MountedSource[] = [
      { name: 'web', prefix: 'src/', isDefault: true },
      { name: 'web', revision: 'v1', commit: 'abcdef012345', prefix: 'old/', isDefault: false },
      { name: 'scripts', prefix: 'tools/', isDefault: true },
    ];
    const repository = (name: string, revision?: string): QueryNode => ({
      kind: 'repository',
      name,
      revision,
      span,
    });
    expect(paths({ kind: 'all' }, sources)).toEqual(['src/client.js', 'src/client.test.js', 'tools/run.py']);
    expect(paths(repository('web'), sources)).toEqual(['src/client.js', 'src/client.test.js']);
    expect(paths(repository('web', 'v1'), sources)).toEqual(['old/client.js']);
    expect(paths(repository('web', 'ABCDEF0'), sources)).toEqual(['old/client.js']);
    expect(paths(repository('*', 'v*'), sources)).toEqual(['old/client.js']);
    expect(paths(not(repository('web')), sources)).toEqual(['tools/run.py']);
    // Paths are below the repository.
    expect(paths({ kind: 'path', pattern: 'client.js', span }, sources)).toEqual(['src/client.js']);
  });
});

describe('hits', () => {
  test('stand around a match, as the innermost unit', () => {
    expect(listed(and(content('retry(url)'), { kind: 'path', pattern: 'src', span }))).toEqual([
      'src/client.js:5 Client.send',
    ]);
  });

  test('are the class where the class is asked for', () => {
    const node = and(
      content('retry(url)'),
      { kind: 'unit-kind', unitKind: 'class', span },
      { kind: 'path', pattern: 'src', span },
    );
    expect(listed(node)).toEqual(['src/client.js:3 Client']);
  });

  test('have the comment above a unit as part of it', () => {
    expect(listed(and(content('Sends a request'), { kind: 'path', pattern: 'src', span }))).toEqual([
      'src/client.js:5 Client.send',
    ]);
  });

  test('are definitions first', () => {
    const [first] = listed(content('retry'));
    expect(first).toMatch(/client\.js:14 retry$/);
  });

  test('of names are exact before longer ones', () => {
    expect(listed(symbol(literal('send'))).slice(0, 1)).toEqual(['old/client.js:5 Client.send']);
    expect(listed(symbol(literal('Client.cl')))).toEqual([
      'old/client.js:9 Client.close',
      'src/client.js:9 Client.close',
    ]);
    expect(listed(symbol({ ...literal('^re'), isRegex: true }))).toHaveLength(2);
  });
});
