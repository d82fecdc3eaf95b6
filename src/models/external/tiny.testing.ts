import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type DataType, encodeOnnx, type OnnxNode } from '../../tensor/onnx.ts';

/** Tiny models of others, as real files. */

const words = [
  '[PAD]',
  '[UNK]',
  '[CLS]',
  '[SEP]',
  'read',
  'file',
  'parse',
  'date',
  'query',
  ':',
  '/',
  '*',
  'open',
  'close',
];

/** A WordPiece tokenizer of a few words, as Hugging Face writes them: `[CLS] … [SEP]` around every text. */
export function tinyTokenizer(more: readonly string[] = []): object {
  const vocab = Object.fromEntries([...words, ...more].map((word, id) => [word, id]));
  return {
    version: '1.0',
    added_tokens: ['[PAD]', '[UNK]', '[CLS]', '[SEP]'].map(content => ({
      id: vocab[content],
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: '[CLS]', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '[SEP]', type_id: 0 } },
      ],
      pair: [],
      special_tokens: {
        '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
        '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
      },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab,
    },
  };
}

export const tinyWords: number = words.length;
export const tinyDims = 4;

/** The vector of a token: different for every id, in no plane. */
export function tinyVector(id: number, dims: number = tinyDims): number[] {
  return Array.from({ length: dims }, (_, d) => Math.sin(1 + id * 1.7 + d * (id + 2)));
}

export function tinyTable(rows: number, dims: number = tinyDims): Float32Array {
  return Float32Array.from(Array.from({ length: rows }, (_, id) => tinyVector(id, dims)).flat());
}

export interface TinyOnnx {
  rows?: number;
  dims?: number;
  /** Default: the three of BERT. */
  inputs?: readonly string[];
  type?: Extract<DataType, 'int64' | 'int32' | 'float32'>;
  /** `sentence_embedding` is the sum over all tokens, padding left out by the mask. */
  output?: string;
  /** Fixed sizes in place of free ones. */
  shape?: readonly [number, number];
}

/** A network that looks up a vector for each token; padding gets a huge one, which must not be seen. */
export function tinyOnnx(options: TinyOnnx = {}): Uint8Array {
  const { rows = tinyWords, dims = tinyDims, type = 'int64', output = 'last_hidden_state' } = options;
  const inputs = options.inputs ?? ['input_ids', 'attention_mask', 'token_type_ids'];
  const shape = options.shape ?? ['texts', 'tokens'];
  const bytes = (data: Float32Array | BigInt64Array) => new Uint8Array(data.buffer, 0, data.byteLength);
  const float = (name: string, data: number[]) => ({
    name,
    type: 'float32' as const,
    shape: [] as number[],
    bytes: bytes(Float32Array.from(data)),
  });
  const axis = (name: string, value: number) => ({
    name,
    type: 'int64' as const,
    shape: [1],
    bytes: bytes(BigInt64Array.of(BigInt(value))),
  });
  const perText = output === 'sentence_embedding';
  const nodes: OnnxNode[] = [
    { op: 'Gather', inputs: ['table', 'input_ids'], outputs: ['x'], attributes: { axis: { int: 0 } } },
    { op: 'Cast', inputs: [inputs[1]!], outputs: ['m'], attributes: { to: { int: 1 } } },
    { op: 'Unsqueeze', inputs: ['m', 'last'], outputs: ['mask'] },
    { op: 'Sub', inputs: ['one', 'mask'], outputs: ['pad'] },
    { op: 'Mul', inputs: ['pad', perText ? 'none' : 'huge'], outputs: ['far'] },
    { op: 'Mul', inputs: ['x', 'mask'], outputs: ['kept'] },
    { op: 'Add', inputs: ['kept', 'far'], outputs: [perText ? 'y' : output] },
    ...(perText
      ? [
          {
            op: 'ReduceSum',
            inputs: ['y', 'middle'],
            outputs: [output],
            attributes: { keepdims: { int: 0 } },
          },
        ]
      : []),
  ];
  return encodeOnnx({
    nodes,
    initializers: [
      { name: 'table', type: 'float32', shape: [rows, dims], bytes: bytes(tinyTable(rows, dims)) },
      float('one', [1]),
      float('huge', [1e6]),
      float('none', [0]),
      axis('last', -1),
      axis('middle', 1),
    ],
    inputs: inputs.map(name => ({ name, type, shape })),
    outputs: [{ name: output, type: 'float32', shape: perText ? [shape[0], dims] : [...shape, dims] }],
  });
}

/** A safetensors file. */
export function tensors(
  entries: Record<string, { dtype: string; shape: number[]; bytes: Uint8Array }>,
): Uint8Array {
  let at = 0;
  const header: Record<string, object> = {};
  for (const [name, { dtype, shape, bytes }] of Object.entries(entries))
    header[name] = { dtype, shape, data_offsets: [at, (at += bytes.length)] };
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, ...Object.values(entries).map(entry => entry.bytes)]);
}

/** A folder that is gone at the end of the test. */
export class Folder {
  readonly path: string = mkdtempSync(join(tmpdir(), 'quarry-model-'));

  constructor(files: Readonly<Record<string, string | Uint8Array | object>> = {}) {
    for (const [name, content] of Object.entries(files)) this.write(name, content);
  }

  /** Objects are written as JSON. */
  write(name: string, content: string | Uint8Array | object): void {
    const path = join(this.path, name);
    mkdirSync(dirname(path), { recursive: true });
    const isText = typeof content === 'string' || content instanceof Uint8Array;
    writeFileSync(path, isText ? content : JSON.stringify(content));
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The vector of a text by hand: the sum of its tokens' vectors, normalised. */
export function expectedMean(ids: readonly number[], dims: number = tinyDims): number[] {
  const sum = Array.from({ length: dims }, (_, d) =>
    ids.reduce((total, id) => total + tinyVector(id, dims)[d]!, 0),
  );
  return unit(sum);
}

export function unit(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector);
  return vector.map(value => value / length);
}
