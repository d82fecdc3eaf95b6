/**
 * Numbers from a seed: mulberry32 (Tommy Ettinger), 32 bits of state, the same on every machine. `new Random(r.state)`
 * goes on where `r` is. Not for secrets.
 */
export class Random {
  private current: number;

  /** `seed`: its low 32 bits count. */
  constructor(seed: number) {
    this.current = seed | 0;
  }

  /** All there is to know to go on from here: a signed 32-bit number. */
  get state(): number {
    return this.current;
  }

  /** 32 random bits. */
  bits(): number {
    this.current = (this.current + 0x6d2b79f5) | 0;
    let t = Math.imul(this.current ^ (this.current >>> 15), 1 | this.current);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    return this.bits() / 2 ** 32;
  }

  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** Standard normal (Box & Muller 1958). Takes two numbers and keeps none back, so that `state` says it all. */
  normal(): number {
    // 1 - next() is in (0, 1]: its logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return radius * Math.cos(2 * Math.PI * this.next());
  }

  shuffled<T>(list: readonly T[]): T[] {
    const copy = [...list];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [copy[i], copy[j]] = [copy[j]!, copy[i]!];
    }
    return copy;
  }
}
