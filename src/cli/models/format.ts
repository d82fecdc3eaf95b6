import { join } from 'node:path';
import { findModel, readObject } from '../../models/external/folder.ts';

/** What kind of model a folder holds: Quarry's own (three kinds) or one of others. */
export type ModelFormat =
  | 'quarry table'
  | 'quarry network'
  | 'quarry re-ranker'
  | 'static'
  | 'onnx'
  | 'unknown';

/** Throws QuarryError as `findModel` does for a folder without a model. */
export function formatOf(directory: string): ModelFormat {
  const config = readObject(join(directory, 'config.json'));
  if (String(config?.['format']).startsWith('quarry-reranker-')) return 'quarry re-ranker';
  if (String(config?.['format']).startsWith('quarry-encoder-'))
    return config?.['runtime'] === 'table' ? 'quarry table' : 'quarry network';
  return findModel(directory).kind;
}

/** The format in words. */
export const formatNames: Readonly<Record<ModelFormat, string>> = {
  'quarry table': "Quarry's, a vector per token",
  'quarry network': "Quarry's, a network",
  'quarry re-ranker': "Quarry's, a cross-encoder: for --reranker",
  static: 'a vector per token',
  onnx: 'a network (ONNX)',
  unknown: 'unknown',
};
