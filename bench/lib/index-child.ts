import { median } from '../../src/evaluation/statistics.ts';
import { builtLibrary } from './built.ts';
import { readInput } from './child.ts';
import { peakMemory } from './machine.ts';

/** Indexes a tree from nothing, in this process, as a user of the library would; then perhaps searches it. */
export interface IndexInput {
  tree: string;
  indexFile: string;
  workers: number;
  /** Asked afterwards, several times over. */
  queries?: string[];
}

export interface IndexOutcome {
  /** From opening the index to the end of the update. */
  ms: number;
  files: number;
  units: number;
  /** Bytes of the indexed files, and of the index file. */
  sourceBytes: number;
  indexBytes: number;
  segments: number;
  skipped: number;
  /** Before the first search. */
  peakBytes: number;
  searchP50: number | undefined;
}

const { tree, indexFile, workers, queries } = await readInput<IndexInput>();
const { openIndex } = await builtLibrary();
const begun = performance.now();
const index = await openIndex(tree, { indexFile, workers });
const report = await index.update();
const ms = performance.now() - begun;
const peakBytes = peakMemory();
const status = await index.status();
const times: number[] = [];
for (let round = 0; round < 6; round++) {
  for (const query of queries ?? []) {
    const from = performance.now();
    await index.search(query);
    if (round > 0) times.push(performance.now() - from);
  }
}
index.close();
const { files, sourceBytes, indexBytes, segments, units } = status;
const outcome: IndexOutcome = {
  ms,
  files,
  units,
  sourceBytes,
  indexBytes,
  segments,
  skipped: report.skipped,
  peakBytes,
  searchP50: times.length > 0 ? median(times) : undefined,
};
process.stdout.write(JSON.stringify(outcome));
