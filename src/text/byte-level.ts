/**
 * The spelling of bytes in `tokenizer.json` (GPT-2's): visible Latin-1 characters stand for themselves, the other 68
 * bytes for U+0100 … U+0143 in order. So a space is `Ġ`, and every token is a string without white space.
 */
function spellings(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const visible = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCharCode(visible ? byte : next++);
  });
}

/** Spelling of each byte, 256 strings of one character. */
export const byteSpelling: readonly string[] = spellings();

const byteOf = new Map(byteSpelling.map((spelling, byte) => [spelling, byte]));

/** The bytes that a token's spelling stands for; undefined if a character of it stands for none. */
export function bytesOf(spelling: string): Uint8Array | undefined {
  const bytes = new Uint8Array(spelling.length);
  for (let i = 0; i < spelling.length; i++) {
    const byte = byteOf.get(spelling[i]!);
    if (byte === undefined) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}
