import { join } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import { type Json, moduleTypes, readJson, readObject } from './folder.ts';

/** How the vectors of a text's tokens become its vector. */
export type Pooling = 'cls' | 'mean' | 'lasttoken' | 'max';

/** What is done to texts before, and to vectors after the model. Part of the fingerprint. */
export interface Preparation {
  readonly pooling: Pooling;
  /** Put before every query, and before every unit. */
  readonly queryPrefix: string;
  readonly documentPrefix: string;
  /** Tokens of a text, special ones included; what is longer is cut. */
  readonly maxTokens: number;
}

/** What a caller wants otherwise than the folder says. */
export type PreparationOptions = Partial<Preparation>;

/** Units are functions: few are longer, and attention costs the square of the length. */
const mostTokens = 1024;
const defaultTokens = 512;

/** Names of prompts, as models in the wild have them. */
const queryNames = ['query', 'search_query', 'retrieval.query', 'nl2code_query', 'code_query'];
const documentNames = [
  'document',
  'passage',
  'corpus',
  'search_document',
  'retrieval.passage',
  'nl2code_document',
  'code_document',
];

/** Modules that need no more than pooling and normalisation. */
const knownModules = new Set(['Transformer', 'Pooling', 'Normalize', 'StaticEmbedding']);

/** The settings of a folder in the layout of sentence-transformers; `QuarryError` 'format' for what is not done here. */
export function readPreparation(directory: string, options: PreparationOptions = {}): Preparation {
  const prompts = readPrompts(directory);
  return {
    pooling: options.pooling ?? readPooling(directory),
    queryPrefix: options.queryPrefix ?? prompts.query,
    documentPrefix: options.documentPrefix ?? prompts.document,
    maxTokens: options.maxTokens ?? Math.min(mostTokens, readMaxTokens(directory) ?? defaultTokens),
  };
}

/**
 * Whether the modules can be done here, on top of a network that gives vectors of tokens; one that gives vectors of
 * texts has them inside. `QuarryError` 'format' names the module.
 */
export function checkModules(directory: string): void {
  const strange = moduleTypes(readJson(join(directory, 'modules.json'))).find(
    ({ type }) => !knownModules.has(type),
  );
  if (!strange) return;
  throw new QuarryError(
    'format',
    `${directory}: the model has a module ${strange.type}, which is not supported`,
    'export it with the output sentence_embedding, which has all modules inside',
  );
}

/** Dimensions the folder promises, with the file that says so. */
export function promisedDims(directory: string): { dims: number; file: string } | undefined {
  const { file, settings } = poolingSettings(directory);
  const dims = settings?.['word_embedding_dimension'] ?? settings?.['embedding_dimension'];
  return typeof dims === 'number' ? { dims, file } : undefined;
}

function poolingSettings(directory: string): { file: string; settings: Json | undefined } {
  const module = moduleTypes(readJson(join(directory, 'modules.json'))).find(
    ({ type }) => type === 'Pooling',
  );
  const file = join(module?.path || '1_Pooling', 'config.json');
  return { file, settings: readObject(join(directory, file)) };
}

/** Square root of the length in place of the length: the same direction, and all vectors get length 1. */
const poolings: Readonly<Record<string, Pooling>> = {
  pooling_mode_cls_token: 'cls',
  pooling_mode_mean_tokens: 'mean',
  pooling_mode_mean_sqrt_len_tokens: 'mean',
  pooling_mode_max_tokens: 'max',
  pooling_mode_lasttoken: 'lasttoken',
  cls: 'cls',
  mean: 'mean',
  mean_sqrt_len_tokens: 'mean',
  max: 'max',
  lasttoken: 'lasttoken',
};

function readPooling(directory: string): Pooling {
  const { file, settings } = poolingSettings(directory);
  // What sentence-transformers does with a model that says nothing.
  if (!settings) return 'mean';
  const named = settings['pooling_mode'];
  const modes =
    named === undefined
      ? Object.keys(settings).filter(key => key.startsWith('pooling_mode_') && settings[key] === true)
      : [named].flat().map(String);
  const [mode] = modes;
  const pooling = mode === undefined ? undefined : poolings[mode];
  const where = join(directory, file);
  if (!pooling || modes.length > 1)
    throw new QuarryError(
      'format',
      `${where}: unknown pooling: ${modes.join(' + ') || 'none'}`,
      'known: cls, mean, max, lasttoken, one at a time',
    );
  if (settings['include_prompt'] === false)
    throw new QuarryError('format', `${where}: pooling without the prompt is not supported`);
  return pooling;
}

function readPrompts(directory: string): { query: string; document: string } {
  const settings = readObject(join(directory, 'config_sentence_transformers.json'));
  const prompts = settings?.['prompts'];
  if (typeof prompts !== 'object' || prompts === null) return { query: '', document: '' };
  const name = settings?.['default_prompt_name'];
  const find = (names: readonly string[]) => {
    for (const key of typeof name === 'string' ? [...names, name] : names) {
      const prompt = (prompts as Json)[key];
      if (typeof prompt === 'string') return prompt;
    }
    return '';
  };
  return { query: find(queryNames), document: find(documentNames) };
}

function readMaxTokens(directory: string): number | undefined {
  const read = (file: string, key: string) => {
    const value = readObject(join(directory, file))?.[key];
    // Tokenizers without a limit say 1e30.
    return typeof value === 'number' && value >= 1 && value < 1e7 ? Math.floor(value) : undefined;
  };
  const own = read('sentence_bert_config.json', 'max_seq_length');
  if (own !== undefined) return own;
  const config = readObject(join(directory, 'config.json'));
  let places =
    read('config.json', 'max_position_embeddings') ??
    read('config.json', 'n_positions') ??
    Number.POSITIVE_INFINITY;
  // The places of RoBERTa and its kin begin behind the id of the padding.
  if (/roberta|camembert|longformer|mpnet/.test(String(config?.['model_type'])))
    places -= Number(config?.['pad_token_id'] ?? 1) + 1;
  const least = Math.min(places, read('tokenizer_config.json', 'model_max_length') ?? places);
  return Number.isFinite(least) ? least : undefined;
}
