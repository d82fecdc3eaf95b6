// Opens what search by meaning needs beside the index: the model, and the caches of vectors.

import { QuarryError } from '../../core/errors.ts';
import { Model, type ModelSource } from '../encoding/model.ts';
import { cacheProblem } from '../encoding/vector-cache.ts';
import { cacheFilesIn } from '../index-files.ts';
import type { Diagnosis } from './diagnosis.ts';

/** Opens a model and encodes a query with it. */
export async function tryModel(source: ModelSource | undefined, diagnosis: Diagnosis): Promise<void> {
  if (!source) return diagnosis.ok('no model: search is by words only');
  const model = new Model(source);
  try {
    const encoder = await model.open();
    if (!encoder) return diagnosis.warn(`the model in ${source.directory}: ${model.note}`);
    const vector = await model.encodeQuery('open a file', undefined);
    const sound = vector?.length === encoder.dims && vector.every(Number.isFinite);
    const name = `the model ${encoder.id} (${encoder.fingerprint.slice(0, 12)}, ${encoder.dims} dimensions)`;
    if (sound) diagnosis.ok(`${name} encodes`);
    else diagnosis.fail(`${name} gives no vector`);
  } catch (error) {
    if (!(error instanceof QuarryError)) throw error;
    diagnosis.fail(error.hint === undefined ? error.message : `${error.message}; ${error.hint}`);
  } finally {
    await model.close();
  }
}

/** Checks the caches of vectors of an index directory; returns those that should be deleted. */
export function checkCaches(directory: string, diagnosis: Diagnosis): string[] {
  const files = cacheFilesIn(directory);
  const broken = files.filter(file => {
    const problem = cacheProblem(file);
    if (problem !== undefined)
      diagnosis.warn(`the cache of vectors ${file} is damaged: ${problem}`, `delete ${file}: it fills again`);
    return problem !== undefined;
  });
  if (files.length > 0 && broken.length === 0)
    diagnosis.ok(`the cache of vectors is sound (${files.length})`);
  return broken;
}
