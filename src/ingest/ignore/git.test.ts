import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { put } from '../tree.testing.ts';
import { walkTree } from '../walk.ts';
import { GitScratch, hasGit } from './git.testing.ts';
import { Ignore } from './ignore.ts';

/*
 * git is the reference. Many cases share one run of git: each has a folder of its own in one repository, with its
 * own ignore files, so that a few hundred trees cost a handful of processes.
 */

const scratch = new GitScratch();
afterAll(() => scratch.remove());

function explained(ignore: Ignore, path: string, directory: boolean): string {
  const reason = ignore.explain(path, directory);
  return reason === undefined ? '' : `${reason.source}:${reason.line}:${reason.pattern}`;
}

/**
 * Older versions of git (2.39, say) match the literal beginning of a path pattern apart, so that the `**` of
 * `foo**` + `/bar` stands at the start of the rest and counts as a real one, against the documentation. Such patterns
 * are compared only if this git reads them as documented.
 */
let documented = true;
const afterLiteral = /^[^*?[\\]*[^*?[\\/]\*\*/;
function comparable(line: string): boolean {
  return documented || !afterLiteral.test(line.replace(/^!?\/?/, ''));
}
beforeAll(() => {
  if (!hasGit) return;
  const top = scratch.repository();
  put(top, '.gitignore', 'foo**/bar\n');
  documented = scratch.checked(top, ['foo/a/bar'])[0] === '';
});

const name = fc.constantFrom(
  'a',
  'b',
  'ab',
  'A',
  'a.c',
  'b.c',
  '.c',
  'a b',
  'é',
  'a.b.c',
  '#a',
  '!a',
  'a ',
  'a\\',
  '[a]',
  '-',
  'x1',
);
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map(parts => parts.join('/'));
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'ab', 'A', '.c', 'c', 'a.b', 'é', '-', 'x1', '1') },
  { weight: 4, arbitrary: fc.constantFrom('*', '?', '**', '***', '??') },
  { weight: 4, arbitrary: fc.constantFrom('/', '/**/', '**/', '/**', '/*', '*/') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '[ab]',
      '[!a]',
      '[^a]',
      '[a-b]',
      '[b-a]',
      '[]a]',
      '[!]a]',
      '[a-]',
      '[-a]',
      '[[:alpha:]]',
      '[[:upper:]b]',
      '[![:lower:]]',
      '[[:punct:]]',
      '[[:space:]]',
      '[[:digit:]x]',
      '[[:nope:]]',
      '[[:alpha:]',
      '[[:alpha]',
      '[a',
      '[\\]a]',
      '[a-\\c]',
      '[/]',
      '[a/b]',
      '[\\',
      '[',
      ']',
      '[--b]',
      '[a-b-z]',
      '[[a]',
      '[é]',
      '[!é]',
      '[[:alnum:][:punct:]]',
      '[[:graph:]]',
      '[[:blank:]]',
      '[[:xdigit:]]',
      '[[:cntrl:]]',
      '[[:print:]]',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '\\a',
      '\\*',
      '\\?',
      '\\ ',
      '\\',
      '\\\\',
      '\\[',
      '\\/',
      '\\#',
      '\\!',
      ' ',
      '\t',
      '#',
      '!',
    ),
  },
);
const pattern = fc
  .tuple(
    fc.constantFrom('', '', '', '!', '/', '!/', '\\', '#', '**/'),
    fc.array(piece, { minLength: 1, maxLength: 5 }),
    fc.constantFrom('', '', '', '', '/', ' ', '  ', '\\ ', '/ ', '\t', '\r', '\\'),
  )
  .map(([head, pieces, tail]) => head + pieces.join('') + tail)
  .filter(comparable);
/** Real names with a negation now and then: trees in which rules interact. */
const plainPattern = fc
  .tuple(
    fc.constantFrom('', '', '!'),
    fc.constantFrom('', '', '/', '**/'),
    path,
    fc.constantFrom('', '', '/', '/*', '/**'),
  )
  .map(parts => parts.join(''))
  .filter(comparable);
