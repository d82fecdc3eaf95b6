import {
  type EncodedUnits,
  type LateInteraction,
  noTerm,
  type QueryTerms,
  type TokenVectors,
  type UnitText,
} from '../core/encoder.ts';
import type { Side } from './architecture.ts';
import { fields, type Prepared, type Preparer } from './prepare.ts';
import { lengthsOf, type TokenTables } from './token-table.ts';

/** Terms of a unit for late interaction: with all of its tokens it is no better, and this is 32 bytes. */
export const lateTerms = 16;

/** What an encoder with a table of tokens offers for late interaction. */
export class TokenLate implements LateInteraction {
  readonly terms: number = lateTerms;
  readonly queryTokens: TokenVectors;
  readonly unitTokens: TokenVectors;
  private readonly tables: TokenTables;
  private readonly dims: number;
  private readonly preparer: Preparer;
  private readonly encode: (units: readonly Prepared[], signal?: AbortSignal) => Promise<Float32Array>;

  /** `encode` makes the vectors of units. */
  constructor(
    tables: TokenTables,
    dims: number,
    preparer: Preparer,
    encode: (units: readonly Prepared[], signal?: AbortSignal) => Promise<Float32Array>,
  ) {
    this.tables = tables;
    this.dims = dims;
    this.preparer = preparer;
    this.encode = encode;
    const tokens = (side: Side): TokenVectors => {
      const { rows } = tables[side];
      return { count: rows.length / dims, dims, data: rows };
    };
    this.queryTokens = tokens('query');
    this.unitTokens = tables.unit === tables.query ? this.queryTokens : tokens('unit');
  }

  async encodeUnits(units: readonly UnitText[], signal?: AbortSignal): Promise<EncodedUnits> {
    const terms = new Uint16Array(units.length * lateTerms).fill(noTerm);
    const prepared = units.map(unit => this.preparer.unit(unit));
    for (const [i, text] of prepared.entries()) terms.set(this.mostTelling(text), i * lateTerms);
    return { vectors: await this.encode(prepared, signal), terms };
  }

  queryTerms(text: string): QueryTerms {
    const { ids, fields: places, weights } = this.preparer.query(text);
    const { gates } = this.tables.query;
    const lengths = lengthsOf(this.tables.query, this.dims);
    const own = Float32Array.from(
      ids,
      (id, i) => Math.abs(weights[i]! * gates[id * fields.length + places[i]!]!) * lengths[id]!,
    );
    const sum = own.reduce((all, weight) => all + weight, 0);
    return { ids, weights: own.map(weight => (sum > 0 ? weight / sum : 0)) };
  }

  /** Tokens by how long their vectors are in a sum, wherever in the unit they weigh most. */
  private mostTelling({ ids, fields: places }: Prepared): number[] {
    const { gates } = this.tables.unit;
    const lengths = lengthsOf(this.tables.unit, this.dims);
    const weights = new Map<number, number>();
    for (const [i, id] of ids.entries()) {
      const weight = Math.abs(gates[id * fields.length + places[i]!]!) * lengths[id]!;
      if (weight > (weights.get(id) ?? 0)) weights.set(id, weight);
    }
    const order = [...weights].sort(([a, x], [b, y]) => y - x || a - b);
    return order.slice(0, lateTerms).map(([id]) => id);
  }
}
