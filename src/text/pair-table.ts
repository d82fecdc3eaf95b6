/** Largest vocabulary: two token ids have to fit into 32 bits. */
export const maxVocabulary = 65_536;

/**
 * Pairs of token ids → whole numbers from 0. Open addressing over typed arrays: a look-up costs a few
 * nanoseconds and no allocation, where a `Map` boxes the larger keys.
 */
export class PairTable {
  #keys: Uint32Array;
  /** -1 where nothing is stored. */
  #values: Int32Array;
  #shift: number;
  #size = 0;

  constructor(expected = 1024) {
    const bits = Math.max(4, Math.ceil(Math.log2(expected * 2)));
    this.#keys = new Uint32Array(2 ** bits);
    this.#values = new Int32Array(2 ** bits).fill(-1);
    this.#shift = 32 - bits;
  }

  /** The value of a pair, -1 if it has none. */
  get(left: number, right: number): number {
    return this.#values[this.#slot(left * 65_536 + right)]!;
  }

  set(left: number, right: number, value: number): void {
    const key = left * 65_536 + right;
    const slot = this.#slot(key);
    if (this.#values[slot] === -1) {
      this.#keys[slot] = key;
      this.#size++;
    }
    this.#values[slot] = value;
    if (this.#size * 2 > this.#values.length) this.#grow();
  }

  #slot(key: number): number {
    const mask = this.#values.length - 1;
    // Fibonacci hashing: the upper bits of the product mix all bits of the key.
    let slot = Math.imul(key, 0x9e3779b1) >>> this.#shift;
    while (this.#values[slot] !== -1 && this.#keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const keys = this.#keys;
    const values = this.#values;
    this.#keys = new Uint32Array(keys.length * 2);
    this.#values = new Int32Array(keys.length * 2).fill(-1);
    this.#shift--;
    for (let i = 0; i < keys.length; i++) {
      if (values[i] === -1) continue;
      const slot = this.#slot(keys[i]!);
      this.#keys[slot] = keys[i]!;
      this.#values[slot] = values[i]!;
    }
  }
}
