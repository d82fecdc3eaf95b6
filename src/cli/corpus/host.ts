import { languages } from '../../engine/settings/languages.ts';
import { datasetHost } from '../../experiments/host.ts';
import type { CorpusHost } from '../../training/corpus/pair.ts';

/** Languages whose code blocks are commands to type. */
const shells: ReadonlySet<string> = new Set(['bash', 'powershell', 'markdown']);

const byWord = new Map<string, string>();
for (const { id, name, extensions, grammar } of languages) {
  if (grammar === undefined || shells.has(id)) continue;
  for (const word of [id, name.toLowerCase(), ...extensions.map(extension => extension.slice(1))])
    if (word === id || !byWord.has(word)) byWord.set(word, id);
}
for (const [word, id] of [
  ['golang', 'go'],
  ['pycon', 'python'],
  ['python3', 'python'],
  ['js', 'javascript'],
  ['ts', 'typescript'],
  ['c#', 'csharp'],
  ['c++', 'cpp'],
])
  if (byWord.has(id!)) byWord.set(word!, id!);

/** What mining needs of the engine: trees are read as an index would read them. */
export const corpusHost: CorpusHost = {
  ...datasetHost,
  languageOf: word => byWord.get(word.toLowerCase()),
};