const ignoreFile = fc
  .tuple(
    fc.constantFrom('', '', '', '\ufeff'),
    fc.array(
      fc.oneof(pattern, plainPattern, fc.constantFrom('*', '!*/', '', '# a', '!', '/', '!a', '*.c', '!*.c')),
      { minLength: 1, maxLength: 6 },
    ),
    fc.constantFrom('\n', '\n', '\r\n'),
    fc.boolean(),
  )
  .map(([mark, lines, end, last]) => mark + lines.join(end) + (last ? end : ''));
const tree = fc.record({
  paths: fc.array(path, { minLength: 3, maxLength: 14 }),
  top: ignoreFile,
  nested: fc.array(fc.tuple(path, ignoreFile), { maxLength: 3 }),
});

/** The paths of a random tree that can exist together: no file is a directory of another one. */
function consistent(paths: readonly string[]): string[] {
  const all = [...new Set(paths)];
  return all.filter(one => !all.some(other => other.startsWith(`${one}/`)));
}

describe.skipIf(!hasGit)('against git', () => {
  test('a pattern matches what git says it matches', () => {
    const cases = fc.sample(fc.tuple(pattern, fc.array(path, { minLength: 12, maxLength: 12 })), {
      numRuns: 1500,
      seed: 7,
    });
    const top = scratch.repository();
    const asked: string[] = [];
    for (const [index, [line, paths]] of cases.entries()) {
      put(top, `c${index}/.gitignore`, `${line}\n`);
      asked.push(...paths.map(one => `c${index}/${one}`));
    }
    const ignore = new Ignore(top, {});
    // Nothing exists but the ignore files, so nothing is a directory but the folders above a path.
    const wanted = scratch.checked(top, asked);
    const wrong = asked.flatMap((one, index) => {
      const found = explained(ignore, one, false);
      return found === wanted[index]
        ? []
        : [{ rule: cases[Number(/\d+/.exec(one))]![0], one, found, wanted: wanted[index] }];
    });
    expect(wrong).toEqual([]);
    expect(wanted.filter(reason => reason !== '').length).toBeGreaterThan(1000);
  });

  test('random trees with nested ignore files are read as git reads them', async () => {
    const cases = fc.sample(tree, { numRuns: 600, seed: 11 });
    const top = scratch.repository();
    const all: string[] = [];
    for (const [index, { paths, top: first, nested }] of cases.entries()) {
      const files = consistent(paths);
      const folders = new Set(
        files.flatMap(file =>
          file
            .split('/')
            .slice(0, -1)
            .map((_, depth, parts) => parts.slice(0, depth + 1).join('/')),
        ),
      );
      for (const file of files) put(top, `c${index}/${file}`, '');
      put(top, `c${index}/.gitignore`, first);
      for (const [folder, content] of nested)
        if (folders.has(folder)) put(top, `c${index}/${folder}/.gitignore`, content);
      all.push(...[...files, ...folders].map(one => `c${index}/${one}`));
    }
    const { files } = await walkTree(top, { ignore: { defaults: false } });
    const found = files.map(file => file.path);
    expect(found).toEqual(scratch.listed(top));
    expect(found.length).toBeGreaterThan(1500);

    const ignore = new Ignore(top, {});
    const wanted = scratch.checked(top, all);
    const directories = new Set(all.filter(one => all.some(other => other.startsWith(`${one}/`))));
    const wrong = all.flatMap((one, index) => {
      const reason = explained(ignore, one, directories.has(one));
      return reason === wanted[index] ? [] : [{ one, reason, wanted: wanted[index] }];
    });
    expect(wrong).toEqual([]);
  });

  test('core.ignoreCase folds as git does', () => {
    const cases = fc.sample(fc.tuple(pattern, fc.array(path, { minLength: 8, maxLength: 8 })), {
      numRuns: 500,
      seed: 3,
    });
    const top = scratch.repository();
    scratch.git(top, ['config', 'core.ignoreCase', 'true']);
    const asked: string[] = [];
    for (const [index, [line, paths]] of cases.entries()) {
      put(top, `c${index}/.gitignore`, `${line}\n`);
      asked.push(...paths.map(one => `c${index}/${one}`));
    }
    const ignore = new Ignore(top, {});
    const wanted = scratch.checked(top, asked);
    expect(asked.map(one => explained(ignore, one, false))).toEqual(wanted);
  });
});
