import { expect, test } from 'vitest';
import { firstParagraph, withoutDocstring } from './docstring.ts';

test.each([
  [
    'python',
    'def f():\n    """Adds two\n    numbers."""\n    return 1',
    'Adds two\nnumbers.',
    'def f():\n    return 1',
  ],
  ['raw string', "def f():\n    r'''Adds.'''\n    return 1", 'Adds.', 'def f():\n    return 1'],
  [
    'block',
    '/**\n * Adds two\n * numbers.\n * @param a\n */\nfunction f() {}',
    'Adds two numbers.',
    'function f() {}',
  ],
  ['lines', '# Adds two\n# numbers.\ndef f\nend', 'Adds two numbers.', 'def f\nend'],
  ['go', '// Add adds.\nfunc Add() {}', 'Add adds.', 'func Add() {}'],
  ['a sentence without delimiters', 'f() { Adds two numbers. }', 'Adds two numbers.', 'f() {  }'],
  ['not there', 'def f(): pass', 'Adds.', 'def f(): pass'],
  ['a word of the code', 'def add(): return add', 'add', 'def add(): return add'],
  ['the string, not the name', 'def add():\n    "add"\n    return 1', 'add', 'def add():\n    return 1'],
  ['signs of expressions', 'f() { /* a+b (c) [d] */ }', 'a+b (c) [d]', 'f() {  }'],
  ['empty', 'x', ' \n', 'x'],
])('%s', (_, code, docstring, expected) => {
  expect(withoutDocstring(code, docstring)).toBe(expected);
});

test('the first paragraph on one line', () => {
  expect(firstParagraph('\n  Adds two\n  numbers.\n  \n  More.')).toBe('Adds two numbers.');
  expect(firstParagraph('// Add adds\n// numbers.\n//\n// More.')).toBe('Add adds numbers.');
  expect(firstParagraph('/**\n * Adds *two* numbers.\n * @param a\n */')).toBe('Adds *two* numbers.');
  expect(firstParagraph('@return sum')).toBe('@return sum');
  expect(firstParagraph(' ')).toBe('');
});
