import { QuarryError } from '../../core/errors.ts';
import { Model, type ModelSource } from '../encoding/model.ts';
import { cacheProblem } from '../encoding/vector-cache.ts';
import { cacheFilesIn } from '../index-files.ts';

type Tell = (severity: 'ok' | 'warning' | 'error', what: string, cure?: string) => void;

/** Opens a model and encodes a query with it. */
export async function checkModel(source: ModelSource | undefined, tell: Tell): Promise<void> {
  if (!source) return tell('ok', 'no model: search is by words only');
  const model = new Model(source);
  try {
    const encoder = await model.open();
    if (!encoder) return tell('warning', `the model in ${source.directory}: ${model.note}`);
    const vector = await model.encodeQuery('open a file', undefined);
    const sound = vector?.length === encoder.dims && vector.every(Number.isFinite);
    const name = `the model ${encoder.id} (${encoder.fingerprint.slice(0, 12)}, ${encoder.dims} dimensions)`;
    if (sound) tell('ok', `${name} encodes`);
    else tell('error', `${name} gives no vector`);
  } catch (error) {
    if (!(error instanceof QuarryError)) throw error;
    tell('error', error.hint === undefined ? error.message : `${error.message}; ${error.hint}`);
  } finally {
    await model.close();
  }
}

/** Checks the caches of vectors of an index directory; gives those that should be deleted. */
export function checkCaches(directory: string, tell: Tell): string[] {
  const files = cacheFilesIn(directory);
  const broken = files.filter(file => {
    const problem = cacheProblem(file);
    if (problem !== undefined)
      tell(
        'warning',
        `the cache of vectors ${file} is damaged: ${problem}`,
        `delete ${file}: it fills again`,
      );
    return problem !== undefined;
  });
  if (files.length > 0 && broken.length === 0) tell('ok', `the cache of vectors is sound (${files.length})`);
  return broken;
}
