import { useEffect, useRef, useState } from 'preact/hooks';
import type { FileAnswer, Token } from '../../../src/service/api.ts';
import { file as ask, Problem } from '../api/client.ts';

/** Lines per block of a file: what is coloured and drawn in one piece. */
export const blockLines = 200;

/** Up to so many lines colours are asked for at once; of longer files block by block, as they are looked at. */
const wholeColoured = 3000;

export interface OpenFile {
  path: string;
  answer?: FileAnswer;
  problem?: Problem;
  /** By index of block; absent: not known yet, or not coloured. */
  colours: ReadonlyMap<number, readonly Token[][]>;
}

/** A file as text at once, and in colour as soon as these are there. */
export function useFile(path: string): [OpenFile, (block: number) => void, () => void] {
  const [open, setOpen] = useState<OpenFile>({ path, colours: new Map() });
  const [round, setRound] = useState(0);
  const need = useRef<(block: number) => void>(() => undefined);
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const asked = new Set<number>();
    setOpen({ path, colours: new Map() });
    const colour = async (first: number, last: number) => {
      try {
        const { firstLine, tokens } = await ask({ path, lines: [first, last], highlight: true }, signal);
        if (!tokens) return;
        const start = (firstLine - 1) / blockLines;
        setOpen(before => {
          const colours = new Map(before.colours);
          for (let i = 0; i * blockLines < tokens.length; i++)
            colours.set(start + i, tokens.slice(i * blockLines, (i + 1) * blockLines));
          return { ...before, colours };
        });
      } catch {
        // Without colours the text is still there.
      }
    };
    const load = async () => {
      try {
        const answer = await ask({ path }, signal);
        setOpen({ path, answer, colours: new Map() });
        const { totalLines } = answer;
        if (totalLines <= wholeColoured) {
          if (totalLines > 0) void colour(1, totalLines);
          return;
        }
        need.current = block => {
          if (asked.has(block)) return;
          asked.add(block);
          void colour(block * blockLines + 1, Math.min((block + 1) * blockLines, totalLines));
        };
      } catch (error) {
        if (signal.aborted) return;
        const problem = error instanceof Problem ? error : new Problem(0, String(error));
        setOpen({ path, problem, colours: new Map() });
      }
    };
    void load();
    return () => {
      controller.abort();
      need.current = () => undefined;
    };
  }, [path, round]);
  return [open, block => need.current(block), () => setRound(before => before + 1)];
}
