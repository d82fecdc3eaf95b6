// The sources of the repository and what they import, for the tests that hold them to the rules of the house.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

export const repository: string = resolve(import.meta.dirname, '../..');

/** Paths of the TypeScript files below some folders, from the root of the repository, sorted. */
export function sourceFiles(folders: readonly string[]): string[] {
  return folders
    .flatMap(folder => readdirSync(join(repository, folder), { recursive: true, withFileTypes: true }))
    .filter(entry => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map(entry => relative(repository, join(entry.parentPath, entry.name)))
    .filter(path => !path.includes('node_modules'))
    .sort();
}

/** Whether a file is part of the product: neither a test nor what only tests import, nor a tool's configuration. */
export function isProduct(path: string): boolean {
  return !/\.(test|testing)\.tsx?$|vite\.config\.ts$/.test(path);
}

/** What a file imports: other files as paths from the root of the repository, packages by name. Dynamic imports count. */
export function importsOf(path: string): { files: string[]; packages: string[] } {
  const text = readFileSync(join(repository, path), 'utf8');
  const named = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map(match => match[1]!);
  return {
    files: named
      .filter(name => name.startsWith('.'))
      .map(name => relative(repository, resolve(repository, dirname(path), name))),
    packages: named
      .filter(name => /^[@a-z]/.test(name) && !name.startsWith('node:'))
      .map(name =>
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      ),
  };
}

/** Circles in a graph: sets of more than one node that reach each other (Tarjan 1972). */
export function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (node: string) => {
    order.set(node, order.size);
    lowest.set(node, order.get(node)!);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) {
        visit(next);
        lowest.set(node, Math.min(lowest.get(node)!, lowest.get(next)!));
      } else if (stack.includes(next)) lowest.set(node, Math.min(lowest.get(node)!, order.get(next)!));
    }
    if (lowest.get(node) !== order.get(node)) return;
    const circle = stack.splice(stack.indexOf(node));
    if (circle.length > 1) circles.push(circle.sort());
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return circles;
}
