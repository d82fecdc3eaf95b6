import { QuarryError } from '../../core/errors.ts';
import type { UnitSpan } from '../../core/unit.ts';
import type { FileAnswer, FileRequest } from '../api.ts';
import type { IndexedFile } from '../served-index.ts';
import type { Highlighter } from './highlight.ts';
import { linesOf } from './snippet.ts';

/** Lines that are coloured at most; a longer part of a file is plain. */
const mostColoured = 3000;

/** From a line deeper than this on, colours begin some lines before the part and not at the file's first line. */
const linesBefore = 300;

/** A file, or a part of it. Throws QuarryError `unreadable`, `usage` for lines that it does not have. */
export async function fileView(
  file: IndexedFile,
  request: FileRequest,
  highlighter: Highlighter,
  signal: AbortSignal | undefined,
): Promise<FileAnswer> {
  const { path } = request;
  if (file.text === undefined)
    throw new QuarryError('unreadable', `cannot read ${path}`, 'update the index: it may be gone');
  const all = linesOf(file.text);
  const firstLine = request.firstLine ?? 1;
  if (firstLine > Math.max(1, all.length))
    throw new QuarryError('usage', `line ${firstLine} is after the end: ${path} has ${all.length} lines`);
  const lastLine = Math.min(request.lastLine ?? all.length, all.length);
  const lines = all.slice(firstLine - 1, lastLine);
  const answer: FileAnswer = {
    path,
    language: file.language,
    role: file.role,
    firstLine,
    lastLine,
    totalLines: all.length,
    lines,
    outline: outlineOf(file.units),
    stale: file.stale,
  };
  if (!request.highlight || lines.length > mostColoured) return answer;
  const from = firstLine <= linesBefore ? 1 : firstLine - linesBefore;
  const before = all.slice(from - 1, firstLine - 1);
  const tokens = await highlighter.tokens(file.language, path, [...before, ...lines], before.length, signal);
  return tokens ? { ...answer, tokens } : answer;
}

/** Units without a name are only their children's parents. */
function outlineOf(units: readonly UnitSpan[]): FileAnswer['outline'] {
  const depths: number[] = [];
  const outline: FileAnswer['outline'] = [];
  for (const { kind, name, qualifiedName, firstLine, lastLine, parent } of units) {
    const depth = parent < 0 ? 0 : depths[parent]!;
    depths.push(name === '' ? depth : depth + 1);
    if (name !== '') outline.push({ symbol: qualifiedName, name, kind, firstLine, lastLine, depth });
  }
  return outline;
}
