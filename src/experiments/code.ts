import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { codeBehind } from '../core/layout.ts';
import type { ExperimentResult } from '../evaluation/result.ts';

/** `src/` when run from source, `dist/` when built. */
const codeRoot = resolve(import.meta.dirname, '..');

/** Folders whose code decides what a baseline returns, what Quarry's engine returns, vectors of texts, and pairs of a corpus. */
const baselineCode = codeBehind(['evaluation/systems']);
const engineCode = codeBehind(['engine']);
const encoderCode = codeBehind(['languages', 'models']);
const corpusCode = codeBehind(['engine', 'evaluation/datasets', 'training/corpus']);

const known = new Map<string, string>();

/** Hash of the code in some folders: a run is only taken from the cache if the same code made it. */
function hashOf(folders: readonly string[]): string {
  const key = folders.join();
  let hash = known.get(key);
  if (hash === undefined) {
    const digest = createHash('sha256');
    for (const folder of folders) {
      const names = readdirSync(join(codeRoot, folder), { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile() && /(?<!\.test|\.testing|\.d)\.[jt]s$/.test(entry.name))
        .map(entry => join(entry.parentPath, entry.name))
        .sort();
      for (const name of names)
        digest
          .update(`${relative(codeRoot, name)}\0`)
          .update(readFileSync(name))
          .update('\0');
    }
    // Grammars decide what a unit is.
    if (folders.includes('languages'))
      digest.update(readFileSync(join(codeRoot, '../grammars/manifest.json')));
    known.set(key, (hash = digest.digest('hex').slice(0, 16)));
  }
  return hash;
}

export function baselineCodeHash(): string {
  return hashOf(baselineCode);
}

export function engineCodeHash(): string {
  return hashOf(engineCode);
}

/** With the files of a model: what a list made of its vectors depends on. */
export function encoderCodeHash(): string {
  return hashOf(encoderCode);
}

/** What pairs a corpus is mined into depends on. */
export function corpusCodeHash(): string {
  return hashOf(corpusCode);
}

/** What made a result. */
export function production(version: string): Omit<ExperimentResult['made'], 'seed' | 'at'> {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  return {
    quarry: version,
    code: engineCodeHash(),
    node: process.version,
    machine: `${availableParallelism()} cores, ${model}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
  };
}
