import type { Encoder, LateInteraction, UnitText } from '../core/encoder.ts';
import { throwIfAborted } from '../core/errors.ts';
import type { ModelConfig } from './config.ts';
import { TokenLate } from './late.ts';
import { fields, type Prepared, type Preparer } from './prepare.ts';
import type { TokenTable, TokenTables } from './token-table.ts';

/** Texts encoded between two looks at the signal. */
const stride = 256;

/** The static encoder without any runtime: a weighted sum of table rows. Numbers agree with the graph's to rounding. */
export class StaticEncoder implements Encoder {
  readonly id: string;
  readonly fingerprint: string;
  readonly dims: number;
  readonly late: LateInteraction;
  private readonly preparer: Preparer;
  private readonly tables: TokenTables;

  constructor(config: ModelConfig, preparer: Preparer, tables: TokenTables) {
    this.id = config.id;
    this.fingerprint = config.fingerprint;
    this.dims = config.dims;
    this.preparer = preparer;
    this.tables = tables;
    this.late = new TokenLate(tables, config.dims, preparer, async (units, signal) =>
      this.encode(tables.unit, units.length, i => units[i]!, signal),
    );
  }

  async encodeQueries(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array> {
    return this.encode(this.tables.query, texts.length, i => this.preparer.query(texts[i]!), signal);
  }

  async encodeUnits(units: readonly UnitText[], signal?: AbortSignal): Promise<Float32Array> {
    return this.encode(this.tables.unit, units.length, i => this.preparer.unit(units[i]!), signal);
  }

  async close(): Promise<void> {}

  private encode(
    table: TokenTable,
    count: number,
    prepared: (i: number) => Prepared,
    signal: AbortSignal | undefined,
  ): Float32Array {
    const { dims } = this;
    const vectors = new Float32Array(count * dims);
    for (let i = 0; i < count; i++) {
      if (i % stride === 0) throwIfAborted(signal);
      this.sum(table, prepared(i), vectors.subarray(i * dims, (i + 1) * dims));
    }
    return vectors;
  }

  private sum(
    { rows, gates }: TokenTable,
    { ids, fields: places, weights }: Prepared,
    out: Float32Array,
  ): void {
    const { dims } = this;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      const gate = weights[i]! * gates[id * fields.length + places[i]!]!;
      const row = id * dims;
      for (let k = 0; k < dims; k++) out[k]! += gate * rows[row + k]!;
    }
    let square = 0;
    for (let k = 0; k < dims; k++) square += out[k]! * out[k]!;
    const factor = square > 0 ? 1 / Math.sqrt(square) : 0;
    for (let k = 0; k < dims; k++) out[k]! *= factor;
  }
}
