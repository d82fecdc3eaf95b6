import { z } from 'zod';
import { QuarryError } from '../../core/errors.ts';
import { snippetLines } from '../hits.ts';
import { servedPath, splitPlace } from '../places.ts';
import { indexingNote } from '../readiness.ts';
import { defineTool, maxTokens, type Tool } from '../tool.ts';
import { withinBudget } from './search-code.ts';

export const findRelated: Tool = defineTool({
  name: 'find_related',
  title: 'Find related code',
  description:
    'Code in other files that does nearly the same as what stands at a line: duplicates, sibling implementations, other callers of ' +
    'the same pattern. Use it after search_code, before you write or change something that may exist twice.',
  input: z.strictObject({
    path: z.string().min(1).max(4000).describe('a file as in the answers'),
    line: z.int().min(1).describe('any line of the function or class, from 1'),
    limit: z.int().min(1).max(50).default(10).describe('places, 1 to 50; default 10'),
    max_tokens: maxTokens,
  }),
  run: async (args, { service, readiness, signal, tell }) => {
    await readiness.ready(signal, tell);
    const path = await servedPath(splitPlace(args.path).path, service, signal);
    if (path === '') throw new QuarryError('usage', 'path names no file', 'give a file as in the answers');
    const answer = await service.related({ path, line: args.line, limit: args.limit, snippetLines }, signal);
    const lines: string[] = [];
    if (answer.index.state !== 'ready') {
      const note = indexingNote(await service.status(signal));
      if (note !== undefined) lines.push(note);
    }
    lines.push(
      answer.hits.length === 0
        ? `nothing in other files is like ${path}:${args.line}`
        : `like ${path}:${args.line}, nearest first`,
      ...answer.notes.slice(0, 3).map(note => `note: ${note.slice(0, 240)}`),
    );
    return { text: withinBudget(lines.join('\n'), answer, args.max_tokens) };
  },
});
