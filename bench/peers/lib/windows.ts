import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { parseArgs } from 'node:util';
import type { Found } from './peer.ts';

/** A piece of a file as a full-text index gets it. */
export interface Window extends Required<Found> {
  text: string;
}

/** How a full-text index is fed; the flags of `fts5.ts`, `bm25s.ts` and `tantivy.ts`. */
export interface Feed {
  /** Lines of a window; 0: whole files. */
  lines: number;
  /** Text as it is, for the index's own idea of a word; otherwise identifiers are split before. */
  plain: boolean;
}

export function feedOf(): Feed {
  const { values } = parseArgs({
    options: {
      lines: { type: 'string', default: '50' },
      plain: { type: 'boolean', default: false },
      verbose: { type: 'boolean' },
    },
  });
  return { lines: Number(values.lines), plain: values.plain };
}

/** Text files of at most 2 MiB, cut. The path is part of each text: people search for names of files too. */
export function* windowsBelow(directory: string, { lines, plain }: Feed): Generator<Window> {
  for (const path of textFiles(directory)) {
    const rows = readFileSync(join(directory, path), 'utf8').split('\n');
    const step = lines || rows.length;
    for (let first = 0; first < rows.length; first += step) {
      const text = `${path}\n${rows.slice(first, first + step).join('\n')}`;
      yield {
        path,
        firstLine: first + 1,
        lastLine: Math.min(first + step, rows.length),
        text: plain ? text : wordsOf(text).join(' '),
      };
    }
  }
}

/** Words in lower case, followed by their parts: `parseHTTPRequest` and `parse_http_request` have three each. */
export function wordsOf(text: string): string[] {
  return (text.match(/[\p{L}\p{N}_]+/gu) ?? []).flatMap(word => {
    const parts = word.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}]+|\p{N}+/gu) ?? [];
    return (parts.length > 1 ? [word, ...parts] : [word]).map(part => part.toLowerCase());
  });
}

function textFiles(directory: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    if (statSync(path).size > 2 << 20 || readFileSync(path).subarray(0, 8192).includes(0)) continue;
    found.push(relative(directory, path).split(sep).join('/'));
  }
  return found.sort();
}
