import type { WordTest } from '../../service/view/snippet.ts';
import { printable } from '../terminal.ts';
import { github } from './github.ts';
import { markdown } from './markdown.ts';
import type { OutputFormat } from './names.ts';
import { sarif } from './sarif.ts';
import type { FormatContext } from './spots.ts';
import { vimgrep } from './vimgrep.ts';

/** The formats made from hits alone; the others are the command's own. */
export type HitFormat = Exclude<OutputFormat, 'text' | 'json' | 'jsonl'>;

/** The result in a format for other programs. `test` and `height` are for snippets. */
export function formatFor(format: HitFormat, context: FormatContext, test: WordTest, height: number): string {
  switch (format) {
    case 'paths':
      return context.result.hits.map(hit => `${printable(context.show(hit.path))}\n`).join('');
    case 'vimgrep':
      return vimgrep(context);
    case 'github':
      return github(context);
    case 'sarif':
      return sarif(context);
    case 'markdown':
      return markdown(context, test, height);
  }
}
