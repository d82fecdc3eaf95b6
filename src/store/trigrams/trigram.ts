/**
 * A trigram: three successive bytes of a text's UTF-8, ASCII letters in lower case, as `first << 16 | second << 8 | third`. Trigrams
 * with a byte 0, a line feed or a carriage return are not kept.
 */
export type Trigram = number;

/** What each byte counts as: letters in lower case; 0 for those no trigram has. */
export const foldedByte: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === 10 || byte === 13) return 0;
  return byte >= 65 && byte <= 90 ? byte + 32 : byte;
});

/** The different trigrams of some bytes. */
export function trigramsOf(bytes: Uint8Array): Set<Trigram> {
  const found = new Set<Trigram>();
  for (let i = 0; i + 2 < bytes.length; i++) {
    const [a, b, c] = [foldedByte[bytes[i]!]!, foldedByte[bytes[i + 1]!]!, foldedByte[bytes[i + 2]!]!];
    if (a !== 0 && b !== 0 && c !== 0) found.add((a << 16) | (b << 8) | c);
  }
  return found;
}
