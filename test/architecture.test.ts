// Holds every import to the table of src/core/layout.ts.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { codeBehind, folderRules, isBelow, packageRules, ruleOf } from '../src/core/layout.ts';
import { circlesOf, importsOf, isProduct, repository, sourceFiles } from './support/source-files.ts';

const files = sourceFiles(['src', 'web']).filter(isProduct);
const imports = new Map(files.map(file => [file, importsOf(file)]));

/** Imports that leave the part of a rule: from, to, and the permission that covers it. */
const crossings = files.flatMap(file => {
  const rule = ruleOf(file);
  return imports.get(file)!.files.flatMap(target => {
    if (rule && ruleOf(target) === rule) return [];
    const permission = rule?.imports
      .filter(path => isBelow(target, `src/${path}`))
      .sort((a, b) => b.length - a.length)[0];
    return [{ file, target, rule, permission }];
  });
});

test('every file has a rule, and every rule has files', () => {
  expect(files.length).toBeGreaterThan(400);
  expect(files.filter(file => !ruleOf(file))).toEqual([]);
  expect(
    folderRules.filter(rule => !files.some(file => ruleOf(file) === rule)).map(rule => rule.path),
  ).toEqual([]);
});

test('every folder imports only what its rule allows', () => {
  const breaches = crossings.filter(({ permission }) => permission === undefined);
  expect(breaches.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
});

test('no rule allows what nothing uses', () => {
  const used = new Set(crossings.map(({ rule, permission }) => `${rule?.path} → ${permission}`));
  const allowed = folderRules.flatMap(rule => rule.imports.map(path => `${rule.path} → ${path}`));
  expect(allowed.filter(permission => !used.has(permission))).toEqual([]);
});

test('no files import each other in a circle', () => {
  const circles = circlesOf(new Map(files.map(file => [file, imports.get(file)!.files])));
  // The command line's own circle is opened with its specs and its searching.
  expect(circles.filter(circle => !circle.includes('src/cli/commands.ts'))).toEqual([]);
});

test('packages are imported only where they belong', () => {
  const breaches = files.flatMap(file =>
    imports
      .get(file)!
      .packages.filter(name => !packageRules[name]?.some(folder => isBelow(file, folder)))
      .map(name => `${file} imports ${name}`),
  );
  expect(breaches).toEqual([]);
});

test('every package that an install brings has a place, and every place is used', () => {
  const { dependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(repository, 'package.json'), 'utf8'),
  ) as Record<string, Record<string, string>>;
  const installed = Object.keys({ ...dependencies, ...optionalDependencies });
  expect(installed.filter(name => !Object.hasOwn(packageRules, name))).toEqual([]);
  const unused = Object.entries(packageRules).flatMap(([name, folders]) =>
    folders
      .filter(
        folder => !files.some(file => isBelow(file, folder) && imports.get(file)!.packages.includes(name)),
      )
      .map(folder => `${name} in ${folder}`),
  );
  expect(unused).toEqual([]);
});

test('a circle is found', () => {
  const graph = new Map([
    ['a', ['b']],
    ['b', ['c']],
    ['c', ['b', 'd']],
    ['d', []],
  ]);
  expect(circlesOf(graph)).toEqual([['b', 'c']]);
});

test('what decides the answers of a folder is all it can reach', () => {
  expect(codeBehind(['ranking'])).toEqual(['core', 'ranking']);
  expect(codeBehind(['models'])).toEqual(['core', 'models', 'tensor', 'text']);
  expect(codeBehind(['engine'])).toContain('query');
});
