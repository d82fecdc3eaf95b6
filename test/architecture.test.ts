import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

/** Who may import whom, by folder of `src/`. `*` stands for every folder. */
const allowed: Record<string, readonly string[]> = {
  core: [],
  languages: ['core'],
  ingest: ['core', 'languages'],
  store: ['core'],
  tensor: ['core'],
  ranking: ['core'],
  evaluation: ['core', 'ranking'],
  text: ['core'],
  models: ['core', 'text', 'tensor'],
  training: ['core', 'text', 'tensor', 'models', 'evaluation'],
  query: ['core'],
  engine: ['core', 'languages', 'ingest', 'store', 'ranking', 'models', 'query'],
  service: ['core', 'query', 'engine'],
  mcp: ['core', 'service', 'engine'],
  server: ['core', 'service', 'engine', 'mcp'],
  cli: [
    'core',
    'engine',
    'evaluation',
    'models',
    'experiments',
    'training',
    'query',
    'service',
    'mcp',
    'server',
  ],
  experiments: ['core', 'engine', 'models', 'evaluation', 'training'],
  '.': ['core', 'engine', 'query'],
};

const source = resolve(import.meta.dirname, '../src');
const files = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter(entry => entry.isFile() && /(?<!\.test|\.testing)\.ts$/.test(entry.name))
  .map(entry => join(entry.parentPath, entry.name));

function folderOf(file: string): string {
  const path = relative(source, file);
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : '.';
}

/** Relative imports and dynamic imports of a file, as absolute paths. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']*)'/g)].map(match =>
    resolve(dirname(file), match[1]!),
  );
}

test('every folder imports only what its place allows', () => {
  const breaches: string[] = [];
  for (const file of files) {
    const folder = folderOf(file);
    const may = allowed[folder];
    if (!may) {
      breaches.push(`${folder}/ has no line in the architecture test`);
      continue;
    }
    for (const target of importsOf(file)) {
      const other = folderOf(target);
      if (other !== folder && !may.includes(other)) {
        breaches.push(`${relative(source, file)} imports ${relative(source, target)}`);
      }
    }
  }
  expect(files.length).toBeGreaterThan(20);
  expect(breaches).toEqual([]);
});
