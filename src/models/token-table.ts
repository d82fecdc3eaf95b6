import { QuarryError } from '../core/errors.ts';
import type { TensorFile } from '../tensor/safetensors.ts';
import type { Side } from './architecture.ts';
import type { ModelConfig } from './config.ts';
import { fields } from './prepare.ts';

/** Token vectors as stored: int8 with a scale for each row, or float32. */
export interface TokenTable {
  readonly rows: Int8Array | Float32Array;
  /** [V, fields]: how much a token counts, times the scale of its row. */
  readonly gates: Float32Array;
  /** Euclidean length of each row as stored, filled in when first needed. */
  lengths?: Float32Array;
}

/** The tables of both towers; one and the same if they share it. */
export type TokenTables = Readonly<Record<Side, TokenTable>>;

/**
 * Reads `tokens` [V, d] (F32, or I8 with `scales` [V]) and `gates` [V, fields]; with separate towers, each name is there
 * with `query.` and with `unit.` before it. Throws QuarryError `corrupt`.
 */
export function readTables(config: ModelConfig, file: TensorFile, path: string): TokenTables {
  const table = (prefix: string) => tableOf(config, file, prefix, path);
  if (config.towers === 'separate') return { query: table('query.'), unit: table('unit.') };
  const shared = table('');
  return { query: shared, unit: shared };
}

/** Euclidean lengths of the rows as stored. */
export function lengthsOf(table: TokenTable, dims: number): Float32Array {
  if (table.lengths) return table.lengths;
  const { rows } = table;
  const lengths = new Float32Array(rows.length / dims);
  for (let v = 0; v < lengths.length; v++) {
    let squares = 0;
    for (let k = v * dims; k < (v + 1) * dims; k++) squares += rows[k]! * rows[k]!;
    lengths[v] = Math.sqrt(squares);
  }
  table.lengths = lengths;
  return lengths;
}

function tableOf(config: ModelConfig, file: TensorFile, prefix: string, path: string): TokenTable {
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
