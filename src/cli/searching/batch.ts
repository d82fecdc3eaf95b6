import { QuarryError } from '../../core/errors.ts';
import type { Arguments } from '../arguments.ts';
import { jsonHits, planSearch, searchOptions, withIndex } from '../commands/search.ts';
import type { Surroundings } from '../surroundings.ts';

/**
 * Answers `{"id", "query"}` lines from stdin with `{"id", "results"}` lines in the same order, over one open index.
 * A line that is no such object throws QuarryError `usage` with its number; what came before it has been answered.
 */
export async function batch(args: Arguments, around: Surroundings): Promise<number> {
  if (args.positionals.length > 1)
    throw new QuarryError(
      'usage',
      '--batch takes at most a path',
      'queries are read from stdin, one JSON object per line',
    );
  const plan = await planSearch(args.positionals[0], args, around);
  return withIndex(plan, around, async index => {
    let number = 0;
    for await (const line of linesFrom(around.stdin())) {
      number++;
      if (line.trim() === '') continue;
      const { id, query } = request(line, number);
      // An empty query is an answer without results, so that one bad line does not end a long run.
      const results =
        query.trim() === '' ? [] : jsonHits(await index.search(query, searchOptions(plan)), index, plan);
      around.stdout.write(`${JSON.stringify({ id, results })}\n`);
    }
    return 0;
  });
}

function request(line: string, number: number): { id: unknown; query: string } {
  let data: unknown;
  try {
    data = JSON.parse(line);
  } catch {
    // Reported below.
  }
  const { id = number, query } = (data ?? {}) as { id?: unknown; query?: unknown };
  if (typeof query !== 'string')
    throw new QuarryError(
      'usage',
      `stdin:${number}: not a {"id", "query"} object`,
      'one JSON object per line',
    );
  return { id, query };
}

async function* linesFrom(chunks: AsyncIterable<Uint8Array | string>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') yield rest;
}
