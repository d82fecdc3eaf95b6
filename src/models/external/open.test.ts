import { mkdirSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openExternalEncoder } from './open.ts';
import {
  expectedMean,
  Folder,
  tensors,
  tinyDims,
  tinyOnnx,
  tinyTable,
  tinyTokenizer,
  tinyVector,
  tinyWords,
  unit,
} from './tiny.testing.ts';

const [cls, sep, read, file, parse, date] = [2, 3, 4, 5, 6, 7];
const pooling = (mode: string, more: object = {}) => ({
  word_embedding_dimension: tinyDims,
  [mode]: true,
  ...more,
});
const modules = (...types: string[]) =>
  types.map((type, idx) => ({
    idx,
    name: String(idx),
    path: `${idx}_${type}`,
    type: `sentence_transformers.models.${type}`,
  }));

function close(found: Iterable<number>, wanted: readonly number[]): void {
  const numbers = [...found];
  expect(numbers).toHaveLength(wanted.length);
  for (const [i, value] of wanted.entries()) expect(numbers[i]).toBeCloseTo(value, 5);
}

function onnxFolder(more: Record<string, string | Uint8Array | object> = {}): Folder {
  return new Folder({ 'model.onnx': tinyOnnx(), 'tokenizer.json': tinyTokenizer(), ...more });
}

test('a network: the mean of what the tokens give, padding and length of the batch aside', async () => {
  using folder = onnxFolder();
  const encoder = await openExternalEncoder(folder.path);
  expect(encoder.dims).toBe(tinyDims);
  const texts = ['read file', 'parse', '', 'zzz', 'read read read date'];
  const rows = await encoder.encodeQueries(texts);
  expect(rows).toHaveLength(texts.length * tinyDims);
  const row = (i: number) => rows.subarray(i * tinyDims, (i + 1) * tinyDims);
  close(row(0), expectedMean([cls, read, file, sep]));
  close(row(1), expectedMean([cls, parse, sep]));
  close(row(4), expectedMean([cls, read, read, read, date, sep]));
  // Nothing known in it: zeros.
  close(row(2), [0, 0, 0, 0]);
  close(row(3), [0, 0, 0, 0]);
  for (const [i, text] of texts.entries()) close(await encoder.encodeQueries([text]), [...row(i)]);
  expect(await encoder.encodeQueries([])).toHaveLength(0);
  await encoder.close();
});

test.each([
  ['pooling_mode_cls_token', tinyVector(cls)],
  ['pooling_mode_lasttoken', tinyVector(sep)],
  [
    'pooling_mode_max_tokens',
    tinyVector(cls).map((x, d) => Math.max(x, tinyVector(read)[d]!, tinyVector(sep)[d]!)),
  ],
  ['pooling_mode_mean_sqrt_len_tokens', expectedMean([cls, read, sep])],
])('%s', async (mode, wanted) => {
  using folder = onnxFolder({
    '1_Pooling/config.json': pooling(mode, { pooling_mode_mean_tokens: false }),
    'modules.json': modules('Transformer', 'Pooling', 'Normalize'),
  });
  const encoder = await openExternalEncoder(folder.path);
  // A longer text in the same batch makes padding.
  const rows = await encoder.encodeQueries(['read', 'read file date date']);
  close(rows.subarray(0, tinyDims), unit(wanted));
});

test('prompts, the form of units, and the length come from the folder', async () => {
  using folder = onnxFolder({
    'config_sentence_transformers.json': {
      prompts: { query: 'query: ', document: '' },
      default_prompt_name: null,
    },
    'sentence_bert_config.json': { max_seq_length: 5 },
    'tokenizer_config.json': { model_max_length: 1e30 },
  });
  const encoder = await openExternalEncoder(folder.path);
  close(await encoder.encodeQueries(['read']), expectedMean([cls, 8, 9, read, sep]));
  // Cut to five tokens; the special one at the end stays.
  close(await encoder.encodeQueries(['date file file file']), expectedMean([cls, 8, 9, date, sep]));
  const unitOf = (doc: string, code: string) => ({ name: 'file', doc, code, language: 'typescript' });
  close(await encoder.encodeUnits([unitOf('', 'read file')]), expectedMean([cls, read, file, sep]));
  close(await encoder.encodeUnits([unitOf('date', 'file')]), expectedMean([cls, 10, 11, 11, sep]));
});

