import { useEffect, useState } from 'preact/hooks';
import type { StatusAnswer } from '../../../src/service/api.ts';
import { Problem, status } from '../api/client.ts';

export interface Known {
  status?: StatusAnswer;
  /** Why it could not be asked the last time. */
  problem?: Problem;
}

const busyMs = 1000;
const unreachableMs = 4000;
const idleMs = 15_000;

/** State of the index: asked often while something happens, seldom otherwise, never while nobody looks. */
export function useStatus(): [Known, () => void] {
  const [known, setKnown] = useState<Known>({});
  const [round, setRound] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    let isFirst = round === 0;
    const ask = async () => {
      if (document.hidden && !isFirst) {
        timer = setTimeout(ask, busyMs);
        return;
      }
      let wait = idleMs;
      try {
        const answer = await status(!isFirst, controller.signal);
        if (answer.index.state === 'indexing' || answer.update) wait = busyMs;
        setKnown({ status: answer });
      } catch (error) {
        if (controller.signal.aborted) return;
        wait = unreachableMs;
        const problem = error instanceof Problem ? error : new Problem(0, String(error));
        setKnown(before => ({ ...before, problem }));
      }
      isFirst = false;
      timer = setTimeout(ask, wait);
    };
    void ask();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [round]);
  return [known, () => setRound(before => before + 1)];
}
