import { bestSnippet, linesOf, type WordTest } from '../../service/view/snippet.ts';
import { printable } from '../terminal.ts';
import { uriOf } from './sarif.ts';
import { describe, type FormatContext } from './spots.ts';

/** A list with links and snippets, for issues, chats and prompts. */
export function markdown(context: FormatContext, test: WordTest, height: number): string {
  const { result, show, readText } = context;
  return result.hits
    .map(hit => {
      const path = show(hit.path);
      const { firstLine, lastLine } = hit;
      const anchor = firstLine === lastLine ? `L${firstLine}` : `L${firstLine}-L${lastLine}`;
      const place = inline(`${printable(path)}:${firstLine}-${lastLine}`);
      const head = `- [${place}](${uriOf(path)}#${anchor}) ${inline(describe(hit))}\n`;
      const text = readText(hit.path);
      if (text === undefined) return head;
      const { lines } = bestSnippet(text, linesOf(text), hit, test, { height, before: 0, after: 0 });
      if (lines.length === 0) return head;
      const body = lines.map(printable);
      const fence = '`'.repeat(Math.max(3, longestRun(body.join('\n')) + 1));
      return `${head}\n${[`${fence}${hit.language}`, ...body, fence].map(line => `  ${line}\n`).join('')}`;
    })
    .join('\n');
}

/** Text as code within a line, whatever backticks it has. */
function inline(text: string): string {
  const ticks = '`'.repeat(longestRun(text) + 1);
  const pad = /^`|`$/.test(text) ? ' ' : '';
  return `${ticks}${pad}${text}${pad}${ticks}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map(run => run.length));
}
