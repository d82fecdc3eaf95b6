import { hash } from 'node:crypto';
import { copyFileSync, mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { builtIngest, builtLanguages } from './built.ts';
import { BenchError } from './command.ts';

/** A file that would be indexed. */
export interface SourceFile {
  path: string;
  bytes: number;
  lines: number;
  /** Language id. */
  language: string;
  /** A tree-sitter grammar parses it. */
  parsed: boolean;
  /** Of its content. */
  hash: string;
}

/** What a tree is called in results: never where it lies. */
export interface TreeSize {
  name: string;
  files: number;
  lines: number;
  bytes: number;
}

/** The files of a tree that would be indexed, in the order of the walk: everything is read once. */
export async function sourceFiles(root: string): Promise<SourceFile[]> {
  const { walkTree, readSource, gitUserFrom } = await builtIngest();
  const { detectLanguage, languageById } = await builtLanguages();
  const found: SourceFile[] = [];
  const { files } = await walkTree(root, { ignore: { user: gitUserFrom(process.env) } });
  for (const entry of files) {
    const source = readSource(root, entry, { detectLanguage });
    if ('reason' in source) continue;
    const { language, bytes } = source;
    found.push({
      path: entry.path,
      bytes,
      lines: lineCount(source.text),
      language,
      parsed: languageById(language)?.grammar !== undefined,
      hash: source.hash,
    });
  }
  if (found.length === 0) throw new BenchError('no source files in the tree');
  return found;
}

export function lineCount(text: string): number {
  let count = text === '' || text.endsWith('\n') ? 0 : 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

export function sizeOf(root: string, files: readonly SourceFile[]): TreeSize {
  let lines = 0;
  let bytes = 0;
  for (const file of files) {
    lines += file.lines;
    bytes += file.bytes;
  }
  return { name: basename(root), files: files.length, lines, bytes };
}

export function copyFiles(from: string, files: readonly SourceFile[], to: string): void {
  for (const { path } of files) {
    const target = join(to, path);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(from, path), target);
  }
}

/** The same files in an order that depends on nothing but their paths, and looks random. */
export function scattered(files: readonly SourceFile[]): SourceFile[] {
  return files
    .map(file => [hash('sha256', file.path), file] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, file]) => file);
}
