import { useEffect, useRef, useState } from 'preact/hooks';
import type { SearchRequest } from '../../../src/service/api.ts';
import { search } from '../api/client.ts';
import { SearchSession, type Shown } from './session.ts';

/** Files that are read once more when re-ranking is on. */
const rerankedFiles = 20;

/** The request for what stands in the box; undefined for an empty one. */
export function requestOf(query: string, rerank: boolean): SearchRequest | undefined {
  if (query.trim() === '') return undefined;
  return { query, highlight: true, explain: true, rerank: rerank ? rerankedFiles : 0 };
}

/** Results of a query as it is typed, and the session they come from. */
export function useSearch(query: string, rerank: boolean): [Shown, SearchSession] {
  const session = useRef<SearchSession>(undefined);
  const [shown, setShown] = useState<Shown>(() => {
    const made = new SearchSession(search, next => setShown(next));
    session.current = made;
    return made.shown;
  });
  useEffect(() => {
    session.current!.want(requestOf(query, rerank));
  }, [query, rerank]);
  useEffect(() => () => session.current!.close(), []);
  return [shown, session.current!];
}
