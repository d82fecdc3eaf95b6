import { z } from 'zod';
import type { SearchAnswer, SearchRequest } from '../../service/api.ts';
import { type Position, readCursor, writeCursor } from '../cursor.ts';
import { cut, layOutHits, snippetLines } from '../hits.ts';
import { servedPath } from '../places.ts';
import { narrowed, unshifted } from '../query.ts';
import { indexingNote } from '../readiness.ts';
import { Budget, clip, tokenCost } from '../tokens.ts';
import { type CallContext, defineTool, maxTokens, type Tool, type ToolAnswer } from '../tool.ts';

const input = z.strictObject({
  query: z
    .string()
    .min(1)
    .max(4000)
    .describe('what the code does, in plain words, or an identifier; operators as in the instructions'),
  path: z
    .string()
    .max(1000)
    .default('')
    .describe('only below this folder, in this file, or where this glob matches: src/http, src/**/*.ts'),
  languages: z.array(z.string()).max(20).default([]).describe('only these languages, e.g. ["typescript"]'),
  limit: z.int().min(1).max(50).default(10).describe('files per answer, 1 to 50; default 10'),
  max_tokens: maxTokens,
  cursor: z.string().max(2000).optional().describe('go on where an answer ended; all else as before'),
});

export const searchCode: Tool = defineTool({
  name: 'search_code',
  title: 'Search code',
  description:
    'Find code by what it does: the best places with path:lines, symbol and numbered code. Use it first, before grep or listing ' +
    'files, for "where is … done", "how does … work" or a name you half remember. Plain words work best; "exact phrases", /regex/ ' +
    'and filters such as lang:go path:src/** -is:test narrow it down.',
  input,
  run: search,
});

async function search(args: z.output<typeof input>, context: CallContext): Promise<ToolAnswer> {
  const { service, readiness, signal } = context;
  const belongsTo = [args.query, args.path, args.languages];
  const position: Position =
    args.cursor === undefined
      ? { page: undefined, skip: 0, limit: args.limit }
      : readCursor(args.cursor, belongsTo);
  await readiness.ready(signal, context.tell);
  const path = await servedPath(args.path, service, signal);
  const { text: query, shift } = narrowed(args.query, { path, languages: args.languages });
  const request: SearchRequest = {
    query,
    limit: position.limit,
    snippetLines,
    ...(position.page === undefined ? {} : { cursor: position.page }),
  };
  let answer: SearchAnswer;
  try {
    answer = await service.search(request, signal);
  } catch (error) {
    throw unshifted(error, shift);
  }
  const hits = answer.hits.slice(position.skip);
  const before = await introduction(answer, args, context, position);
  if (hits.length === 0) return { text: clip(before, args.max_tokens) };

  const budget = new Budget(args.max_tokens);
  const top = clip(`${before}\n\n`, args.max_tokens / 3);
  budget.take(top);
  // The footer is written last but must have its place; no later position is longer than this one.
  const largest = writeCursor({ page: answer.cursor ?? position.page, skip: 999, limit: 999 }, belongsTo);
  budget.take(footer(largest, 999, 999));
  const { text, shown } = layOutHits(hits, budget.left);
  const next: Position | undefined =
    shown < hits.length
      ? { ...position, skip: position.skip + shown }
      : answer.cursor === undefined
        ? undefined
        : { page: answer.cursor, skip: 0, limit: position.limit };
  const end =
    next === undefined ? '' : footer(writeCursor(next, belongsTo), hits.length - shown, answer.total);
  return { text: clip(`${top}${text}${end}`.trimEnd(), args.max_tokens) };
}

function footer(cursor: string, dropped: number, total: number): string {
  const why = dropped > 0 ? `${dropped} more of this page did not fit into max_tokens; ` : '';
  return `${why}${total} files in all; go on with cursor "${cursor}"`;
}

/** What an agent must know before the hits: how far to trust them, and what was left out. */
async function introduction(
  answer: SearchAnswer,
  args: z.output<typeof input>,
  { service, readiness, signal }: CallContext,
  position: Position,
): Promise<string> {
  const lines: string[] = [];
  const isEmpty = answer.hits.length === 0;
  if (answer.index.state !== 'ready') {
    const note = indexingNote(await service.status(signal));
    if (note !== undefined) lines.push(note);
  }
  const problem = readiness.updateError;
  if (problem)
    lines.push(`the index could not be brought up to date: ${cut(problem.message, 200)}; lines may be off`);
  if (isEmpty) {
    if (answer.index.files > 0) lines.push(nothing(answer, args, position));
    else if (lines.length === 0)
      lines.push('the index holds no file: see index_status for what was left out');
  } else if (answer.confidence === 'none' || isMostlyUnknown(answer, args.query))
    lines.push('nothing here seems to answer this; the closest:');
  else {
    const weak = answer.confidence === 'low' ? '; none matches all that was asked' : '';
    lines.push(`${answer.total} ${answer.total === 1 ? 'file' : 'files'}, best first${weak}`);
  }
  if (answer.unknownWords.length > 0 && answer.index.files > 0)
    lines.push(`words that occur nowhere here: ${cut(answer.unknownWords.join(', '), 160)}`);
  // What the service says of an index that is being built has been said.
  const notes = answer.notes.filter(
    note => !/^(?:still indexing|the index is empty|the last update failed)/.test(note),
  );
  for (const note of notes.slice(0, 3)) lines.push(`note: ${cut(note, 240)}`);
  return lines.join('\n');
}

/** Whether at least half of what was asked for occurs nowhere: what is left may stand for something else. */
function isMostlyUnknown({ unknownWords }: SearchAnswer, query: string): boolean {
  const words = query.split(/\s+/).filter(word => /^[\p{L}\p{N}_]+$/u.test(word)).length;
  return words > 1 && unknownWords.length * 2 >= words;
}

function nothing(answer: SearchAnswer, args: z.output<typeof input>, position: Position): string {
  if (position.page !== undefined || position.skip > 0) return 'no more results';
  const { state, files } = answer.index;
  if (state === 'indexing') return `nothing matches among the ${files} files that are there so far`;
  const tries = [
    ...(args.path === '' && args.languages.length === 0 ? [] : ['leave path and languages out']),
    ...(/["/:]/.test(args.query) ? ['drop operators, phrases and regular expressions'] : []),
    'say what the code does in other words',
    'look for a name with find_symbol',
  ];
  return `nothing matches among ${files} files; you could ${tries.join(', or ')}`;
}

/** For answers that have no cursor: related code. */
export function withinBudget(before: string, answer: SearchAnswer, tokens: number): string {
  const top = clip(`${before}\n\n`, tokens / 3);
  const reserve = tokenCost(rest(999));
  const { text, shown } = layOutHits(answer.hits, tokens - tokenCost(top) - reserve);
  const dropped = answer.hits.length - shown;
  return clip(`${top}${text}${dropped > 0 ? rest(dropped) : ''}`.trimEnd(), tokens);
}

function rest(dropped: number): string {
  return `${dropped} more did not fit: ask with more max_tokens`;
}
