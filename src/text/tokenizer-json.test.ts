import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oddTexts, randomTexts, sourceFiles, sourcePieces } from './corpus.testing.ts';
import { normaliseText } from './pre-tokens.ts';
import type { Tokenizer } from './tokenizer.ts';
import { formatTokenizer, parseTokenizer, readTokenizer, writeTokenizer } from './tokenizer-json.ts';
import { trainBpe } from './train-bpe.ts';

let tokenizer: Tokenizer;
let folder: string;
beforeAll(async () => {
  tokenizer = await trainBpe(sourceFiles(), { vocabularySize: 4000, extraSpecialTokens: ['[QUERY]'] });
  folder = await mkdtemp(join(tmpdir(), 'quarry-text-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('@huggingface/tokenizers reads our file', () => {
  // This repository's code names the special tokens; what differs there is tested below.
  const texts = [...oddTexts, ...sourcePieces(), ...randomTexts(1000)].filter(
    text => !/\[[A-Z]{3,5}\]/.test(text),
  );
  let other: HuggingFaceTokenizer;
  beforeAll(() => {
    other = new HuggingFaceTokenizer(JSON.parse(formatTokenizer(tokenizer)), {
      clean_up_tokenization_spaces: false,
    });
  });

  test('with the same ids for code, queries, odd and random texts', () => {
    expect(texts.length).toBeGreaterThan(3000);
    for (const text of texts) {
      expect([...tokenizer.encode(text)]).toEqual(other.encode(text, { add_special_tokens: false }).ids);
    }
  });

  test('with the same special tokens around them', () => {
    for (const text of texts.slice(0, 200)) {
      expect([...tokenizer.encode(text, { addSpecial: true })]).toEqual(other.encode(text).ids);
    }
    expect(other.token_to_id('[QUERY]')).toBe(5);
  });

  test('and decodes to the same text', () => {
    for (const text of texts.slice(0, 400)) {
      const ids = [...tokenizer.encode(text)];
      if (ids.length === 0) continue;
      expect(other.decode(ids)).toBe(tokenizer.decode(ids));
      expect(tokenizer.decode(ids)).toBe(normaliseText(text).toWellFormed());
    }
  });

  test('except for special tokens that a text spells out', () => {
    expect(other.encode('[MASK]', { add_special_tokens: false }).ids).toEqual([4]);
    expect(tokenizer.encode('[MASK]')).not.toContain(4);
  });
});

describe('files', () => {
  test('are read as they were written', async () => {
    const path = join(folder, 'tokenizer.json');
    await writeTokenizer(path, tokenizer);
    const read = await readTokenizer(path);
    expect(read.fingerprint).toBe(tokenizer.fingerprint);
    expect(read.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(read.tokens).toEqual(tokenizer.tokens);
    expect(read.specialTokens).toEqual(tokenizer.specialTokens);
    expect(formatTokenizer(read)).toBe(formatTokenizer(tokenizer));
    expect(await readdir(folder)).toEqual(['tokenizer.json']);
  });

  test('may have merges as pairs and any layout', () => {
    const file = JSON.parse(formatTokenizer(tokenizer));
    file.model.merges = file.model.merges.map((merge: string) => merge.split(' '));
    expect(parseTokenizer(JSON.stringify(file), 'x').fingerprint).toBe(tokenizer.fingerprint);
  });

  test('that are missing or unreadable are named', async () => {
    const path = join(folder, 'nowhere.json');
    await expect(readTokenizer(path)).rejects.toMatchObject({
      code: 'not-found',
      message: `no tokenizer at ${path}`,
    });
    await expect(readTokenizer(folder)).rejects.toMatchObject({ code: 'unreadable' });
    const broken = join(folder, 'broken.json');
    await writeFile(broken, formatTokenizer(tokenizer).slice(0, 1000));
    await expect(readTokenizer(broken)).rejects.toMatchObject({
      code: 'corrupt',
      message: `${broken} is not JSON`,
    });
    await rm(broken);
  });
});

describe('files of another kind, and damaged ones', () => {
  interface File {
    normalizer: unknown;
    pre_tokenizer: unknown;
    added_tokens?: Array<{ id: unknown; content: unknown }>;
    model: {
      type: string;
      byte_fallback: boolean;
      vocab?: Record<string, unknown>;
      merges: unknown[];
    };
  }
  const cases: Array<[string, 'format' | 'corrupt', RegExp, (file: File) => unknown]> = [
    ['null', 'format', /has no model/, () => null],
    ['an array', 'format', /has no model/, () => []],
    ['WordPiece', 'format', /its model is WordPiece, not BPE/, file => void (file.model.type = 'WordPiece')],
    ['another normaliser', 'format', /normalises/, file => void (file.normalizer = { type: 'NFC' })],
    ['another splitting', 'format', /splits/, file => void (file.pre_tokenizer = { type: 'Whitespace' })],
    ['byte fallback', 'format', /byte_fallback/, file => void (file.model.byte_fallback = true)],
    ['no vocabulary', 'corrupt', /no vocabulary/, file => void delete file.model.vocab],
    ['a gap', 'corrupt', /gap/, file => void (file.model.vocab!['Ġreturn'] = 4000)],
    ['an id twice', 'corrupt', /gap/, file => void (file.model.vocab!['Ġreturn'] = 7)],
    ['an odd id', 'corrupt', /gap/, file => void (file.model.vocab!['Ġreturn'] = '7')],
    ['a missing byte', 'corrupt', /byte 97/, file => renamed(file, 'a', 'zzz')],
    ['a special token renamed', 'corrupt', /\[MASK\]/, file => void (file.added_tokens![4]!.content = '[M]')],
    ['no special tokens', 'corrupt', /\[PAD\]/, file => void delete file.added_tokens],
    ['special ids moved', 'corrupt', /special token 2/, file => void (file.added_tokens![2]!.id = 9)],
    ['a merge too few', 'corrupt', /do not fit/, file => void file.model.merges.pop()],
    ['an unknown merge', 'corrupt', /merge 3 joins/, file => void (file.model.merges[3] = 'qqqq zz')],
    ['three parts', 'corrupt', /merge 3 joins/, file => void (file.model.merges[3] = 'a b c')],
    ['a merge that is a number', 'corrupt', /merge 3 joins/, file => void (file.model.merges[3] = 7)],
    ['merges out of order', 'corrupt', /merge \d+ does not make/, file => void file.model.merges.reverse()],
  ];
  const renamed = (file: File, from: string, to: string) => {
    file.model.vocab![to] = file.model.vocab![from];
    delete file.model.vocab![from];
  };

  test.each(cases)('%s', (_, code, message, change) => {
    const file = JSON.parse(formatTokenizer(tokenizer));
    const changed = change(file);
    const json = JSON.stringify(changed === undefined ? file : changed);
    let error: unknown;
    try {
      parseTokenizer(json, 'model/tokenizer.json');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ name: 'QuarryError', code, message: expect.stringMatching(message) });
    expect(error).toMatchObject({ message: expect.stringMatching(/^model\/tokenizer\.json /) });
  });
});
