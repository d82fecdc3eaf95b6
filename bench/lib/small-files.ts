import { appendFileSync, copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BenchError } from './command.ts';
import type { SourceFile } from './tree.ts';

const largest = 16_000;
const hashComments = new Set(['python', 'ruby', 'bash', 'elixir', 'yaml', 'toml', 'perl', 'r']);

/** A line of comment that makes a file's content unique. */
export function comment(language: string, text: string): string {
  const mark = hashComments.has(language) ? '#' : language === 'lua' || language === 'haskell' ? '--' : '//';
  return `\n${mark} ${text}\n`;
}

/** A file of a made tree. */
export interface MadeFile {
  path: string;
  language: string;
}

/**
 * Fills a directory with exactly `count` files: the small source files of a tree, over and over in folders
 * `part-0`, `part-1`, … of at most 100 files, each with a comment of its own, so that no content occurs twice.
 */
export function makeTree(from: string, files: readonly SourceFile[], count: number, to: string): MadeFile[] {
  const small = files.filter(file => file.parsed && file.bytes <= largest);
  if (small.length === 0) throw new BenchError(`no source file of at most ${largest} bytes in the tree`);
  const inPart = Math.min(100, small.length);
  const made: MadeFile[] = [];
  for (let n = 0; n < count; n++) {
    const { path, language } = small[n % small.length]!;
    const name = `part-${Math.floor(n / inPart)}/${path}`;
    const target = join(to, name);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(from, path), target);
    appendFileSync(target, comment(language, `copy ${n}`));
    made.push({ path: name, language });
  }
  return made;
}
