import { languages } from './registry.ts';

let known: Map<string, string> | undefined;

/** The id of a language for what people call it: its id, name or an extension (`ts`, `C++`, `.rb`), in any case. */
export function languageIdOf(word: string): string | undefined {
  if (!known) {
    known = new Map();
    for (const { id, name, extensions } of languages) {
      for (const own of [...extensions.map(extension => extension.slice(1)), name.toLowerCase(), id])
        if (own === id || !known.has(own)) known.set(own, id);
    }
  }
  return known.get(word.toLowerCase().replace(/^\./, ''));
}

/** Everything `languageIdOf` knows; ids first. */
export function languageNames(): string[] {
  languageIdOf('');
  return [...new Set([...languages.map(({ id }) => id), ...known!.keys()])];
}
