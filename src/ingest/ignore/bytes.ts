import { Buffer, isUtf8 } from 'node:buffer';

/*
 * git matches bytes: `?` is one byte, not one character. Paths and patterns are therefore held as byte strings,
 * one UTF-16 unit per byte (latin1). ASCII text is its own byte string, so almost nothing is ever converted, and
 * `<` on byte strings is the order of bytes.
 */

const beyondAscii = /[\u0080-\uffff]/;

/** The UTF-8 bytes of `text` as a byte string. */
export function toBytes(text: string): string {
  return beyondAscii.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

/** The text of a byte string; `undefined` if the bytes are not valid UTF-8. */
export function fromBytes(bytes: string): string | undefined {
  if (!beyondAscii.test(bytes)) return bytes;
  const buffer = Buffer.from(bytes, 'latin1');
  return isUtf8(buffer) ? buffer.toString('utf8') : undefined;
}

/** Byte string with everything outside printable ASCII written as `\xNN`: for messages. */
export function escapeBytes(bytes: string): string {
  return bytes.replace(/[^\u0020-\u007e]/g, byte => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** ASCII letters lowered, other bytes untouched, as git folds case. */
export function foldBytes(bytes: string): string {
  return /[A-Z]/.test(bytes) ? bytes.replace(/[A-Z]+/g, upper => upper.toLowerCase()) : bytes;
}
