import { printable } from '../terminal.ts';
import { describe, type FormatContext, spotsOf } from './spots.ts';

/** Commands that a workflow of GitHub Actions shows as notices beside the code. */
export function github(context: FormatContext): string {
  const title = property(`Quarry: ${printable(context.result.query)}`);
  return spotsOf(context)
    .map(({ hit, path, line, start, end, isMatch, text }) => {
      const place = isMatch
        ? [`line=${line}`, `endLine=${line}`, `col=${start + 1}`, `endColumn=${Math.max(start, end) + 1}`]
        : [`line=${hit.firstLine}`, `endLine=${hit.lastLine}`];
      const message = data(printable([describe(hit), text.trim()].filter(part => part !== '').join(': ')));
      return `::notice ${[`file=${property(printable(path))}`, ...place, `title=${title}`].join(',')}::${message}\n`;
    })
    .join('');
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
