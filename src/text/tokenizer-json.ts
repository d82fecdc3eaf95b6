import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { QuarryError } from '../core/errors.ts';
import { byteSpelling } from './byte-level.ts';
import { maxVocabulary } from './pair-table.ts';
import { normalizer, preTokenizer } from './patterns.ts';
import { defaultSpecialTokens, Tokenizer } from './tokenizer.ts';

/**
 * `tokenizer.json` as Hugging Face's `tokenizers` write it. Other programs that load it give the same ids for every
 * text, with one exception that is meant: they read `[MASK]` in a text as the special token.
 */
export function formatTokenizer(tokenizer: Tokenizer): string {
  const { tokens, merges, specialTokens } = tokenizer;
  const special = (token: string) => ({ id: token, ids: [tokenizer.idOf(token)], tokens: [token] });
  const item = (id: string, type: 0 | 1) =>
    id.startsWith('[') ? { SpecialToken: { id, type_id: type } } : { Sequence: { id, type_id: type } };
  const file = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer,
    pre_tokenizer: preTokenizer,
    post_processor: {
      type: 'TemplateProcessing',
      single: [item('[CLS]', 0), item('A', 0), item('[SEP]', 0)],
      pair: [item('[CLS]', 0), item('A', 0), item('[SEP]', 0), item('B', 1), item('[SEP]', 1)],
      special_tokens: { '[CLS]': special('[CLS]'), '[SEP]': special('[SEP]') },
    },
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: false },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: '[UNK]',
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      // Spellings hold no white space, so the older form with one string per merge is unambiguous – and the most widely read.
      merges: merges.map(([left, right]) => `${tokens[left]} ${tokens[right]}`),
    },
  };
  return `${JSON.stringify(file, undefined, 1)}\n`;
}

/**
 * Reads what `formatTokenizer` writes. `name` (a path, say) is for messages. Throws `QuarryError('corrupt')` for what is not
 * JSON or contradicts itself, `QuarryError('format')` for a tokenizer of another kind – those are for
 * `@huggingface/tokenizers`.
 */
export function parseTokenizer(json: string, name: string): Tokenizer {
  let file: unknown;
  try {
    file = JSON.parse(json);
  } catch (cause) {
    throw new QuarryError('corrupt', `${name} is not JSON`, 'write or download the file again', { cause });
  }
  const otherKind = (what: string) =>
    new QuarryError(
      'format',
      `${name} is a tokenizer of another kind: ${what}`,
      'only tokenizers that Quarry trained are read here',
    );
  if (!isRecord(file) || !isRecord(file['model'])) throw otherKind('it has no model');
  const model = file['model'];
  if (model['type'] !== 'BPE') throw otherKind(`its model is ${String(model['type'])}, not BPE`);
  if (!isDeepStrictEqual(file['normalizer'], normalizer)) throw otherKind('it normalises texts differently');
  if (!isDeepStrictEqual(file['pre_tokenizer'], preTokenizer)) throw otherKind('it splits texts differently');
  for (const option of [
    'continuing_subword_prefix',
    'end_of_word_suffix',
    'dropout',
    'byte_fallback',
    'ignore_merges',
  ]) {
    if (model[option]) throw otherKind(`its model sets ${option}`);
  }

  const damaged = (what: string) =>
    new QuarryError('corrupt', `${name} is damaged: ${what}`, 'write or download the file again');
  if (!isRecord(model['vocab']) || !Array.isArray(model['merges']))
    throw damaged('no vocabulary or no merges');
  const tokens = tokensById(model['vocab'], damaged);
  const specials = specialTokens(file['added_tokens'], tokens, damaged);
  byteSpelling.forEach((spelling, byte) => {
    if (tokens[specials.length + byte] !== spelling)
      throw damaged(`the token of byte ${byte} is not in its place`);
  });
  if (tokens.length !== specials.length + 256 + model['merges'].length) {
    throw damaged(`${tokens.length} tokens do not fit ${model['merges'].length} merges`);
  }
  const ids = new Map<string, number>();
  for (let id = 0; id < tokens.length; id++) ids.set(tokens[id]!, id);
  const merges = model['merges'].map((merge: unknown, rank): readonly [number, number] => {
    const pair: unknown[] = typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? merge : [];
    const left = ids.get(pair[0] as string);
    const right = ids.get(pair[1] as string);
    const made = specials.length + 256 + rank;
    if (pair.length !== 2 || left === undefined || right === undefined) {
      throw damaged(`merge ${rank} joins tokens that are not in the vocabulary`);
    }
    if (left >= made || right >= made || !isJoined(tokens[made]!, tokens[left]!, tokens[right]!)) {
      throw damaged(`merge ${rank} does not make token ${made}`);
    }
    return [left, right];
  });
  return new Tokenizer(specials, merges, tokens);
}

/** Whether `text` is `left + right`, without making that. */
function isJoined(text: string, left: string, right: string): boolean {
  return text.length === left.length + right.length && text.startsWith(left) && text.endsWith(right);
}

/** Spellings by id; ids have to be 0 … n−1 without a gap. */
function tokensById(vocabulary: Record<string, unknown>, damaged: (what: string) => Error): string[] {
  // Every start of a process reads this file: no list of pairs is made of its many entries.
  const keys = Object.keys(vocabulary);
  const { length } = keys;
  const tokens: string[] = Array.from({ length });
  const seen = new Uint8Array(length);
  if (length > maxVocabulary) throw damaged(`a vocabulary of ${length} tokens`);
  for (const token of keys) {
    const id = vocabulary[token];
    if (typeof id !== 'number' || !(Number.isInteger(id) && id >= 0 && id < length) || seen[id]) {
      throw damaged(
        `the vocabulary has a gap: token ${JSON.stringify(token)} has the id ${String(id)} of ${length}`,
      );
    }
    seen[id] = 1;
    tokens[id] = token;
  }
  return tokens;
}

/** The special tokens, which are the first of the vocabulary. */
function specialTokens(
  added: unknown,
  tokens: readonly string[],
  damaged: (what: string) => Error,
): string[] {
  const listed = Array.isArray(added) ? added.filter(isRecord) : [];
  const specials = listed.map(token => String(token['content']));
  defaultSpecialTokens.forEach((token, id) => {
    if (specials[id] !== token) throw damaged(`${token} is not special token ${id}`);
  });
  listed.forEach((token, id) => {
    if (token['id'] !== id || tokens[id] !== token['content'])
      throw damaged(`special token ${id} is not in its place`);
  });
  return specials;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a `tokenizer.json`; adds `QuarryError('not-found')` and `('unreadable')` to what `parseTokenizer` throws. */
export async function readTokenizer(path: string): Promise<Tokenizer> {
  let json: string;
  try {
    json = await readFile(path, 'utf8');
  } catch (cause) {
    const missing = isRecord(cause) && cause['code'] === 'ENOENT';
    throw missing
      ? new QuarryError('not-found', `no tokenizer at ${path}`, 'train one, or check the path', { cause })
      : new QuarryError('unreadable', `cannot read ${path}: ${String(cause)}`, undefined, { cause });
  }
  return parseTokenizer(json, path);
}

/** Writes a `tokenizer.json`: the old file or the new one is there at every moment. I/O errors are passed on. */
export async function writeTokenizer(path: string, tokenizer: Tokenizer): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, formatTokenizer(tokenizer));
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