test.each([
  ['sentence_embedding', {}],
  ['last_hidden_state', { shape: [2, 6] as const }],
  ['something', { inputs: ['input_ids', 'attention_mask'] }],
  ['last_hidden_state', { inputs: ['input_ids', 'attention_mask', 'position_ids'], type: 'int32' as const }],
])('output %s of %o', async (output, options) => {
  using folder = onnxFolder();
  folder.write('model.onnx', tinyOnnx({ output, ...options }));
  const encoder = await openExternalEncoder(folder.path);
  const rows = await encoder.encodeQueries(['read file', 'date', 'parse parse']);
  close(rows.subarray(0, 4), expectedMean([cls, read, file, sep]));
  close(rows.subarray(4, 8), expectedMean([cls, date, sep]));
  close(rows.subarray(8), expectedMean([cls, parse, parse, sep]));
});

test('the network may lie in onnx/, and be a quantised one', async () => {
  for (const name of [
    'onnx/model.onnx',
    'onnx/model_quantized.onnx',
    'model_quantized.onnx',
    'onnx/model_q4.onnx',
  ]) {
    using folder = new Folder({ [name]: tinyOnnx(), 'tokenizer.json': tinyTokenizer() });
    expect((await openExternalEncoder(folder.path)).dims, name).toBe(tinyDims);
  }
});

test('a static model, in float32, float16 and bfloat16, with weights and shared rows', async () => {
  const table = tinyTable(tinyWords);
  const words = new Uint8Array(table.buffer);
  const brain = Uint8Array.from(words.filter((_, i) => i % 4 >= 2));
  const half = new Uint8Array(Uint16Array.from(table, toHalf).buffer);
  for (const [dtype, bytes, digits] of [
    ['F32', words, 5],
    ['BF16', brain, 1.5],
    ['F16', half, 2.5],
  ] as const) {
    using folder = new Folder({
      'model.safetensors': tensors({ embeddings: { dtype, shape: [tinyWords, tinyDims], bytes } }),
      'tokenizer.json': tinyTokenizer(),
      'config.json': { model_type: 'model2vec', normalize: true },
    });
    const encoder = await openExternalEncoder(folder.path);
    const rows = [...(await encoder.encodeQueries(['read zzz file', 'zzz']))];
    // No special tokens, and what is unknown does not count.
    for (const [d, value] of expectedMean([read, file]).entries()) expect(rows[d]).toBeCloseTo(value, digits);
    expect(rows.slice(tinyDims)).toEqual([0, 0, 0, 0]);
  }
  const weights = new Float64Array(tinyWords).fill(1);
  weights[read] = 3;
  const mapping = BigInt64Array.from({ length: tinyWords }, (_, id) => BigInt(id === file ? date : id));
  using folder = new Folder({
    '0_StaticEmbedding/model.safetensors': tensors({
      'embedding.weight': { dtype: 'F32', shape: [tinyWords, tinyDims], bytes: words },
      weights: { dtype: 'F64', shape: [tinyWords], bytes: new Uint8Array(weights.buffer) },
      mapping: { dtype: 'I64', shape: [tinyWords], bytes: new Uint8Array(mapping.buffer) },
    }),
    '0_StaticEmbedding/tokenizer.json': tinyTokenizer(),
    'modules.json': modules('StaticEmbedding', 'Normalize'),
  });
  const encoder = await openExternalEncoder(folder.path);
  close(await encoder.encodeQueries(['read file']), expectedMean([read, read, read, date]));
  const code = { name: 'x.read', doc: '', code: 'file', language: 'lua' };
  close(await encoder.encodeUnits([code]), expectedMean([read, read, read, date]));
});

test('the fingerprint follows model, tokenizer and settings, and sums are remembered', async () => {
  using folder = onnxFolder();
  using other = new Folder();
  const sums = join(other.path, 'sums');
  const print = async (options = {}) =>
    (await openExternalEncoder(folder.path, { sums, ...options })).fingerprint;
  const first = await print();
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(readdirSync(other.path)).toEqual([]); // the files are too young
  const old = new Date(Date.now() - 60_000);
  for (const name of ['model.onnx', 'tokenizer.json']) utimesSync(join(folder.path, name), old, old);
  expect(await print()).toBe(first);
  expect(readdirSync(sums)).toHaveLength(2);
  expect(await print()).toBe(first);
  expect(await print({ id: 'named', threads: 2 })).toBe(first);
  const seen = new Set([
    first,
    await print({ queryPrefix: 'q ' }),
    await print({ maxTokens: 9 }),
    await print({ pooling: 'cls' }),
  ]);
  folder.write('model.onnx', tinyOnnx({ inputs: ['input_ids', 'attention_mask'] }));
  seen.add(await print());
  folder.write('tokenizer.json', tinyTokenizer(['more']));
  await expect(print()).rejects.toThrow(/ids up to/);
  expect(seen.size).toBe(5);
});

