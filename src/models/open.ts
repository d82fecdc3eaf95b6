import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Encoder } from '../core/encoder.ts';
import { QuarryError } from '../core/errors.ts';
import type { Program } from '../tensor/session.ts';
import { parseTokenizer, type Tokenizer } from '../text/index.ts';
import {
  configFile,
  fingerprintOf,
  type ModelConfig,
  parseConfig,
  studentFiles,
  tableFile,
  tokenizerFile,
} from './config.ts';
import { readChecked } from './folder.ts';
import { Preparer, preparationVersion } from './prepare.ts';

export interface OpenEncoderOptions {
  /** Threads of the native runtime; default 1. */
  threads?: number;
}

/**
 * Opens the model in a folder: one of ours (`config.json` with a `format`), or any ONNX model with a `tokenizer.json`.
 * Every file is checked against its SHA-256. Throws QuarryError: `not-found` for a missing folder or file; `unsupported` for
 * a missing native runtime where one is needed; `corrupt` for a file that was changed or does not fit; `format` for a
 * model of another version.
 */
export async function openEncoder(directory: string, options: OpenEncoderOptions = {}): Promise<Encoder> {
  const config = await readConfig(directory);
  if (!config) {
    const { openExternalEncoder } = await import('./external/index.ts');
    return openExternalEncoder(directory, options);
  }
  const files = await readChecked(directory, config.files);
  const file = (name: string) => {
    const bytes = files.get(name);
    if (!bytes) throw new QuarryError('corrupt', `${join(directory, configFile)} names no ${name}`);
    return bytes;
  };
  const tokenizer = parseTokenizer(file(tokenizerFile).toString('utf8'), join(directory, tokenizerFile));
  if (tokenizer.vocabularySize !== config.vocabulary)
    throw new QuarryError(
      'corrupt',
      `${directory}: the tokenizer has ${tokenizer.vocabularySize} tokens, the model ${config.vocabulary}`,
      'they belong to different models: get the model again',
    );
  if (fingerprintOf(config.files, tokenizer.fingerprint, config) !== config.fingerprint)
    throw new QuarryError(
      'corrupt',
      `${directory}: the fingerprint is not that of the files`,
      'get the model again',
    );
  const threads = options.threads ?? 1;
  const { student } = config;
  // With a student, what asks and does not index never opens the teacher's network.
  const encoder = await openTower(config, {
    directory,
    file,
    tokenizer,
    threads,
    isLazy: student !== undefined,
  });
  if (!student) return encoder;
  const own = await readChecked(directory, student.files);
  const queries = await openTower(
    { ...config, ...student, towers: 'shared' },
    {
      directory,
      file: name => own.get(name === tableFile ? studentFiles.table : studentFiles.onnx)!,
      tokenizer,
      threads,
      isLazy: false,
    },
  );
  const { StudentEncoder } = await import('./student-encoder.ts');
  return new StudentEncoder(encoder, queries);
}

interface Tower {
  directory: string;
  /** Bytes of a file of the model. Throws QuarryError `corrupt` for one that it does not have. */
  file: (name: string) => Buffer;
  tokenizer: Tokenizer;
  threads: number;
  /** Networks are opened when they are first needed. */
  isLazy: boolean;
}

async function openTower(
  config: ModelConfig,
  { directory, file, tokenizer, threads, isLazy }: Tower,
): Promise<Encoder> {
  const preparer = new Preparer(tokenizer, config.preparation);
  const [{ readTables }, { parseTensorFile }] = await Promise.all([
    import('./token-table.ts'),
    import('../tensor/safetensors.ts'),
  ]);
  const tables = () => {
    const path = join(directory, tableFile);
    return readTables(config, parseTensorFile(file(tableFile), path), path);
  };
  if (config.runtime === 'table') {
    const { StaticEncoder } = await import('./static-encoder.ts');
    return new StaticEncoder(config, preparer, tables());
  }
  const { GraphEncoder } = await import('./graph-encoder.ts');
  const programs = new Map<string, Promise<Program>>();
  const open = (name: string) => {
    let program = programs.get(name);
    if (!program) {
      const bytes = file(name);
      program = import('../tensor/session.ts').then(({ Program }) => Program.open(bytes, { threads }));
      programs.set(name, program);
    }
    return program;
  };
  const names = { query: config.towers === 'shared' ? 'model.onnx' : 'query.onnx', unit: 'model.onnx' };
  if (!isLazy) for (const name of Object.values(names)) await open(name);
  const late = tableFile in config.files ? tables() : undefined;
  return new GraphEncoder(config, preparer, { open: side => open(names[side]), opened: programs }, late);
}

/** The configuration of one of our models; undefined for a folder with another kind of model. */
export async function readConfig(directory: string): Promise<ModelConfig | undefined> {
  const path = join(directory, configFile);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new QuarryError('unreadable', `${path} cannot be read: ${(cause as Error).message}`, undefined, {
      cause,
    });
  }
  const config = parseConfig(text, path);
  if (config && config.preparationVersion !== preparationVersion)
    throw new QuarryError(
      'format',
      `${path}: texts are prepared in another way by this version`,
      'get a model made for this version, or train one',
    );
  return config;
}
