// The library of any checkout, asked line by line: how bench/revisions.ts holds two revisions against each other.

import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { median } from '../../src/evaluation/statistics.ts';
import { peakMemory } from './machine.ts';

/** The first line: which library, and which index of which tree. */
export interface RevisionSetup {
  /** The entry file of a built library. */
  library: string;
  tree: string;
  indexFile: string;
  workers: number;
}

/** A further line. */
export type RevisionCommand =
  /** Builds the index from nothing. */
  | { do: 'index' }
  /** Searches one query several times over. */
  | { do: 'search'; query: string; mode: 'lexical' | 'hybrid'; times: number };

/** The answer to a command, one line each. */
export interface RevisionAnswer {
  /** The time of indexing, or the median of the searches. */
  ms: number;
  /** Resident memory at its highest so far. */
  peakBytes: number;
  /** Units in the index. */
  units: number;
  /** Hits as `path:line score`: equal code answers equally. */
  hits: string[];
}

type Library = typeof import('../../src/index.ts');

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const setup = JSON.parse((await lines.next()).value as string) as RevisionSetup;
const { openIndex } = (await import(pathToFileURL(setup.library).href)) as Library;
using index = await openIndex(setup.tree, { indexFile: setup.indexFile, workers: setup.workers });

for await (const line of { [Symbol.asyncIterator]: () => lines }) {
  const command = JSON.parse(line) as RevisionCommand;
  const answer = command.do === 'index' ? await build() : await ask(command);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

async function build(): Promise<RevisionAnswer> {
  const from = performance.now();
  await index.update();
  const ms = performance.now() - from;
  const peakBytes = peakMemory();
  return { ms, peakBytes, units: (await index.status()).units, hits: [] };
}

async function ask({
  query,
  mode,
  times,
}: Extract<RevisionCommand, { do: 'search' }>): Promise<RevisionAnswer> {
  const taken: number[] = [];
  let hits: string[] = [];
  for (let i = 0; i < times; i++) {
    const from = performance.now();
    const result = await index.search(query, { mode });
    taken.push(performance.now() - from);
    hits = result.hits.map(hit => `${hit.path}:${hit.firstLine} ${hit.score}`);
  }
  return { ms: median(taken), peakBytes: peakMemory(), units: 0, hits };
}
