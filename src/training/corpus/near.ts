import { Random } from '../../core/random.ts';

/** Hashes of one signature; the error of an estimated Jaccard index of .8 is then about .05. */
const hashes = 64;
/** Rows of a band: two sets of Jaccard index .8 share one of the 16 bands with probability .9998. */
const rows = 4;
const bands = hashes / rows;

/** The smallest hash of a set's members under each of 64 functions, low 16 bits. */
export type Signature = Uint16Array;

const random = new Random(0x51a7);
const factors = Uint32Array.from({ length: hashes }, () => random.bits() | 1);
const offsets = Uint32Array.from({ length: hashes }, () => random.bits());

/**
 * MinHash (Broder 1997) of the set of all runs of `width` tokens; shorter texts are one run. Undefined without tokens.
 * The same tokens give the same signature on every machine.
 */
export function signatureOf(tokens: readonly string[], width: number): Signature | undefined {
  if (tokens.length === 0) return undefined;
  const codes = tokens.map(hashOf);
  const least = new Uint32Array(hashes).fill(0xffffffff);
  const seen = new Set<number>();
  for (let i = 0; i === 0 || i + width <= codes.length; i++) {
    let shingle = 0;
    for (let j = i; j < Math.min(i + width, codes.length); j++)
      shingle = (Math.imul(shingle, 0x01000193) ^ codes[j]!) >>> 0;
    if (seen.has(shingle)) continue;
    seen.add(shingle);
    for (let k = 0; k < hashes; k++) {
      let value = (Math.imul(shingle, factors[k]!) + offsets[k]!) | 0;
      value = Math.imul(value ^ (value >>> 15), 0x85ebca6b);
      value = (value ^ (value >>> 13)) >>> 0;
      if (value < least[k]!) least[k] = value;
    }
  }
  return Uint16Array.from(least, value => value & 0xffff);
}

/** FNV-1a over UTF-16 code units, mixed. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Share of equal hashes: an estimate of the Jaccard index. */
export function similarity(a: Signature, b: Signature, offset = 0): number {
  let equal = 0;
  for (let i = 0; i < hashes; i++) if (a[i] === b[offset + i]) equal++;
  return equal / hashes;
}

/**
 * Signatures by bands (locality-sensitive hashing, Indyk & Motwani 1998). Takes about 330 bytes per signature: 128 for
 * itself, 16 chains of 4, and 16 tables of 4 to 8 for their heads. Numbers are given in the order of adding.
 */
export class NearIndex {
  private signatures: Uint16Array = new Uint16Array(hashes * 1024);
  private chains: Int32Array = new Int32Array(bands * 1024);
  private heads: Int32Array = new Int32Array(bands * 2048).fill(-1);
  private size = 0;

  get length(): number {
    return this.size;
  }

  /** The number that was given to it. */
  add(signature: Signature): number {
    const number = this.size;
    if ((number + 1) * hashes > this.signatures.length) this.grow();
    this.signatures.set(signature, number * hashes);
    this.size++;
    this.link(number);
    return number;
  }

  /** Numbers of all with an estimated similarity of at least `least`, ascending. */
  near(signature: Signature, least: number): number[] {
    const found = new Set<number>();
    const checked = new Set<number>();
    for (let band = 0; band < bands; band++) {
      for (
        let at = this.heads[this.place(signature, 0, band)]!;
        at >= 0;
        at = this.chains[at * bands + band]!
      ) {
        if (checked.has(at)) continue;
        checked.add(at);
        if (similarity(signature, this.signatures, at * hashes) >= least) found.add(at);
      }
    }
    return [...found].sort((a, b) => a - b);
  }

  private link(number: number): void {
    for (let band = 0; band < bands; band++) {
      const place = this.place(this.signatures, number * hashes, band);
      this.chains[number * bands + band] = this.heads[place]!;
      this.heads[place] = number;
    }
  }

  private place(signature: Uint16Array, offset: number, band: number): number {
    let key = band;
    for (let i = 0; i < rows; i++)
      key = Math.imul(key ^ signature[offset + band * rows + i]!, 0x9e3779b1) ^ (key >>> 15);
    const perBand = this.heads.length / bands;
    return band * perBand + (((key ^ (key >>> 16)) >>> 0) % perBand);
  }

  private grow(): void {
    const signatures = new Uint16Array(this.signatures.length * 2);
    signatures.set(this.signatures);
    this.signatures = signatures;
    this.chains = new Int32Array(this.chains.length * 2);
    this.heads = new Int32Array(this.heads.length * 2).fill(-1);
    for (let number = 0; number < this.size; number++) this.link(number);
  }
}
