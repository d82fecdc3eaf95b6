import { searchModes } from '../../core/search.ts';
import { roles, unitKinds } from '../../core/unit.ts';
import type { CommandSpec, Flag } from '../arguments.ts';
import { outputFormats } from '../formats/names.ts';

/** What may follow a flag or stand in a place: one of some words, or a path. */
export interface Values {
  words: readonly string[];
  /** Any path fits as well. */
  paths: 'none' | 'files' | 'directories';
  /** Several words may stand there, joined by commas. */
  list: boolean;
}

/** Names that only this installation knows. */
export interface Known {
  languages: readonly string[];
  models: readonly string[];
}

const nothing: Values = { words: [], paths: 'none', list: false };

/** What a flag takes; undefined for a switch. */
export function valuesOf({ name, value, repeat }: Flag, known: Known): Values | undefined {
  if (value === undefined) return undefined;
  const words = wordsOf(name, known);
  const list = repeat === true && value.includes(',');
  if (words !== undefined) {
    const takesFolders = name === 'model' || name === 'reranker';
    return { words, paths: takesFolders ? 'directories' : 'none', list };
  }
  if (/^(?:DIR|FOLDER)/.test(value)) return { ...nothing, paths: 'directories' };
  if (/^(?:FILE|GLOB|PATH)/.test(value)) return { ...nothing, paths: 'files' };
  return nothing;
}

function wordsOf(flag: string, { languages, models }: Known): readonly string[] | undefined {
  switch (flag) {
    case 'lang':
      return languages;
    case 'kind':
      return unitKinds;
    case 'role':
      return roles;
    case 'mode':
      return searchModes;
    case 'format':
      return outputFormats;
    case 'color':
      return ['auto', 'always', 'never'];
    case 'rerank':
      return ['on', 'off'];
    case 'model':
    case 'reranker':
      return [...models, 'none'];
    case 'device':
      return ['cpu', 'webgpu'];
    case 'towers':
      return ['shared', 'separate'];
    case 'protocol':
      return ['full', 'disjoint'];
    default:
      return undefined;
  }
}

/**
 * What the first word after a command's name may be. The usage line says it: `bash | zsh | fish` are words, `<name>` and
 * `[path]` are not, but for `[list]`, the word that can be left out.
 */
export function firstWords(command: Pick<CommandSpec, 'usage' | 'positionals'>): Values {
  const ways = command.usage.split(' | ').map(way => way.trim().split(' ', 1)[0] ?? '');
  const words = [...new Set(ways)]
    .map(word => (word === '[list]' ? 'list' : word))
    .filter(word => /^[a-z][a-z-]*$/.test(word));
  const takesPath = command.positionals > 0 && /path|dir|manifest|corpus|directory/.test(command.usage);
  return { words, paths: takesPath ? 'files' : 'none', list: false };
}
