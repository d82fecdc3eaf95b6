import { z } from 'zod';
import type { SymbolAnswer } from '../../service/api.ts';
import { cut } from '../hits.ts';
import { indexingNote } from '../readiness.ts';
import { Budget, clip } from '../tokens.ts';
import { defineTool, maxTokens, type Tool } from '../tool.ts';

export const findSymbol: Tool = defineTool({
  name: 'find_symbol',
  title: 'Find a symbol',
  description:
    'Where a name is defined and where it is used: functions, methods, classes, types, constants, by exact identifier ' +
    '(Client.send or send). Use it instead of grep when you know the name.',
  input: z.strictObject({
    name: z.string().min(1).max(400).describe('an identifier, qualified or not'),
    find: z
      .enum(['definitions', 'references', 'both'])
      .default('both')
      .describe('definitions, references, or both (default)'),
    limit: z.int().min(1).max(200).default(50).describe('most places of each, 1 to 200; default 50'),
    max_tokens: maxTokens,
  }),
  run: async ({ name, find, limit, max_tokens }, { service, readiness, signal, tell }) => {
    await readiness.ready(signal, tell);
    const answer = await service.symbols({ name: name.trim(), find, limit }, signal);
    const isEmpty = answer.definitions.length + answer.references.length === 0;
    const status = isEmpty ? await service.status(signal) : undefined;
    const note = status && indexingNote(status);
    if (isEmpty) {
      const what =
        find === 'both' ? 'nothing is named' : `no ${find === 'definitions' ? 'definition' : 'reference'} of`;
      const tries = note === undefined ? '; check the spelling, or describe it to search_code' : ' so far';
      const lines = [...(note === undefined ? [] : [note]), `${what} ${JSON.stringify(name)}${tries}`];
      return { text: clip(lines.join('\n'), max_tokens) };
    }
    return { text: layOut(answer, find, max_tokens) };
  },
});

/** Definitions first, then references by file, as many as fit. */
function layOut(answer: SymbolAnswer, find: string, tokens: number): string {
  const { name, definitions, references, truncated } = answer;
  const budget = new Budget(tokens);
  const ends = [
    'there are more: raise limit, or narrow with search_code sym:Name path:src/**',
    '9999 more did not fit: ask with more max_tokens, or find: "references"',
  ];
  budget.take(ends.join('\n'));
  let text = '';
  let dropped = 0;
  const add = (part: string): void => {
    // After the first that does not fit nothing follows: an order with holes would mislead.
    if (dropped === 0 && budget.take(part)) text += part;
    else dropped++;
  };
  const shownName = cut(name, 120);
  if (definitions.length > 0) add(`${count(definitions.length, 'definition')} of ${shownName}\n`);
  else if (find !== 'references') add(`no definition of ${shownName} here\n`);
  for (const { path, firstLine, lastLine, symbol, kind, language, signature } of definitions) {
    const line = `${path}:${firstLine}-${lastLine}  ${symbol} (${kind}, ${language})`;
    add(`${line}\n${signature === '' ? '' : `  ${cut(signature, 220)}\n`}`);
  }
  if (references.length > 0) add(`\n${count(references.length, 'reference')}\n`);
  let path = '';
  for (const reference of references) {
    const head = reference.path === path ? '' : `${reference.path}\n`;
    path = reference.path;
    const inside = reference.symbol === '' ? '' : `  in ${reference.symbol}`;
    add(`${head}  ${reference.line}| ${cut(reference.text.trim(), 160)}${inside}\n`);
  }
  if (dropped > 0)
    text += `${dropped} more did not fit: ask with more max_tokens${find === 'both' ? ', or find: "references"' : ''}\n`;
  else if (truncated) text += `${ends[0]}\n`;
  return clip(text.trimEnd(), tokens);
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
