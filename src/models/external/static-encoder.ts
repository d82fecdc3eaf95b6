import { setImmediate as turn } from 'node:timers/promises';
import type { Encoder, UnitText } from '../../core/encoder.ts';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import { type EmbeddingTable, readEmbeddings } from './embeddings.ts';
import type { ModelFolder } from './folder.ts';
import { normalise } from './pooling.ts';
import { checkModules, type Preparation } from './preparation.ts';
import type { TextTokenizer } from './tokenizer.ts';
import { unitText } from './unit-text.ts';

interface StaticEncoderParts {
  readonly id: string;
  readonly fingerprint: string;
  readonly folder: ModelFolder;
  readonly preparation: Preparation;
  readonly tokenizer: TextTokenizer;
}

/** A vector per token, of others: a text is the mean of its tokens. Needs no native runtime. */
export class StaticEncoder implements Encoder {
  readonly id: string;
  readonly fingerprint: string;
  readonly dims: number;
  private readonly parts: StaticEncoderParts;
  private readonly table: EmbeddingTable;

  private constructor(parts: StaticEncoderParts, table: EmbeddingTable) {
    this.id = parts.id;
    this.fingerprint = parts.fingerprint;
    this.dims = table.dims;
    this.parts = parts;
    this.table = table;
  }

  /** Reads the table. Errors: 'unreadable', 'corrupt', 'format' (no table, or the tokenizer has more ids than it). */
  static async open(parts: StaticEncoderParts): Promise<StaticEncoder> {
    checkModules(parts.folder.directory);
    const table = await readEmbeddings(parts.folder.model);
    const { largestId } = parts.tokenizer;
    const ids = Math.min(
      table.mapping?.length ?? table.rows,
      table.weights?.length ?? Number.POSITIVE_INFINITY,
    );
    if (largestId >= ids)
      throw new QuarryError(
        'format',
        `${parts.folder.tokenizer} has ids up to ${largestId}, but the model has vectors for ${ids} tokens`,
        'the tokenizer belongs to another model',
      );
    if (table.mapping?.some(row => row < 0 || row >= table.rows))
      throw new QuarryError('corrupt', `${parts.folder.model}: its mapping names rows that are not there`);
    return new StaticEncoder(parts, table);
  }

  encodeQueries(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array> {
    return this.encode(texts, this.parts.preparation.queryPrefix, signal);
  }

  encodeUnits(units: readonly UnitText[], signal?: AbortSignal): Promise<Float32Array> {
    return this.encode(units.map(unitText), this.parts.preparation.documentPrefix, signal);
  }

  async close(): Promise<void> {}

  private async encode(
    texts: readonly string[],
    prefix: string,
    signal?: AbortSignal,
  ): Promise<Float32Array> {
    const { tokenizer, preparation } = this.parts;
    const { vectors, weights, mapping } = this.table;
    const { dims } = this;
    const result = new Float32Array(texts.length * dims);
    const bare = tokenizer.known(tokenizer.body(prefix, preparation.maxTokens));
    for (const [i, text] of texts.entries()) {
      if (i % 256 === 0) {
        await turn();
        throwIfAborted(signal);
      }
      const ids = tokenizer.body(prefix + text, preparation.maxTokens);
      if (tokenizer.known(ids) <= bare) continue;
      const out = result.subarray(i * dims, (i + 1) * dims);
      for (const id of ids) {
        if (id === tokenizer.unknownId) continue;
        const from = (mapping ? mapping[id]! : id) * dims;
        const weight = weights ? weights[id]! : 1;
        // A sum: the mean has the same direction, and every vector gets the length 1.
        for (let d = 0; d < dims; d++) out[d]! += weight * vectors[from + d]!;
      }
      normalise(out);
    }
    return result;
  }
}
