import { z } from 'zod';
import { QuarryError } from '../../core/errors.ts';
import type { FileAnswer } from '../../service/api.ts';
import { cut } from '../hits.ts';
import { parseLines, servedPath, splitPlace } from '../places.ts';
import { Budget, clip, tokenCost } from '../tokens.ts';
import { defineTool, maxTokens, type Tool } from '../tool.ts';

export const readCode: Tool = defineTool({
  name: 'read_code',
  title: 'Read code',
  description:
    'The lines of a file, numbered, as they are now. Without lines: the whole file, or for a long one its outline (symbols with ' +
    'their lines) and its beginning. Takes a place as it stands in other answers: src/a.ts:10-80.',
  input: z.strictObject({
    path: z.string().min(1).max(4000).describe('a file as in the answers; may end with :10-80'),
    lines: z.string().max(60).optional().describe('"10-80", "10" or "10-"; default: the whole file'),
    max_tokens: maxTokens,
  }),
  run: async (args, { service, signal }) => {
    const place = splitPlace(args.path);
    const path = await servedPath(place.path, service, signal);
    if (path === '') throw new QuarryError('usage', 'path names no file', 'give a file as in the answers');
    const wanted = args.lines ?? place.lines;
    const range = wanted === undefined ? undefined : parseLines(wanted);
    const answer = await service.file(
      {
        path,
        ...(range ? { firstLine: range.first } : {}),
        ...(range?.last === undefined ? {} : { lastLine: range.last }),
      },
      signal,
    );
    return { text: layOut(answer, range !== undefined, args.max_tokens) };
  },
});

/** Longest line that is shown whole where lines were asked for. */
const longestLine = 2000;

function layOut(answer: FileAnswer, isRange: boolean, tokens: number): string {
  const { path, language, role, firstLine, lastLine, totalLines, lines } = answer;
  const about = [language, ...(role === 'source' ? [] : [role])].join(', ');
  const stale = answer.stale ? '; changed since it was indexed' : '';
  if (lines.length === 0) return clip(`${path} is empty (${about})`, tokens);
  const whole = firstLine === 1 && lastLine === totalLines;
  const span = whole ? `${totalLines} lines` : `lines ${firstLine}-${lastLine} of ${totalLines}`;
  const head = clip(`${path}  ${span} (${about}${stale})\n`, tokens / 3);
  const width = isRange ? longestLine : 500;
  const shown = lines.map((line, i) => `${firstLine + i}| ${cut(line.trimEnd(), width)}\n`);
  const budget = new Budget(tokens);
  budget.take(head);
  if (shown.reduce((sum, line) => sum + tokenCost(line), 0) <= budget.left)
    return head + shown.join('').trimEnd();

  budget.take(ending(9_999_999, 9_999_999));
  // Of a long file that was asked for as a whole, the outline says where to read on.
  const outline = isRange ? '' : outlineOf(answer, budget.left * 0.5);
  budget.take(outline);
  let text = head + outline;
  let next = firstLine;
  for (const line of shown) {
    if (!budget.take(line)) break;
    text += line;
    next++;
  }
  if (next === firstLine) {
    // One line longer than the whole answer.
    text += `${clip(shown[0]!, budget.left)}\n`;
    next++;
  }
  if (next <= lastLine) text += ending(next, lastLine);
  return clip(text.trimEnd(), tokens);
}

function ending(next: number, last: number): string {
  return `did not fit: lines ${next}-${last}; go on with lines "${next}-${last}"`;
}

function outlineOf({ outline }: FileAnswer, tokens: number): string {
  if (outline.length === 0) return '';
  const title = 'outline:\n';
  const deepest = Math.max(...outline.map(({ depth }) => depth));
  // The deepest names go first when all would be too much.
  for (let most = deepest; most >= 0; most--) {
    const rows = outline
      .filter(({ depth }) => depth <= most)
      .map(
        ({ name, kind, firstLine, lastLine, depth }) =>
          `${' '.repeat(Math.min(depth, 6) + 1)}${firstLine}-${lastLine} ${cut(name, 80)} (${kind})\n`,
      );
    const text = `${title}${rows.join('')}\n`;
    if (tokenCost(text) <= tokens) return text;
    if (most > 0) continue;
    const budget = new Budget(tokens - tokenCost(`${title}  …\n\n`));
    let part = title;
    for (const row of rows) {
      if (!budget.take(row)) return part === title ? '' : `${part}  …\n\n`;
      part += row;
    }
  }
  return '';
}