test('what cannot be opened is said in one line that names the file', async () => {
  const good = { 'model.onnx': tinyOnnx(), 'tokenizer.json': tinyTokenizer() };
  const dense = modules('Transformer', 'Pooling', 'Dense');
  const table = (rows: number) => ({
    'model.safetensors': tensors({
      embeddings: { dtype: 'F32', shape: [rows, 4], bytes: new Uint8Array(tinyTable(rows).buffer) },
    }),
    'config.json': { model_type: 'model2vec' },
  });
  const cases: Array<[Record<string, string | Uint8Array | object>, string, RegExp]> = [
    [{ 'tokenizer.json': {} }, 'not-found', /no model\.onnx and no model\.safetensors/],
    [
      { 'model.safetensors': 'x', 'config.json': { model_type: 'bert' } },
      'not-found',
      /weights for PyTorch, but no model\.onnx/,
    ],
    [{ 'model.onnx': tinyOnnx() }, 'not-found', /no tokenizer\.json/],
    [{ ...good, 'model.onnx_data': 'x' }, 'format', /second file, model\.onnx_data/],
    [{ ...good, 'model.onnx': 'no network' }, 'corrupt', /model\.onnx cannot be opened: /],
    [{ ...good, 'tokenizer.json': '{' }, 'format', /tokenizer\.json is not JSON/],
    [{ ...good, 'tokenizer.json': { model: { type: 'Runes' } } }, 'format', /tokenizer\.json cannot be used/],
    [
      { ...good, 'tokenizer.json': tinyTokenizer(['more']) },
      'format',
      /has ids up to 14, which the model has no vector for/,
    ],
    [
      { ...good, '1_Pooling/config.json': pooling('pooling_mode_weightedmean_tokens') },
      'format',
      /unknown pooling: pooling_mode_weightedmean_tokens/,
    ],
    [{ ...good, '1_Pooling/config.json': { pooling_mode: 'fancy' } }, 'format', /unknown pooling: fancy/],
    [
      { ...good, '1_Pooling/config.json': { word_embedding_dimension: 9, pooling_mode_cls_token: true } },
      'format',
      /gives vectors of 4 numbers, but 1_Pooling\/config\.json says 9/,
    ],
    [{ ...good, 'modules.json': dense }, 'format', /a module Dense/],
    [
      { ...good, 'model.onnx': tinyOnnx({ inputs: ['input_ids', 'offsets'] }) },
      'format',
      /cannot feed the input offsets/,
    ],
    [
      { ...good, 'model.onnx': tinyOnnx({ type: 'float32', inputs: ['input_ids', 'attention_mask'] }) },
      'corrupt',
      /cannot be opened/,
    ],
    [
      { ...table(tinyWords - 1), 'tokenizer.json': tinyTokenizer() },
      'format',
      /ids up to 13, but the model has vectors for 13 tokens/,
    ],
    [
      { ...table(3), 'model.safetensors': 'cut', 'tokenizer.json': tinyTokenizer() },
      'corrupt',
      /it is cut off/,
    ],
    [
      { ...table(3), 'model.safetensors': tensors({}), 'tokenizer.json': tinyTokenizer() },
      'format',
      /no table of token vectors/,
    ],
  ];
  for (const [files, code, message] of cases) {
    using folder = new Folder(files);
    const error: unknown = await openExternalEncoder(folder.path).catch((thrown: unknown) => thrown);
    expect(error, String(message)).toMatchObject({
      name: 'QuarryError',
      code,
      message: expect.stringMatching(message),
    });
    expect((error as Error).message).not.toContain('\n');
  }
  using folder = new Folder();
  await expect(openExternalEncoder(join(folder.path, 'nowhere'))).rejects.toThrow(/no such folder/);
  mkdirSync(join(folder.path, 'empty'));
  await expect(openExternalEncoder(join(folder.path, 'empty'))).rejects.toThrow(/no model\.onnx/);
});

test('stops between batches', async () => {
  using folder = onnxFolder();
  const encoder = await openExternalEncoder(folder.path);
  const stop = new AbortController();
  const work = encoder.encodeQueries(Array<string>(500).fill('read file'), stop.signal);
  setImmediate(() => stop.abort());
  await expect(work).rejects.toMatchObject({ code: 'aborted' });
});

/** Enough for numbers of moderate size. */
function toHalf(value: number): number {
  if (value === 0) return 0;
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.abs(value))));
  const fraction = Math.round((Math.abs(value) / 2 ** exponent - 1) * 1024);
  return ((value < 0 ? 0x8000 : 0) | ((exponent + 15) << 10)) + fraction;
}
