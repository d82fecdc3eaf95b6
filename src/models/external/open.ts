import { basename, join, resolve } from 'node:path';
import type { Encoder } from '../../core/encoder.ts';
import { modelsDirectory } from '../library/locate.ts';
import { hashFile, hashText } from './fingerprint.ts';
import { findModel, readObject } from './folder.ts';
import { OnnxEncoder } from './onnx-encoder.ts';
import { type PreparationOptions, readPreparation } from './preparation.ts';
import { StaticEncoder } from './static-encoder.ts';
import { loadTokenizer } from './tokenizer.ts';
import { unitTextVersion } from './unit-text.ts';

export interface ExternalEncoderOptions extends PreparationOptions {
  /** What people call it; default: the id it was downloaded under, else the folder's name. */
  readonly id?: string;
  /** Threads of the runtime; default 1, which gives the same bits on every run. */
  readonly threads?: number;
  /** Folder for remembered checksums of big files; default: `.sums` beside downloaded models. */
  readonly sums?: string;
}

/**
 * Opens a model of others: a folder with `model.onnx` and `tokenizer.json`, or with token vectors in
 * `model.safetensors`; pooling, prompts and lengths as sentence-transformers keeps them. Vectors are L2-normalised
 * whatever the folder says, as `Encoder` has them. `QuarryError`, one line each: 'not-found' (what is missing in the
 * folder, or the native runtime), 'format' (what does not fit together or is not supported), 'corrupt', 'unreadable'.
 */
export async function openExternalEncoder(
  directory: string,
  options: ExternalEncoderOptions = {},
): Promise<Encoder> {
  const folder = findModel(resolve(directory));
  const preparation = readPreparation(folder.directory, options);
  const tokenizer = await loadTokenizer(folder.tokenizer, folder.directory);
  const sums = options.sums ?? join(modelsDirectory(process.env), '.sums');
  const config = join(folder.directory, 'tokenizer_config.json');
  const fingerprint = hashText(
    JSON.stringify({
      format: 'quarry-external-1',
      unitText: unitTextVersion,
      model: await hashFile(folder.model, sums),
      tokenizer: await hashFile(folder.tokenizer, sums),
      tokenizerConfig: readObject(config) ?? {},
      kind: folder.kind,
      preparation,
    }),
  );
  const id = options.id ?? idOf(folder.directory);
  if (folder.kind === 'static')
    return StaticEncoder.open({ id, fingerprint, folder, preparation, tokenizer });
  const threads = options.threads ?? 1;
  return OnnxEncoder.open({ id, fingerprint, folder, preparation, tokenizer, threads });
}

function idOf(directory: string): string {
  const id = readObject(join(directory, 'quarry-model.json'))?.['id'];
  return typeof id === 'string' ? id : basename(directory);
}
