import type { Encoder, LateInteraction, UnitText } from '../core/encoder.ts';
import { throwIfAborted } from '../core/errors.ts';
import type { Program } from '../tensor/session.ts';
import type { Side } from './architecture.ts';
import { type Batch, padded } from './batch.ts';
import type { ModelConfig } from './config.ts';
import { TokenLate } from './late.ts';
import type { Prepared, Preparer } from './prepare.ts';
import type { TokenTables } from './token-table.ts';

/** Most tokens of a batch, padding included, and most texts: beyond that, larger batches are no faster. */
const batchTokens = 4096;
const batchTexts = 64;

/** The networks of a model, opened when they are first needed. */
export interface Programs {
  open(side: Side): Promise<Program>;
  /** Those that were. */
  readonly opened: ReadonlyMap<string, Promise<Program>>;
}

/** An encoder that onnxruntime executes. Texts are sorted by length, so that little is padding. */
export class GraphEncoder implements Encoder {
  readonly id: string;
  readonly fingerprint: string;
  readonly dims: number;
  readonly late?: LateInteraction;
  private readonly preparer: Preparer;
  private readonly programs: Programs;
  /** All texts are padded to that length; 0: as needed. */
  private readonly fixedLength: number;

  /** `tables` of the tokens, if the model comes with them: for late interaction. */
  constructor(config: ModelConfig, preparer: Preparer, programs: Programs, tables: TokenTables | undefined) {
    this.id = config.id;
    this.fingerprint = config.fingerprint;
    this.dims = config.dims;
    this.preparer = preparer;
    this.programs = programs;
    this.fixedLength = config.fixedLength;
    if (tables)
      this.late = new TokenLate(tables, config.dims, preparer, (units, signal) =>
        this.encode('unit', units, signal),
      );
  }

  async encodeQueries(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array> {
    return this.encode(
      'query',
      texts.map(text => this.preparer.query(text)),
      signal,
    );
  }

  async encodeUnits(units: readonly UnitText[], signal?: AbortSignal): Promise<Float32Array> {
    return this.encode(
      'unit',
      units.map(unit => this.preparer.unit(unit)),
      signal,
    );
  }

  async close(): Promise<void> {
    for (const program of this.programs.opened.values()) await (await program).close();
  }

  private async encode(side: Side, texts: readonly Prepared[], signal?: AbortSignal): Promise<Float32Array> {
    const { dims, fixedLength } = this;
    const vectors = new Float32Array(texts.length * dims);
    const order = Array.from(texts.keys()).filter(i => texts[i]!.ids.length > 0);
    order.sort((a, b) => texts[b]!.ids.length - texts[a]!.ids.length);
    if (order.length === 0) return vectors;
    const program = await this.programs.open(side);
    for (let at = 0; at < order.length; ) {
      throwIfAborted(signal);
      const t = fixedLength || texts[order[at]!]!.ids.length;
      const count = Math.max(1, Math.min(batchTexts, Math.floor(batchTokens / t), order.length - at));
      const chosen = order.slice(at, at + count);
      const batch = padded(
        chosen.map(i => texts[i]!),
        count,
        t,
      );
      const shape = [count, t];
      // Not every architecture takes all of them.
      const feeds = Object.fromEntries(
        program.inputs.map(({ name }) => [name, { data: batch[name as keyof Batch], shape }]),
      );
      const { vectors: rows } = await program.run(feeds);
      const data = rows!.data as Float32Array;
      for (const [row, i] of chosen.entries())
        vectors.set(data.subarray(row * dims, (row + 1) * dims), i * dims);
      at += count;
    }
    return vectors;
  }
}
