import { join } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import { type Json, readObject } from './folder.ts';

/** Token ids of a text, ready for a model. */
export interface TextTokenizer {
  /** Ids with special tokens around them, at most `most`, which is at least the number of special tokens + 1. */
  encode(text: string, most: number): readonly number[];
  /** Ids of the text alone, at most `most`, the unknown one included. */
  body(text: string, most: number): readonly number[];
  /** How many tokens of a list, from `body`, are in the vocabulary. */
  known(ids: readonly number[]): number;
  readonly padId: number;
  /** The id of what is not in the vocabulary; undefined if there is none. */
  readonly unknownId: number | undefined;
  /** Largest id there is. */
  readonly largestId: number;
}

/** As much of the library as is used; its own types do not resolve under Node's rules. */
interface Library {
  Tokenizer: new (file: object, config: object) => LibraryTokenizer;
}

interface LibraryTokenizer {
  encode(text: string, options?: { add_special_tokens: boolean }): { ids: number[] };
  token_to_id(token: string): number | undefined;
  get_vocab(): Map<string, number>;
}

/** A text longer than this many characters per token would be cut anyway; the rest is not even looked at. */
const charactersPerToken = 32;

/**
 * Reads a `tokenizer.json` and the `tokenizer_config.json` of the model's folder. `QuarryError`: 'format' if it is not
 * JSON or of a kind that cannot be read, 'not-found' if the package for it is not installed.
 */
export async function loadTokenizer(path: string, directory: string): Promise<TextTokenizer> {
  const file = readObject(path);
  if (!file) throw new QuarryError('not-found', `no tokenizer at ${path}`);
  const config = readObject(join(directory, 'tokenizer_config.json')) ?? {};
  const { Tokenizer } = await loadLibrary();
  let tokenizer: LibraryTokenizer;
  try {
    // The library wants every key. Nothing is decoded here, so a decoder it does not know need not stop it.
    const parts = { added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null };
    tokenizer = new Tokenizer({ ...parts, ...file, decoder: null }, config);
  } catch (cause) {
    throw unreadable(path, cause);
  }
  const body = (text: string, most: number) => {
    const cut = text.length > most * charactersPerToken ? text.slice(0, most * charactersPerToken) : text;
    const ids = tokenizer.encode(cut.toWellFormed(), { add_special_tokens: false }).ids;
    // Byte-pair tokenizers without an unknown token have no id for what they do not know.
    return ids.filter(id => Number.isInteger(id)).slice(0, most);
  };
  let around: { before: number[]; after: number[] };
  try {
    around = specialTokens(tokenizer.encode('a').ids, body('a', 8));
  } catch (cause) {
    throw unreadable(path, cause);
  }
  const { before, after } = around;
  let largestId = -1;
  for (const id of tokenizer.get_vocab().values()) largestId = Math.max(largestId, id);
  const unknownId = idOfUnknown(file, token => tokenizer.token_to_id(token));
  return {
    body,
    encode: (text, most) => [
      ...before,
      ...body(text, Math.max(1, most - before.length - after.length)),
      ...after,
    ],
    known: ids => ids.reduce((count, id) => count + (id === unknownId ? 0 : 1), 0),
    padId: idOfPadding(file, config, token => tokenizer.token_to_id(token)),
    unknownId,
    largestId,
  };
}

async function loadLibrary(): Promise<Library> {
  try {
    return (await import('@huggingface/tokenizers')) as Library;
  } catch (cause) {
    throw new QuarryError(
      'not-found',
      'the package @huggingface/tokenizers is not installed',
      'models of others need it: npm install @huggingface/tokenizers',
      { cause },
    );
  }
}

/** What stands before and behind every text: found by comparing one with and without. */
function specialTokens(
  whole: readonly number[],
  text: readonly number[],
): { before: number[]; after: number[] } {
  for (let at = 0; at + text.length <= whole.length; at++) {
    if (text.every((id, i) => whole[at + i] === id))
      return { before: whole.slice(0, at), after: whole.slice(at + text.length) };
  }
  return { before: [], after: [] };
}

function idOfUnknown(file: Json, idOf: (token: string) => number | undefined): number | undefined {
  const model = file['model'] as Json | undefined;
  if (typeof model?.['unk_id'] === 'number') return model['unk_id'];
  return typeof model?.['unk_token'] === 'string' ? idOf(model['unk_token']) : undefined;
}

function idOfPadding(file: Json, config: Json, idOf: (token: string) => number | undefined): number {
  const padding = file['padding'] as Json | null | undefined;
  if (typeof padding?.['pad_id'] === 'number') return padding['pad_id'];
  const token = config['pad_token'];
  const name = typeof token === 'object' && token !== null ? (token as Json)['content'] : token;
  return (typeof name === 'string' ? idOf(name) : undefined) ?? 0;
}

function unreadable(path: string, cause: unknown): QuarryError {
  const why = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause);
  return new QuarryError('format', `${path} cannot be used: ${why}`, 'a tokenizer of another kind', {
    cause,
  });
}
