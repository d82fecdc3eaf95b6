import { open, readFile, rename, rm } from 'node:fs/promises';
import { endianness } from 'node:os';
import { crc32 } from 'node:zlib';
import { QuarryError } from '../core/errors.ts';
import { type Shape, sizeOf } from './shape.ts';

/**
 * Named arrays in one file, in the safetensors format (github.com/huggingface/safetensors), which other tools read:
 * the length of the header (uint64, little-endian), the header (JSON, filled up with spaces to a multiple of 8), then
 * the arrays. A checksum of all but itself is in the metadata as `crc32`; a file without one is read all the same.
 */

const ARRAYS = { F32: Float32Array, F64: Float64Array, I32: Int32Array, I8: Int8Array } as const;

type Name = keyof typeof ARRAYS;

export type StoredArray = Float32Array | Float64Array | Int32Array | Int8Array;

export interface Stored {
  readonly shape: Shape;
  readonly data: StoredArray;
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

export interface TensorFile {
  readonly arrays: Map<string, Stored>;
  readonly metadata: Record<string, string>;
}

/** Writes a file in place of the one of that name, all of it or nothing. */
export async function writeTensorFile(path: string, file: TensorFile): Promise<void> {
  if (endianness() !== 'LE') throw new QuarryError('usage', 'tensor files need a little-endian machine');
  const entries: Record<string, Entry> = {};
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const [name, { shape, data }] of file.arrays) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    entries[name] = { dtype: nameOf(data), shape: [...shape], data_offsets: [at, (at += bytes.length)] };
    pieces.push(bytes);
  }
  const sum = checksum(file.metadata, entries, pieces);
  const header = JSON.stringify({ __metadata__: { ...file.metadata, crc32: sum }, ...entries });
  const json = Buffer.from(header);
  const padded = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ');
  padded.writeBigUInt64LE(BigInt(padded.length - 8));
  json.copy(padded, 8);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const handle = await open(temporary, 'w');
    try {
      for (const piece of [padded, ...pieces]) await handle.writeFile(piece);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw ioError('written', path, cause);
  }
}

/** Reads a whole file. Errors: 'not-found', 'unreadable', 'corrupt' (cut off or changed), 'format' (other types). */
export async function readTensorFile(path: string): Promise<TensorFile> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw ioError('read', path, cause);
  });
  return parseTensorFile(bytes, path);
}

/** The same for bytes that were read already; `path` is for messages. */
export function parseTensorFile(bytes: Buffer, path: string): TensorFile {
  const length = bytes.length >= 8 ? Number(bytes.readBigUInt64LE()) : Number.POSITIVE_INFINITY;
  if (length > bytes.length - 8) throw damaged(path, 'it is cut off');
  const { __metadata__: found = {}, ...entries } = parseHeader(path, bytes.toString('utf8', 8, 8 + length));
  const body = bytes.subarray(8 + length);
  const arrays = new Map<string, Stored>();
  const pieces: Uint8Array[] = [];
  for (const [name, entry] of Object.entries(entries)) {
    const piece = pieceOf(path, name, entry, body);
    const type = ARRAYS[entry.dtype as Name];
    // A copy: the file's arrays lie anywhere, typed arrays only at multiples of their element's size.
    arrays.set(name, { shape: entry.shape, data: new type(new Uint8Array(piece).buffer) });
    pieces.push(piece);
  }
  const { crc32: sum, ...metadata } = found;
  if (sum !== undefined && sum !== checksum(metadata, entries, pieces)) {
    throw damaged(path, 'its checksum is wrong');
  }
  return { arrays, metadata };
}

function parseHeader(
  path: string,
  text: string,
): Record<string, Entry> & { __metadata__?: Record<string, string> } {
  try {
    const header: unknown = JSON.parse(text);
    if (typeof header === 'object' && header && !Array.isArray(header))
      return header as ReturnType<typeof parseHeader>;
  } catch {
    // Said below.
  }
  throw damaged(path, 'its header is no JSON object');
}

function pieceOf(path: string, name: string, entry: Entry, body: Uint8Array): Uint8Array {
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!Array.isArray(shape) || !Array.isArray(offsets) || typeof dtype !== 'string') {
    throw damaged(path, `the entry '${name}' is incomplete`);
  }
  const type = ARRAYS[dtype as Name];
  if (!type)
    throw new QuarryError('format', `${path}: '${name}' has the type ${dtype}, which is not read here`);
  const [start, end] = offsets;
  if (!(start >= 0 && end <= body.length && end - start === sizeOf(shape) * type.BYTES_PER_ELEMENT)) {
    throw damaged(path, `'${name}' is cut off`);
  }
  return body.subarray(start, end);
}

function checksum(
  metadata: Record<string, string>,
  entries: Record<string, Entry>,
  pieces: readonly Uint8Array[],
): string {
  let sum = crc32(JSON.stringify([metadata, entries]));
  for (const piece of pieces) sum = crc32(piece, sum);
  return sum.toString(16).padStart(8, '0');
}

function nameOf(data: StoredArray): Name {
  if (data instanceof Float32Array) return 'F32';
  if (data instanceof Float64Array) return 'F64';
  return data instanceof Int32Array ? 'I32' : 'I8';
}

function damaged(path: string, why: string): QuarryError {
  return new QuarryError('corrupt', `${path} is damaged: ${why}`);
}

function ioError(what: string, path: string, cause: unknown): QuarryError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return new QuarryError('not-found', `${path} does not exist`, undefined, { cause });
  if (code === 'ENOSPC')
    return new QuarryError('no-space', `${path}: the disk is full`, undefined, { cause });
  return new QuarryError('unreadable', `${path} cannot be ${what} (${code})`, undefined, { cause });
}
