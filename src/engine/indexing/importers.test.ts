import { expect, test } from 'vitest';
import { countImporters } from './importers.ts';

function counts(files: Record<string, string[]>): Record<string, number> {
  const list = Object.entries(files).map(([path, imports]) => ({ path, imports }));
  const found = countImporters(list);
  return Object.fromEntries(list.map(({ path }, i) => [path, found[i]!]).filter(([, n]) => n !== 0));
}

test('relative specifiers, with and without extension', () => {
  expect(
    counts({
      'src/http/client.ts': ['./retry', '../core/errors.ts', 'node:fs'],
      'src/http/retry.ts': ['../core/errors'],
      'src/core/errors.ts': [],
      'src/app.ts': ['./http/client.js', './http'],
      'src/http/index.ts': ['./client'],
    }),
  ).toEqual({
    'src/http/retry.ts': 1,
    'src/core/errors.ts': 2,
    'src/http/client.ts': 2,
    'src/http/index.ts': 1,
  });
});

test('packages of Python, absolute and relative', () => {
  expect(
    counts({
      'app/routing.py': ['app.errors', '.utils', 'os.path'],
      'app/utils.py': ['..lib.text'],
      'app/errors.py': [],
      'app/__init__.py': ['.routing'],
      'lib/text.py': [],
    }),
  ).toEqual({ 'app/errors.py': 1, 'app/utils.py': 1, 'app/routing.py': 1, 'lib/text.py': 1 });
});

test('Rust, Java and C', () => {
  expect(
    counts({
      'src/main.rs': ['crate::net::socket::Socket', 'std::io'],
      'src/net/socket.rs': ['super::buffer::Buffer'],
      'src/net/buffer.rs': [],
      'org/example/App.java': ['org.example.util.Strings'],
      'org/example/util/Strings.java': [],
      'lib/hash.c': ['hash.h', 'stdio.h'],
      'lib/hash.h': [],
    }),
  ).toMatchObject({
    'src/net/socket.rs': 1,
    'src/net/buffer.rs': 1,
    'org/example/util/Strings.java': 1,
    'lib/hash.h': 1,
  });
});

test('a file counts once for each file that imports it, and never for itself', () => {
  expect(counts({ 'a.ts': ['./b', './b.ts', './a'], 'b.ts': [] })).toEqual({ 'b.ts': 1 });
});

test('a name that fits many files equally well counts for none', () => {
  const files: Record<string, string[]> = { 'main.ts': ['config'] };
  for (let i = 0; i < 5; i++) files[`p${i}/config.ts`] = [];
  expect(counts(files)).toEqual({});
});
