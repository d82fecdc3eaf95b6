import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanDoc } from './clean-doc.ts';
import { blockOutline } from './complete.ts';
import { expectSound } from './contract.testing.ts';
import { detectLanguage } from './detect.ts';
import { markdown } from './markdown.ts';
import { languages } from './registry.ts';

describe('markdown', () => {
  const sections = (source: string) =>
    markdown.outline!(source).units.map(
      unit => `${unit.kind} ${unit.qualifiedName} ${unit.firstLine}-${unit.lastLine} ${unit.parent}`,
    );

  it('nests sections by level and keeps what comes before the first heading', () => {
    const source = '---\ntitle: x\n---\nIntro.\n\n# Top\n\ntext\n\n## A\nmore\n\n## B ##\n\n# Next\nend\n';
    expect(sections(source)).toEqual([
      'module  2-4 -1',
      'section Top 6-13 -1',
      'section Top › A 10-11 1',
      'section Top › B 13-13 1',
      'section Next 15-16 -1',
    ]);
    expectSound(source, markdown.outline!(source));
  });

  it('knows setext headings and leaves code, tables and rules alone', () => {
    const source =
      'Title\n=====\n\n```sh\n# not a heading\n```\n\n~~~\n# nor this\n```\n~~~\n\nSub\n---\n\na | b\n--|--\n\n- item\n---\n';
    expect(sections(source)).toEqual(['section Title 1-20 -1', 'section Title › Sub 13-20 0']);
  });

  it('takes links, code marks and anchors out of names', () => {
    expect(sections('# The `send` [method](x.md) {#send}\n')).toEqual(['section The send method 1-1 -1']);
  });

  it('makes blocks of a text without headings', () => {
    expect(sections('just text\n')).toEqual(['block  1-1 -1']);
  });
});

describe('blocks', () => {
  it('cuts at blank lines, at most 40 lines each', () => {
    const source = `${'a\n'.repeat(30)}\n${'b\n'.repeat(30)}\n\n${'c\n'.repeat(90)}`;
    const { units } = blockOutline(source);
    expect(units.map(unit => [unit.firstLine, unit.lastLine])).toEqual([
      [1, 30],
      [32, 61],
      [64, 103],
      [104, 143],
      [144, 153],
    ]);
  });

  it('covers every character that is no white space, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '\n', ' ', '\r\n', '\0', '\ud800'), maxLength: 400 }),
        text => {
          const outline = blockOutline(text);
          expectSound(text, outline);
          const left = outline.units.reduceRight(
            (rest, { start, end }) => rest.slice(0, start) + rest.slice(end),
            text,
          );
          expect(left.trim()).toBe('');
        },
      ),
    );
  });

  it('says why it stands in for a grammar', () => {
    expect(blockOutline('x', 'deadline').degraded).toBe('deadline');
    expect('degraded' in blockOutline('x')).toBe(false);
  });
});

describe('cleanDoc', () => {
  it.each([
    ['/**\n * Sends it.\n *\n *   - indented\n * @returns x\n */', 'Sends it.\n\n  - indented\n@returns x'],
    ['/** One line. */', 'One line.'],
    ['/* Plain\n   block. */', 'Plain\nblock.'],
    ['/// Rust doc.\n/// ```\n///     code\n/// ```', 'Rust doc.\n```\n    code\n```'],
    ['//! Inner.', 'Inner.'],
    ['# Ruby\n# lines', 'Ruby\nlines'],
    ['    // a\n    // b', 'a\nb'],
    ['"""Doc.\n\n    Body.\n      More.\n    """', 'Doc.\n\nBody.\n  More.'],
    ["r'''Raw.'''", 'Raw.'],
    ['"Short."', 'Short.'],
    ['@doc """\n  Elixir.\n  """', 'Elixir.'],
    ['@doc "One."', 'One.'],
    ['-- | Haskell\n-- goes on.', 'Haskell\ngoes on.'],
    ['-- ^ After.', 'After.'],
    ['{- | Block\n   doc. -}', 'Block\ndoc.'],
    ['--- Lua.\n---@param x', 'Lua.\n@param x'],
    ['--[[ Long\nlua ]]', 'Long\nlua'],
    [';; Lisp', 'Lisp'],
    [
      '/// <summary>Sum of <see cref="T:A"/>.</summary>\n/// <param name="x">What.</param>',
      'Sum of A.\nx: What.',
    ],
    ['// =====\n// Title\n// =====', 'Title'],
    ['/*\r\n * CR\r\n */', 'CR'],
    ['', ''],
    ['no delimiters', 'no delimiters'],
  ])('%j', (raw, clean) => {
    expect(cleanDoc(raw)).toBe(clean);
  });

  it('never throws and never grows', () => {
    const unit = fc.constantFrom(
      '/',
      '*',
      '#',
      '"',
      "'",
      '-',
      '{',
      '}',
      '|',
      '\n',
      ' ',
      'a',
      '[',
      ']',
      '<',
      '=',
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 60 }), raw => {
        expect(cleanDoc(raw).length).toBeLessThanOrEqual(raw.length);
      }),
    );
  });
});

describe('detectLanguage', () => {
  it.each([
    ['src/app.py', '', 'python'],
    ['a/B.TSX', '', 'tsx'],
    ['x.jsx', '', 'javascript'],
    ['types.d.ts', '', 'typescript'],
    ['Makefile', '', 'makefile'],
    ['docker/Dockerfile.dev', '', 'dockerfile'],
    ['CMakeLists.txt', '', 'cmake'],
    ['Gemfile', '', 'ruby'],
    ['bin/tool', '#!/usr/bin/env -S python3.11 -u\n', 'python'],
    ['bin/tool', '#!/bin/sh', 'bash'],
    ['bin/tool', '#!/usr/bin/env FOO=1 node\n', 'javascript'],
    ['conf', '# -*- mode: ruby -*-\n', 'ruby'],
    ['conf', '// vim: set ft=cpp :\n', 'cpp'],
    ['a.h', '#ifndef A_H\nint f(void);\n', 'c'],
    ['a.h', '#include <vector>\n', 'cpp'],
    ['a.h', 'namespace a {\n', 'cpp'],
    ['a.h', '#import <Foundation/Foundation.h>\n@interface A\n', 'objective-c'],
    ['a.m', '@implementation A\n', 'objective-c'],
    ['a.m', 'function y = f(x)\n', 'matlab'],
    ['a.pl', 'use strict;\nmy $x = 1;\n', 'perl'],
    ['a.pl', ':- module(a, []).\n', 'prolog'],
    ['README.md', '', 'markdown'],
    ['notes', 'hello', 'text'],
    ['.gitignore', '', 'text'],
    ['strange.xyzzy', '', 'text'],
  ])('%s %j is %s', (path, head, id) => {
    expect(detectLanguage(path, head).id).toBe(id);
  });

  it('has unique ids and extensions in the form it looks them up in', () => {
    expect(new Set(languages.map(language => language.id)).size).toBe(languages.length);
    for (const { extensions } of languages) {
      for (const extension of extensions) expect(extension).toMatch(/^\.[a-z0-9+_-]+$/);
    }
  });
});
