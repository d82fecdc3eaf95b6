import type { Candidate, Collection, Query } from '../dataset.ts';
import type { RankedItem, SystemKind } from '../system.ts';

/** A collection of texts; a text's id is its key. */
export function collectionOf(
  texts: Readonly<Record<string, string | Omit<Candidate, 'id'>>>,
  more: Partial<Collection> = {},
): Collection {
  return {
    name: 'test',
    fingerprint: 'test',
    queries: [],
    async *candidates() {
      for (const [id, text] of Object.entries(texts))
        yield typeof text === 'string' ? { id, text } : { id, ...text };
    },
    ...more,
  };
}

export function queryOf(text: string, pool?: readonly string[]): Query {
  return { id: 'q', text, judgments: {}, ...(pool ? { pool } : {}) };
}

/** Prepares a kind with parameters and ranks one query. */
export async function rankWith(
  kind: SystemKind,
  collection: Collection,
  query: string,
  parameters: Readonly<Record<string, unknown>> = {},
  pool?: readonly string[],
  limit = 100,
): Promise<RankedItem[]> {
  const prepared = await kind.create({ ...kind.defaults, ...parameters }).prepare(collection);
  try {
    return await prepared.rank(queryOf(query, pool), { limit });
  } finally {
    await prepared.close?.();
  }
}

export function idsOf(items: readonly RankedItem[]): string[] {
  return items.map(item => item.id);
}
