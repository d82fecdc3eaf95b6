import { hash } from 'node:crypto';
import { basename } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import { Random } from '../../core/random.ts';
import { readCorpus } from '../corpus/corpus.ts';
import type { CorpusPair } from '../corpus/pair.ts';
import type { SourceContext, TrainingExample, TrainingSource, ValidationPool } from './example.ts';

/** A validation pool needs so many pairs: in a smaller one everything is found. */
const smallestPool = 100;

/**
 * Pairs that `quarry corpus build` mined. Two things are put back that mining took apart, so that a model learns to read
 * units as an index has them: what a doc comment says after its first sentence, and, where the query comes from
 * a test, a commit or a heading, the doc comment of that unit, if it was mined as well. Of half of the units the name
 * gets that of the file before it, as a class would stand there.
 */
export const corpusSource: TrainingSource = {
  id: 'corpus',
  title: 'a corpus built by quarry corpus build',
  argument: 'directory',
  licence: 'permissive; see corpora/manifest.json',
  async *examples(argument, { signal }) {
    const directory = given(argument);
    const docs = new Map<string, string>();
    for await (const pair of readCorpus(directory, { split: 'train', kinds: ['doc'], ...signalOf(signal) }))
      docs.set(unitKey(pair), pair.doc);
    for await (const pair of readCorpus(directory, { split: 'train', ...signalOf(signal) })) {
      yield exampleOf(pair, docs);
    }
  },
  async pools(argument, context) {
    const byLanguage = new Map<string, CorpusPair[]>();
    for await (const pair of readCorpus(given(argument), { split: 'valid', ...signalOf(context.signal) })) {
      const list = byLanguage.get(pair.language);
      if (list) list.push(pair);
      else byLanguage.set(pair.language, [pair]);
    }
    return [...byLanguage]
      .filter(([, pairs]) => pairs.length >= smallestPool)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([language, pairs]) => poolOf(`corpus ${language}`, pairs, context));
  },
};

function poolOf(name: string, pairs: readonly CorpusPair[], context: SourceContext): ValidationPool {
  const random = new Random(context.seed);
  const chosen = random.shuffled(pairs).slice(0, context.poolSize);
  const examples = chosen.map(pair => exampleOf(pair, new Map()));
  return { name, queries: examples.map(e => e.query), units: examples.map(e => e.unit) };
}

/** Doc comments by unit, for `exampleOf`. */
export function docsByUnit(pairs: readonly CorpusPair[]): Map<string, string> {
  return new Map(pairs.filter(({ kind }) => kind === 'doc').map(pair => [unitKey(pair), pair.doc]));
}

/** A mined pair as an example; `docs` are the doc comments that were mined as well. */
export function exampleOf(pair: CorpusPair, docs: ReadonlyMap<string, string>): TrainingExample {
  const knownDoc = docs.get(unitKey(pair));
  const { query, code, language, kind } = pair;
  // The choice is the unit's own, so that all of its examples and every run see the same.
  const chance = Number.parseInt(hash('sha256', unitKey(pair)).slice(0, 2), 16);
  const stem = basename(pair.path).replace(/\..*$/, '');
  const name =
    pair.name !== '' && chance % 2 === 0 && !pair.name.startsWith(stem) ? `${stem}.${pair.name}` : pair.name;
  const doc = kind === 'doc' ? withoutStart(pair.doc, query) : chance % 4 === 0 ? '' : (knownDoc ?? '');
  const { repository, path } = pair;
  return { query, unit: { name, doc, code, language }, kind: `corpus ${kind}`, repository, path };
}

/** What a doc comment says beyond the query that was taken from it. */
function withoutStart(doc: string, query: string): string {
  const text = doc.replace(/\s+/g, ' ').trim();
  return text.startsWith(query) ? text.slice(query.length).replace(/^[\s.;:,]+/, '') : '';
}

function unitKey({ repository, path, name, code }: CorpusPair): string {
  return `${repository}\0${path}\0${name}\0${code.length}`;
}

function given(argument: string | undefined): string {
  if (argument === undefined)
    throw new QuarryError('usage', 'the source corpus needs a directory', 'write corpus:DIRECTORY');
  return argument;
}

function signalOf(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}
