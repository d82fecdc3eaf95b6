import { Buffer } from 'node:buffer';
import { printable } from '../terminal.ts';
import { type FormatContext, spotsOf } from './spots.ts';

/**
 * `path:line:column:text`, one line per spot, as Vim's quickfix list and other editors read it. Columns count bytes from 1, as
 * ripgrep's do.
 */
export function vimgrep(context: FormatContext): string {
  return spotsOf(context)
    .map(({ path, line, start, text }) => {
      const column = Buffer.byteLength(text.slice(0, start)) + 1;
      return `${printable(path)}:${line}:${column}:${printable(text)}\n`;
    })
    .join('');
}
