import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

/** What the page shows, as its address says it: `?q=retry+with+backoff&file=src/retry.ts&lines=10-20`. */
export interface Place {
  /** Query as it stands in the box. */
  q: string;
  /** File that is open. */
  file?: string | undefined;
  /** Its marked lines, 1-based and inclusive. */
  lines?: Lines | undefined;
  /** Answers are read once more by the cross-encoder. */
  rerank?: boolean | undefined;
}

export type Lines = readonly [first: number, last: number];

/** `push` leaves a step to go back to. */
export type Go = (change: Partial<Place>, how?: 'push' | 'replace') => void;

function read(): Place {
  const query = new URLSearchParams(location.search);
  const file = query.get('file') || undefined;
  const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(query.get('lines') ?? '');
  const first = match ? Math.max(1, Number(match[1])) : 0;
  return {
    q: query.get('q') ?? '',
    file,
    lines: file && match ? [first, Math.max(first, Number(match[2] ?? first))] : undefined,
    rerank: query.get('rerank') === '1' || undefined,
  };
}

/** Address of a place, relative to the page. */
export function addressOf({ q, file, lines, rerank }: Place): string {
  const query = new URLSearchParams();
  if (q) query.set('q', q);
  if (rerank) query.set('rerank', '1');
  if (file) query.set('file', file);
  if (file && lines) query.set('lines', rangeOf(...lines));
  // Slashes and colons are allowed in a query; a link is easier to read with them.
  const text = query.toString().replaceAll('%2F', '/').replaceAll('%3A', ':');
  return text ? `?${text}` : location.pathname;
}

/** `10-20`, or `10` for one line. */
export function rangeOf(first: number, last: number): string {
  return last > first ? `${first}-${last}` : String(first);
}

/** Browsers refuse an address that changes all the time: small changes are written when they pause. */
const writeDelayMs = 120;

/** The place, and how to go elsewhere. */
export function usePlace(): [Place, Go] {
  const [place, setPlace] = useState(read);
  const current = useRef(place);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const write = useCallback(() => {
    if (timer.current === undefined) return;
    clearTimeout(timer.current);
    timer.current = undefined;
    history.replaceState(null, '', addressOf(current.current));
  }, []);
  useEffect(() => {
    const changed = () => {
      clearTimeout(timer.current);
      timer.current = undefined;
      current.current = read();
      setPlace(current.current);
    };
    addEventListener('popstate', changed);
    addEventListener('pagehide', write);
    return () => {
      removeEventListener('popstate', changed);
      removeEventListener('pagehide', write);
    };
  }, [write]);
  const go = useCallback<Go>(
    (change, how = 'replace') => {
      const next = { ...current.current, ...change };
      if (addressOf(next) === addressOf(current.current)) return;
      if (how === 'push') write();
      current.current = next;
      if (how === 'push') history.pushState(null, '', addressOf(next));
      else timer.current ??= setTimeout(write, writeDelayMs);
      setPlace(next);
    },
    [write],
  );
  return [place, go];
}
