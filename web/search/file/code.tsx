import type { JSX, RefObject } from 'preact';
import { useCallback, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { FileAnswer } from '../../../src/service/api.ts';
import { announce } from '../announce.tsx';
import type { Lines } from '../place.ts';
import { Block } from './block.tsx';
import { lineHeight, moved, unitAt } from './lines.ts';
import { blockLines, type OpenFile } from './use-file.ts';

interface CodeProps {
  answer: FileAnswer;
  colours: OpenFile['colours'];
  lines: Lines | undefined;
  select: (lines: Lines) => void;
  need: (block: number) => void;
  pane: RefObject<HTMLDivElement | null>;
}

/** The text of a file. Lines are selected with a click, or with the arrow keys when it has the focus. */
export function Code({ answer, colours, lines, select, need, pane }: CodeProps): JSX.Element {
  const sheet = useRef<HTMLDivElement>(null);
  const own = useRef<Lines>(undefined);
  const latestNeed = useRef(need);
  latestNeed.current = need;
  const near = useCallback((block: number) => latestNeed.current(block), []);
  const blocks = useMemo(() => {
    const parts: string[][] = [];
    for (let i = 0; i < answer.lines.length; i += blockLines)
      parts.push(answer.lines.slice(i, i + blockLines));
    return parts;
  }, [answer.lines]);
  const first = lines?.[0];
  const last = lines?.[1];
  useLayoutEffect(() => {
    if (first === undefined || last === undefined) return;
    // What is selected here is in sight already, or only just outside of it.
    const isOwn = own.current?.[0] === first && own.current[1] === last;
    own.current = undefined;
    show(pane.current!, first, last, isOwn);
  }, [answer, first, last]);

  const choose = (next: Lines) => {
    own.current = next;
    select(next);
  };
  const clicked = (event: MouseEvent) => {
    if (!getSelection()?.isCollapsed) return;
    const y = event.clientY - sheet.current!.getBoundingClientRect().top;
    const line = Math.min(Math.max(1, Math.floor(y / lineHeight) + 1), answer.totalLines);
    if (event.shiftKey && lines) choose([Math.min(line, lines[0]), Math.max(line, lines[1])]);
    else choose([line, line]);
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, J: 1, K: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = moved(lines, step, event.shiftKey, answer.totalLines);
    choose(next);
    const line = step > 0 ? next[1] : next[0];
    const unit = answer.outline[unitAt(answer.outline, line)];
    announce(`Line ${line}${unit ? ` in ${unit.symbol}` : ''}: ${answer.lines[line - 1] ?? ''}`);
  };

  return (
    <section
      class="code"
      ref={pane}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and its lines are selected with keys
      tabIndex={0}
      aria-label={`Text of ${answer.path}; the arrow keys select lines`}
      onKeyDown={pressed}
      onClick={clicked}
    >
      <div class="sheet" ref={sheet}>
        {first !== undefined && last !== undefined && (
          <div
            class="band"
            style={{
              top: `${(first - 1) * lineHeight}px`,
              height: `${Math.max(0, Math.min(last, answer.totalLines) - first + 1) * lineHeight}px`,
            }}
          />
        )}
        {blocks.map((part, i) => (
          <Block
            key={i}
            index={i}
            firstLine={i * blockLines + 1}
            lines={part}
            colours={colours.get(i)}
            near={near}
          />
        ))}
      </div>
    </section>
  );
}

/** Lines kept in sight above and below a step with the keyboard. */
const margin = 3 * lineHeight;

function show(pane: HTMLElement, first: number, last: number, isStep: boolean): void {
  const top = (first - 1) * lineHeight;
  const bottom = last * lineHeight;
  const { scrollTop, clientHeight } = pane;
  if (isStep) {
    if (top - margin < scrollTop) pane.scrollTop = top - margin;
    else if (bottom + margin > scrollTop + clientHeight && bottom - top < clientHeight)
      pane.scrollTop = bottom + margin - clientHeight;
    return;
  }
  if (top >= scrollTop && bottom <= scrollTop + clientHeight && scrollTop > 0) return;
  pane.scrollTop = top - Math.max(margin, Math.min(clientHeight / 4, (clientHeight - (bottom - top)) / 2));
}
