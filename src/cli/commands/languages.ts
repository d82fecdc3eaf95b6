import { QuarryError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import {
  type Language,
  languageIdOf,
  languageNames,
  languages as registry,
} from '../../engine/settings/languages.ts';
import type { Arguments } from '../arguments.ts';
import type { Surroundings } from '../surroundings.ts';
import { cut, table, terminalWidth } from '../terminal.ts';

/** Lists the registry. */
export async function languages(args: Arguments, around: Surroundings): Promise<number> {
  if (args.has('json')) {
    const rows = registry.map(language => ({
      id: language.id,
      name: language.name,
      extensions: language.extensions,
      filenames: language.filenames ?? [],
      units: unitsOf(language),
    }));
    around.stdout.write(`${JSON.stringify({ languages: rows }, null, 2)}\n`);
    return 0;
  }
  const width = terminalWidth(around.stdout) ?? 200;
  const rows = registry.map(language => [
    language.id,
    language.name,
    unitsOf(language),
    [...language.extensions, ...(language.filenames ?? [])].join(' '),
  ]);
  const text = table([['--lang', 'name', 'found by', 'files'], ...rows]);
  for (const [i, line] of text.trimEnd().split('\n').entries()) {
    const shown = cut(line, width);
    around.stdout.write(`${i === 0 ? around.style.bold(shown) : shown}\n`);
  }
  return 0;
}

/** How a language's files are cut into units. */
function unitsOf(language: Language): 'definitions' | 'structure' | 'blocks' {
  if (language.grammar !== undefined) return 'definitions';
  return language.outline === undefined ? 'blocks' : 'structure';
}

/**
 * Language ids for what a user writes: ids, names and extensions (`ts`, `C++`, `.rb`), separated by commas. Throws
 * QuarryError `usage` naming the nearest one.
 */
export function languageFilter(texts: readonly string[]): string[] {
  const words = texts.flatMap(text => text.split(',')).map(word => word.trim());
  return words
    .filter(word => word !== '')
    .map(word => {
      const id = languageIdOf(word);
      if (id !== undefined) return id;
      const near = nearest(word, languageNames());
      const hint =
        near === undefined ? 'see: quarry languages' : `did you mean ${near}? see: quarry languages`;
      throw new QuarryError('usage', `--lang: unknown language ${JSON.stringify(word)}`, hint);
    });
}
