import { readFile } from 'node:fs/promises';
import { QuarryError } from '../../core/errors.ts';

/** Vectors of tokens. */
export interface EmbeddingTable {
  /** [rows, dims], row-major. */
  readonly vectors: Float32Array;
  readonly rows: number;
  readonly dims: number;
  /** One factor per token id, if tokens do not all count the same. */
  readonly weights: Float32Array | undefined;
  /** Row of each token id, if several share one; otherwise a token's id is its row. */
  readonly mapping: Float32Array | undefined;
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

type Header = Record<string, Entry | undefined>;

/** The number at an index of an array of the type; types of checkpoints in the wild. */
const readers: Readonly<Record<string, { bytes: number; at: (view: DataView, place: number) => number }>> = {
  F64: { bytes: 8, at: (view, place) => view.getFloat64(place, true) },
  F32: { bytes: 4, at: (view, place) => view.getFloat32(place, true) },
  F16: { bytes: 2, at: (view, place) => fromHalf(view.getUint16(place, true)) },
  BF16: { bytes: 2, at: (view, place) => fromBrain(view.getUint16(place, true)) },
  I64: { bytes: 8, at: (view, place) => Number(view.getBigInt64(place, true)) },
  I32: { bytes: 4, at: (view, place) => view.getInt32(place, true) },
  I8: { bytes: 1, at: (view, place) => view.getInt8(place) },
};

/**
 * Reads the table of a `model.safetensors` of model2vec (`embeddings`, `weights`, `mapping`) or of sentence-transformers
 * (`embedding.weight`), of any number type, as float32. `QuarryError`: 'unreadable', 'corrupt' (cut off), 'format'.
 */
export async function readEmbeddings(path: string): Promise<EmbeddingTable> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new QuarryError('unreadable', `${path} cannot be read (${cause.code})`, undefined, { cause });
  });
  const length = bytes.length >= 8 ? Number(bytes.readBigUInt64LE()) : Number.POSITIVE_INFINITY;
  if (length > bytes.length - 8) throw damaged(path, 'it is cut off');
  const header = headerOf(path, bytes.toString('utf8', 8, 8 + length));
  const body = bytes.subarray(8 + length);
  const name = ['embeddings', 'embedding.weight'].find(key => header[key]);
  const shape = name === undefined ? undefined : header[name]!.shape;
  if (name === undefined || shape?.length !== 2)
    throw new QuarryError(
      'format',
      `${path} has no table of token vectors`,
      'it needs a tensor embeddings of the shape [tokens, dimensions]; weights of networks are read from model.onnx',
    );
  return {
    vectors: numbersOf(path, name, header[name]!, body),
    rows: shape[0]!,
    dims: shape[1]!,
    weights: header['weights'] && numbersOf(path, 'weights', header['weights'], body),
    mapping: header['mapping'] && numbersOf(path, 'mapping', header['mapping'], body),
  };
}

function headerOf(path: string, text: string): Header {
  try {
    const header: unknown = JSON.parse(text);
    if (typeof header === 'object' && header !== null) return header as Header;
  } catch {
    // Said below.
  }
  throw damaged(path, 'its header is no JSON object');
}

function numbersOf(path: string, name: string, entry: Entry, body: Uint8Array): Float32Array {
  const { dtype, shape, data_offsets: offsets } = entry;
  const reader = readers[dtype];
  if (!reader)
    throw new QuarryError('format', `${path}: '${name}' has the type ${dtype}, which is not read here`);
  const count = shape.reduce((product, size) => product * size, 1);
  const [start, end] = offsets;
  if (!(start >= 0 && end <= body.length && end - start === count * reader.bytes))
    throw damaged(path, `'${name}' is cut off`);
  const view = new DataView(body.buffer, body.byteOffset + start, end - start);
  const numbers = new Float32Array(count);
  for (let i = 0; i < count; i++) numbers[i] = reader.at(view, i * reader.bytes);
  return numbers;
}

/** IEEE 754 binary16. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const word = new DataView(new ArrayBuffer(4));

/** The upper half of a float32. */
function fromBrain(bits: number): number {
  word.setUint32(0, bits << 16);
  return word.getFloat32(0);
}

function damaged(path: string, why: string): QuarryError {
  return new QuarryError('corrupt', `${path} is damaged: ${why}`, 'fetch the file again');
}
