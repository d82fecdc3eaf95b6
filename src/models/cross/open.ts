import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import type { Reranker } from '../../core/reranker.ts';
import { Program } from '../../tensor/session.ts';
import { parseTokenizer } from '../../text/index.ts';
import { configFile, tokenizerFile } from '../config.ts';
import { readChecked } from '../folder.ts';
import { Preparer } from '../prepare.ts';
import { parseRerankerConfig, rerankerFingerprint } from './config.ts';
import { CrossEncoder } from './cross-encoder.ts';
import { rerankerFile } from './export.ts';

/**
 * Opens a re-ranker's folder with so many threads of the native runtime. Throws QuarryError: `not-found` for a missing
 * folder or file, `unsupported` without the native runtime, `corrupt` for a file that was changed, `format`.
 */
export async function openReranker(directory: string, threads = 1): Promise<Reranker> {
  const path = join(directory, configFile);
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new QuarryError(
      cause.code === 'ENOENT' ? 'not-found' : 'unreadable',
      `${path} cannot be read: ${cause.message}`,
      'name the folder of a re-ranker',
      { cause },
    );
  });
  const config = parseRerankerConfig(text, path);
  const files = await readChecked(directory, config.files);
  const file = (name: string) => {
    const bytes = files.get(name);
    if (!bytes) throw new QuarryError('corrupt', `${path} names no ${name}`, 'get the model again');
    return bytes;
  };
  if (rerankerFingerprint(config.files, config, config.temperature) !== config.fingerprint)
    throw new QuarryError(
      'corrupt',
      `${directory}: the fingerprint is not that of the files`,
      'get the model again',
    );
  const tokenizer = parseTokenizer(file(tokenizerFile).toString('utf8'), join(directory, tokenizerFile));
  if (tokenizer.vocabularySize !== config.vocabulary)
    throw new QuarryError(
      'corrupt',
      `${directory}: the tokenizer has ${tokenizer.vocabularySize} tokens, the model ${config.vocabulary}`,
      'they belong to different models: get the model again',
    );
  const program = await Program.open(file(rerankerFile), { threads });
  return new CrossEncoder(config, new Preparer(tokenizer, config.preparation), program);
}
