import type { Prepared, Preparer } from '../../models/index.ts';
import type { TrainingExample } from './example.ts';

/** Grows by doubling; JavaScript lists of so many numbers would take five times the memory. */
class Growing<T extends Uint16Array | Uint8Array | Float32Array | Float64Array | Int32Array> {
  array: T;
  length = 0;
  private readonly make: (size: number) => T;

  constructor(make: (size: number) => T) {
    this.make = make;
    this.array = make(1024);
  }

  push(values: ArrayLike<number>): void {
    let size = this.array.length;
    while (size < this.length + values.length) size *= 2;
    if (size > this.array.length) {
      const larger = this.make(size);
      larger.set(this.array);
      this.array = larger;
    }
    this.array.set(values, this.length);
    this.length += values.length;
  }
}

/** Texts as numbers, one after the other. */
class PreparedTexts {
  private readonly ids = new Growing(size => new Uint16Array(size));
  private readonly fields = new Growing(size => new Uint8Array(size));
  private readonly weights = new Growing(size => new Float32Array(size));
  private readonly starts = new Growing(size => new Float64Array(size));

  constructor() {
    this.starts.push([0]);
  }

  push(text: Prepared): void {
    this.ids.push(text.ids);
    this.fields.push(text.fields);
    this.weights.push(text.weights);
    this.starts.push([this.ids.length]);
  }

  lengthOf(i: number): number {
    return this.starts.array[i + 1]! - this.starts.array[i]!;
  }

  get(i: number): Prepared {
    const [start, end] = [this.starts.array[i]!, this.starts.array[i + 1]!];
    return {
      ids: Int32Array.from(this.ids.array.subarray(start, end)),
      fields: Int32Array.from(this.fields.array.subarray(start, end)),
      weights: this.weights.array.subarray(start, end),
    };
  }
}

/** All training examples as numbers: about 800 bytes each. */
export class PreparedSet {
  readonly queries: PreparedTexts = new PreparedTexts();
  readonly units: PreparedTexts = new PreparedTexts();
  /** Examples by kind. */
  readonly counts: Map<string, number> = new Map();
  private readonly groupIds: Map<string, number> = new Map();
  private readonly groups = new Growing(size => new Int32Array(size));
  private readonly queryKeys = new Growing(size => new Int32Array(size));
  private readonly unitKeys = new Growing(size => new Int32Array(size));
  private readonly repeats = new Growing(size => new Uint8Array(size));

  /** Number of different examples. */
  get size(): number {
    return this.groups.length;
  }

  /** Those without a known token on one of both sides are left out. `repeat`: how often an epoch has it. */
  add(example: TrainingExample, preparer: Preparer, repeat: number): void {
    const query = preparer.query(example.query);
    const unit = preparer.unit(example.unit);
    if (query.ids.length === 0 || unit.ids.length === 0) return;
    this.queries.push(query);
    this.units.push(unit);
    const { language } = example.unit;
    let group = this.groupIds.get(language);
    if (group === undefined) this.groupIds.set(language, (group = this.groupIds.size));
    this.groups.push([group]);
    this.queryKeys.push([keyOf(query.ids)]);
    this.unitKeys.push([hashOf(example.unit.code)]);
    this.repeats.push([Math.min(255, repeat)]);
    this.counts.set(example.kind, (this.counts.get(example.kind) ?? 0) + 1);
  }

  repeatOf(i: number): number {
    return this.repeats.array[i]!;
  }

  /** Examples of one group are in one language. */
  groupOf(i: number): number {
    return this.groups.array[i]!;
  }

  /** Equal for queries with the same tokens. */
  queryKey(i: number): number {
    return this.queryKeys.array[i]!;
  }

  /** Equal for units with the same code, whatever their name and docs. */
  unitKey(i: number): number {
    return this.unitKeys.array[i]!;
  }
}

function keyOf(ids: Int32Array): number {
  let hash = 0x811c9dc5;
  for (const id of ids) hash = Math.imul(hash ^ id, 0x01000193);
  return hash | 0;
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}
