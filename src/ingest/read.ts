import { Buffer, isAscii, isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { FileEntry, SkippedFile, SkipReason, SourceText } from '../core/source.ts';
import type { Role } from '../core/unit.ts';
import { roleOf } from './role.ts';

export interface ReadOptions {
  /** Files with more bytes are not read. Default 2 MiB. */
  maxBytes?: number;
  /**
   * Names the language of a file by its path and the beginning of its text (at most 4,096 characters). `prose`
   * languages may have long lines; without the property files of role `docs` may.
   */
  detectLanguage: (path: string, head: string) => { id: string; prose?: boolean };
  /** Open the targets of links, for trees walked with `followLinks`. Default false: a link is not opened. */
  followLinks?: boolean;
}

export const defaultMaxBytes: number = 2 * 1024 * 1024;

const headLength = 4096;
const probeBytes = 8192;
/** A line from which on code counts as minified or data, if such lines make up most of the file. */
const longLine = 20_000;
/** A line no file may have, prose included (an image in a Markdown file, say). */
const monstrousLine = 200_000;
/** Mean line length above which code counts as minified, and the size from which on the mean says something. */
const longMean = 250;
const meanFrom = 10_000;

/**
 * Reads and decodes one file. Never throws for the file's sake: what cannot be indexed comes back as skipped, with
 * the errno name as `detail` where there is one (`ENOENT`: it vanished since the walk). Pipes and devices that took
 * the file's place are neither read nor waited for. Synchronous, for worker threads.
 */
export function readSource(root: string, entry: FileEntry, options: ReadOptions): SourceText | SkippedFile {
  const { path } = entry;
  const maxBytes = options.maxBytes ?? defaultMaxBytes;
  if (entry.size > maxBytes) return skip(path, 'too-large', `${entry.size} bytes`);
  const bytes = readBytes(`${root}/${path}`, maxBytes, options.followLinks ?? false);
  if ('reason' in bytes) return { path, ...bytes };
  return sourceOf(path, bytes, options);
}

/** The same of bytes that are there already. `path` decides about language and role. */
export function sourceOf(
  path: string,
  bytes: Buffer,
  options: Pick<ReadOptions, 'detectLanguage'>,
): SourceText | SkippedFile {
  const decoded = decode(bytes);
  if (decoded === undefined) return skip(path, 'binary');
  const { text, replaced } = decoded;
  const head = text.slice(0, headLength);
  const language = options.detectLanguage(path, head);
  const role = roleOf(path, head);
  const prose = language.prose ?? role === 'docs';
  const long = longLines(text, prose);
  if (long !== undefined) return skip(path, 'long-lines', long);
  return sourceText(text, bytes, language.id, role, replaced);
}

function sourceText(
  text: string,
  bytes: Buffer,
  language: string,
  role: Role,
  replaced: boolean,
): SourceText {
  // Measured on 10 kB: SHA-256 1.6 GB/s (the processor has instructions for it), SHA-1 1.7, BLAKE2b 0.9, MD5 0.7.
  const source: SourceText = {
    text,
    hash: hash('sha256', bytes, 'hex').slice(0, 32),
    bytes: bytes.length,
    language,
    role,
  };
  if (replaced) source.note = 'encoding';
  return source;
}

function skip(path: string, reason: SkipReason, detail?: string): SkippedFile {
  return detail === undefined ? { path, reason } : { path, reason, detail };
}

/** Reused for every file of a thread: files are decoded before the next one is read. */
let scratch: Buffer = Buffer.alloc(0);

type Failure = Omit<SkippedFile, 'path'>;

/** The file's bytes, a view of `scratch` that holds until the next call. */
export function readBytes(path: string, maxBytes: number, followLinks: boolean): Buffer | Failure {
  const flags =
    constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (followLinks ? 0 : (constants.O_NOFOLLOW ?? 0));
  let file: number | undefined;
  try {
    file = openSync(path, flags);
    const stats = fstatSync(file);
    if (!stats.isFile()) return { reason: 'not-a-file' };
    if (stats.size > maxBytes) return { reason: 'too-large', detail: `${stats.size} bytes` };
    // One byte more than expected: the read that fills less than the buffer has seen the end.
    if (scratch.length <= stats.size) scratch = Buffer.allocUnsafeSlow(Math.max(65_536, stats.size * 2));
    let length = 0;
    for (;;) {
      const read = readSync(file, scratch, length, scratch.length - length, null);
      length += read;
      if (read === 0 || length >= stats.size) break;
    }
    return scratch.subarray(0, Math.min(length, maxBytes));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    // What `O_NOFOLLOW` says of a link, and opening says of a socket.
    const replaced = code === 'ELOOP' || code === 'ENXIO';
    return { reason: replaced ? 'not-a-file' : 'unreadable', detail: code };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** The text of bytes as it was indexed, so that offsets are right; undefined if they are binary. */
export function textOf(bytes: Buffer): string | undefined {
  return decode(bytes)?.text;
}

interface Decoded {
  text: string;
  /** Invalid sequences were replaced by U+FFFD. */
  replaced: boolean;
}

/** The text of a file; `undefined` if it is binary. */
function decode(bytes: Buffer): Decoded | undefined {
  if (bytes.length >= 2) {
    const mark = bytes.readUInt16BE(0);
    // FF FE 00 00 is UTF-32, in which no source code is written.
    if (mark === 0xfffe && !(bytes.length >= 4 && bytes.readUInt16BE(2) === 0))
      return decodeUtf16(bytes, 'utf-16le');
    if (mark === 0xfeff) return decodeUtf16(bytes, 'utf-16be');
  }
  if (bytes.subarray(0, probeBytes).includes(0)) return undefined;
  if (isAscii(bytes)) return { text: bytes.toString('latin1'), replaced: false };
  const start = bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  if (isUtf8(bytes)) return { text: bytes.toString('utf8', start), replaced: false };
  if (looksBinary(bytes)) return undefined;
  return { text: bytes.toString('utf8', start), replaced: true };
}

function decodeUtf16(bytes: Buffer, encoding: 'utf-16le' | 'utf-16be'): Decoded | undefined {
  const text = new TextDecoder(encoding).decode(bytes);
  if (text.includes('\0')) return undefined;
  return { text, replaced: text.includes('\ufffd') };
}

/** For bytes that are no valid UTF-8: true if too many control characters are among the first for a text. */
function looksBinary(bytes: Buffer): boolean {
  const probe = bytes.subarray(0, probeBytes);
  let controls = 0;
  for (const byte of probe) {
    if (byte < 0x20 && (byte < 0x09 || byte > 0x0d) && byte !== 0x1b) controls++;
  }
  return controls * 20 > probe.length;
}

/** What is wrong with the lines of a text, if anything; `prose` bounds single lines only. */
function longLines(text: string, prose: boolean): string | undefined {
  if (text.length < meanFrom) return undefined;
  const separator = text.includes('\n') ? '\n' : '\r';
  let lines = 0;
  let longest = 0;
  let inLong = 0;
  for (let from = 0; from < text.length; ) {
    const found = text.indexOf(separator, from);
    const end = found < 0 ? text.length : found;
    const length = end - from;
    lines++;
    if (length > longest) longest = length;
    if (length >= longLine) inLong += length;
    from = end + 1;
  }
  if (longest >= monstrousLine) return `a line of ${longest} characters`;
  if (prose) return undefined;
  if (inLong * 2 > text.length) return `a line of ${longest} characters`;
  const mean = Math.round(text.length / lines);
  return mean > longMean ? `${mean} characters per line` : undefined;
}
