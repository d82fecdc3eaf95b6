import type { UnitText } from '../../core/encoder.ts';
import type { RerankCandidate } from '../../core/reranker.ts';

/** Folders of a path that are kept, counted from the file. */
const pathParts = 3;

/**
 * A candidate as the cross-encoder reads it: file name and the folders just above it stand before the unit's name. A
 * vector must not depend on where a file lies, a score may.
 */
export function pairText({ path, name, doc, code, language }: RerankCandidate): UnitText {
  const where = path
    .split('/')
    .slice(-pathParts)
    .join(' ')
    .replace(/\.[^. ]*$/, '');
  return { name: where === '' ? name : `${where} ${name}`, doc, code, language };
}
