import { useEffect, useRef } from 'preact/hooks';
import type { Go } from './place.ts';
import type { Shown } from './search/session.ts';

/** A query that was answered and looked at for so long is one to come back to. */
const settledMs = 1500;

/** How typing gets into the history: as one step per query that was settled on, not one per key. */
export function useTyping(go: Go, shown: Shown): { type: (query: string) => void; settle: () => void } {
  const isSettled = useRef(true);
  const settle = () => {
    isSettled.current = true;
  };
  useEffect(() => {
    if (shown.isPending || !shown.answer) return;
    const timer = setTimeout(settle, settledMs);
    return () => clearTimeout(timer);
  }, [shown]);
  return {
    type(query) {
      go({ q: query }, isSettled.current ? 'push' : 'replace');
      isSettled.current = false;
    },
    settle,
  };
}
