import type { Encoder, UnitText } from '../core/encoder.ts';
import { QuarryError, throwIfAborted } from '../core/errors.ts';
import type { TensorFile } from '../tensor/safetensors.ts';
import type { Side } from './architecture.ts';
import type { ModelConfig } from './config.ts';
import { fields, type Prepared, type Preparer } from './prepare.ts';

/** Token vectors as stored: int8 with a scale for each row, or float32. */
interface Table {
  readonly rows: Int8Array | Float32Array;
  /** [V, fields]: how much a token counts, times the scale of its row. */
  readonly gates: Float32Array;
}

/** Units encoded between two looks at the signal. */
const stride = 256;

/**
 * The static encoder without any runtime: a weighted sum of table rows. Numbers agree with the graph's to rounding.
 * `file` has `tokens` [V, d] (F32, or I8 with `scales` [V]) and `gates` [V, fields]; with separate towers, each name is
 * there with `query.` and with `unit.` before it.
 */
export class StaticEncoder implements Encoder {
  readonly id: string;
  readonly fingerprint: string;
  readonly dims: number;
  private readonly preparer: Preparer;
  private readonly tables: Readonly<Record<Side, Table>>;

  constructor(config: ModelConfig, preparer: Preparer, file: TensorFile, path: string) {
    this.id = config.id;
    this.fingerprint = config.fingerprint;
    this.dims = config.dims;
    this.preparer = preparer;
    const table = (prefix: string) => tableOf(config, file, prefix, path);
    if (config.towers === 'shared') {
      const shared = table('');
      this.tables = { query: shared, unit: shared };
    } else this.tables = { query: table('query.'), unit: table('unit.') };
  }

  async encodeQueries(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array> {
    return this.encode('query', texts.length, i => this.preparer.query(texts[i]!), signal);
  }

  async encodeUnits(units: readonly UnitText[], signal?: AbortSignal): Promise<Float32Array> {
    return this.encode('unit', units.length, i => this.preparer.unit(units[i]!), signal);
  }

  async close(): Promise<void> {}

  private encode(
    side: Side,
    count: number,
    prepared: (i: number) => Prepared,
    signal: AbortSignal | undefined,
  ): Float32Array {
    const { dims } = this;
    const vectors = new Float32Array(count * dims);
    for (let i = 0; i < count; i++) {
      if (i % stride === 0) throwIfAborted(signal);
      this.sum(this.tables[side], prepared(i), vectors.subarray(i * dims, (i + 1) * dims));
    }
    return vectors;
  }

  private sum({ rows, gates }: Table, { ids, fields: places, weights }: Prepared, out: Float32Array): void {
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

function tableOf(config: ModelConfig, file: TensorFile, prefix: string, path: string): Table {
  const { vocabulary, dims } = config;
  const find = (name: string, size: number) => {
    const found = file.arrays.get(prefix + name)?.data;
    if (found?.length !== size)
      throw new QuarryError(
        'corrupt',
        `${path}: '${prefix}${name}' has ${found?.length ?? 'no'} numbers, not ${size}`,
        'get the model again',
      );
    return found;
  };
  const rows = find('tokens', vocabulary * dims);
  const gates = find('gates', vocabulary * fields.length);
  if (!(gates instanceof Float32Array)) throw new QuarryError('corrupt', `${path}: gates must be float32`);
  if (rows instanceof Float32Array) return { rows, gates };
  if (!(rows instanceof Int8Array))
    throw new QuarryError('corrupt', `${path}: tokens must be float32 or int8`);
  const scales = find('scales', vocabulary);
  const scaled = new Float32Array(gates.length);
  for (let i = 0; i < gates.length; i++) scaled[i] = gates[i]! * scales[Math.floor(i / fields.length)]!;
  return { rows, gates: scaled };
}
