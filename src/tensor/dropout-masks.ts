import { Random } from '../core/random.ts';
import { type Node, reachable } from './graph.ts';
import { sizeOf } from './shape.ts';

/** A mask starts at one of this many places of its pool. */
const PLACES = 2 ** 20;

/**
 * Feeds the masks of `dropout`. Drawing every element anew would take longer than the model does, so a mask is
 * a window, at a random place, of a pool of random elements that is made once; nothing is copied. The masks depend on
 * the seed and on the numbers drawn from `random` only, so a run goes on exactly where a checkpoint was made.
 */
export class DropoutMasks {
  private readonly seed: number;
  private readonly pools = new Map<number, Float32Array>();

  constructor(seed: number) {
    this.seed = seed;
  }

  /** New masks for all of a graph's dropout layers, by input name; valid as long as nobody writes into them. */
  draw(layers: readonly Node[], random: Random): Record<string, Float32Array> {
    const masks: Record<string, Float32Array> = {};
    for (const { name, shape, dropped } of layers) {
      const size = sizeOf(shape);
      const start = random.below(PLACES);
      masks[name!] = this.pool(dropped!, size + PLACES).subarray(start, start + size);
    }
    return masks;
  }

  /** The elements of a rate's pool do not depend on how many of them there are. */
  private pool(rate: number, size: number): Float32Array {
    const known = this.pools.get(rate);
    if (known && known.length >= size) return known;
    const random = new Random(this.seed);
    const kept = 1 / (1 - rate);
    const pool = new Float32Array(size);
    for (let i = 0; i < size; i++) pool[i] = random.next() < rate ? 0 : kept;
    this.pools.set(rate, pool);
    return pool;
  }
}

/** The dropout layers that the outputs depend on. */
export function dropoutLayers(outputs: readonly Node[]): Node[] {
  return reachable(outputs).filter(node => node.dropped !== undefined);
}
