import { createHash } from 'node:crypto';
import { QuarryError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import type { System, SystemKind, SystemSpec } from '../system.ts';
import { bm25 } from './bm25.ts';
import { codeHow } from './codehow.ts';
import { external } from './external.ts';
import { bm25Memory } from './memory.ts';
import { tfidf } from './tfidf.ts';

/** Systems that need nothing but a collection. */
export const systemKinds: readonly SystemKind[] = [bm25, tfidf, codeHow, bm25Memory, external];

/** What the front end adds. */
export interface SystemSurroundings {
  /** Kinds of its own, such as Quarry's engine; one with the id of a registered kind replaces it. */
  kinds?: readonly SystemKind[];
  /** Changes with the code of the systems: part of every fingerprint. */
  codeFingerprint: string;
}

/**
 * Makes the system a specification describes. Throws QuarryError `usage` for a system or parameter that is none, naming
 * the nearest, and for a value that a parameter does not take.
 */
export function createSystem(spec: SystemSpec, extra: SystemSurroundings = { codeFingerprint: '' }): System {
  const kinds = new Map([...systemKinds, ...(extra.kinds ?? [])].map(kind => [kind.id, kind]));
  const kind = kinds.get(spec.system);
  if (!kind) throw unknown(`unknown system ${JSON.stringify(spec.system)}`, spec.system, [...kinds.keys()]);
  const given = spec.parameters ?? {};
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(kind.defaults, name)) continue;
    throw unknown(
      `${kind.id} has no parameter ${JSON.stringify(name)}`,
      name,
      Object.keys(kind.defaults),
      'it takes no parameters',
    );
  }
  const parameters = { ...kind.defaults, ...given };
  const { fingerprint, ...made } = kind.create(parameters);
  return {
    ...made,
    name: spec.name ?? kind.id,
    title: kind.title,
    parameters: given,
    fingerprint: createHash('sha256')
      .update(stable([kind.id, parameters, extra.codeFingerprint, fingerprint ?? null]))
      .digest('hex'),
  };
}

function unknown(message: string, word: string, known: readonly string[], none?: string): QuarryError {
  const near = nearest(word, known);
  const listed = known.length === 0 && none !== undefined ? none : `known: ${known.join(', ')}`;
  return new QuarryError('usage', message, near === undefined ? listed : `did you mean ${near}?`);
}

/** JSON with the keys of objects sorted. */
function stable(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
