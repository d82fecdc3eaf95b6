import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../api/client.ts';

export interface Asked<T> {
  answer?: T;
  problem?: Problem;
}

/** An answer for as long as its key stays; another key aborts and asks anew. Without a key nothing is asked. */
export function useAnswer<T>(key: string | undefined, ask: (signal: AbortSignal) => Promise<T>): Asked<T> {
  const [asked, setAsked] = useState<Asked<T>>({});
  useEffect(() => {
    setAsked({});
    if (key === undefined) return;
    const controller = new AbortController();
    ask(controller.signal).then(
      answer => {
        if (!controller.signal.aborted) setAsked({ answer });
      },
      error => {
        if (controller.signal.aborted) return;
        setAsked({ problem: error instanceof Problem ? error : new Problem(0, String(error)) });
      },
    );
    return () => controller.abort();
  }, [key]);
  return asked;
}
