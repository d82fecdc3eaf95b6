import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import { findModel, readObject } from '../../models/external/folder.ts';
import { promisedDims } from '../../models/external/preparation.ts';
import type { LocatedModel } from '../../models/library/locate.ts';
import { formatOf, type ModelFormat } from './format.ts';

export type Speed = 'instant' | 'fast' | 'medium' | 'slow';

/** What can be said of a model without opening it. */
export interface ModelFacts {
  name: string;
  source: LocatedModel['source'] | 'folder';
  directory: string;
  format: ModelFormat;
  /** Undefined where only opening it would tell. */
  dims: number | undefined;
  /** Of all files. */
  bytes: number;
  /** By kind and size: a table of vectors, then networks below 40 MB, below 200 MB, above. */
  speed: Speed;
  /** Used when nobody names a model. */
  isDefault: boolean;
  revision?: string;
  commit?: string;
  quantized?: boolean;
  /** Why it cannot be used. */
  problem?: string;
}

/** Facts of a model with a name, or of a folder. Never throws for a folder that is there: `problem` says it. */
export function factsOf(
  model: Pick<LocatedModel, 'name' | 'directory' | 'record'> & { source: ModelFacts['source'] },
  defaultDirectory: string | undefined,
): ModelFacts {
  const { name, source, directory, record } = model;
  const bytes = bytesBelow(directory);
  const base = { name, source, directory, bytes, isDefault: directory === defaultDirectory };
  const of = record && { revision: record.revision, commit: record.commit, quantized: record.quantized };
  try {
    const format = formatOf(directory);
    const dims = dimsOf(directory, format);
    return { ...base, format, dims, speed: speedOf(format, bytes), ...of };
  } catch (error) {
    if (!(error instanceof QuarryError)) throw error;
    return { ...base, format: 'unknown', dims: undefined, speed: 'slow', ...of, problem: error.message };
  }
}

export function bytesBelow(directory: string): number {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter(entry =>
    entry.isFile(),
  );
  return files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

function speedOf(format: ModelFormat, bytes: number): Speed {
  if (format === 'static' || format === 'quarry table') return 'instant';
  // Tens of milliseconds for every search.
  if (format === 'quarry re-ranker') return 'medium';
  if (bytes < 40e6) return 'fast';
  return bytes < 200e6 ? 'medium' : 'slow';
}

function dimsOf(directory: string, format: ModelFormat): number | undefined {
  const config = readObject(join(directory, 'config.json'));
  if (format.startsWith('quarry')) return numberOf(config?.['dims']);
  if (format === 'static') return tableDims(findModel(directory).model);
  return promisedDims(directory)?.dims ?? numberOf(config?.['hidden_size']);
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** Dimensions of a table of token vectors: its header says them, the vectors are not read. */
function tableDims(path: string): number | undefined {
  const file = openSync(path, 'r');
  try {
    const length = Buffer.alloc(8);
    if (readSync(file, length) < 8) return undefined;
    const header = Buffer.alloc(Number(length.readBigUInt64LE() & 0xffffffn));
    readSync(file, header);
    const entries = JSON.parse(header.toString('utf8')) as Record<string, { shape?: number[] }>;
    return (entries['embeddings'] ?? entries['embedding.weight'])?.shape?.[1];
  } catch {
    return undefined;
  } finally {
    closeSync(file);
  }
}
