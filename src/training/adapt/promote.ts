import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import type { ModelConfig } from '../../models/index.ts';
import { type DownloadRecord, partialEnding, recordFile } from '../../models/library/locate.ts';

/** Throws QuarryError `usage` for what cannot be the name of a model. */
export function checkName(name: string): void {
  if (/^[A-Za-z0-9][\w.-]*$/.test(name) && !name.endsWith(partialEnding)) return;
  throw new QuarryError(
    'usage',
    `${JSON.stringify(name)} cannot be the name of a model`,
    'letters, digits, dots, dashes: --id NAME',
  );
}

/**
 * Puts a model into the directory of the user's models, where its name finds it; one of the same name is replaced. The
 * folder is there as a whole or not at all. Returns it. Throws QuarryError `unreadable`, `no-space`.
 */
export function promote(
  model: string,
  name: string,
  config: ModelConfig,
  models: string,
  card: string,
): string {
  checkName(name);
  const place = join(models, name);
  const partial = `${place}${partialEnding}`;
  const record: DownloadRecord = {
    id: name,
    revision: 'own',
    commit: config.fingerprint.slice(0, 40),
    endpoint: '',
    quantized: config.precision === 'int8',
    addedAt: Date.now(),
    files: [],
  };
  try {
    mkdirSync(models, { recursive: true });
    rmSync(partial, { recursive: true, force: true });
    cpSync(model, partial, { recursive: true });
    writeFileSync(join(partial, 'README.md'), card);
    writeFileSync(join(partial, recordFile), `${JSON.stringify(record, null, 2)}\n`);
    rmSync(place, { recursive: true, force: true });
    renameSync(partial, place);
    return place;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new QuarryError(
      code === 'ENOSPC' || code === 'EDQUOT' ? 'no-space' : 'unreadable',
      `cannot write ${place}: ${code}`,
      `the model is kept in ${model}; name another place in QUARRY_MODELS_DIR`,
      { cause },
    );
  }
}
