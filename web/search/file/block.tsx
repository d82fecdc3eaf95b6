import { Component, type JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Token } from '../../../src/service/api.ts';
import { Tokens } from '../code/text.tsx';
import { lineHeight } from './lines.ts';

interface BlockProps {
  index: number;
  /** 1-based. */
  firstLine: number;
  lines: readonly string[];
  colours: readonly Token[][] | undefined;
  /** Called when it comes near what is seen. */
  near: (index: number) => void;
}

/**
 * Some lines of a file. Far from what is seen they are one text – so that a long file costs little and can still be searched
 * with the browser's own search – and in colour only near it.
 */
function BlockView({ index, firstLine, lines, colours, near }: BlockProps): JSX.Element {
  const block = useRef<HTMLDivElement>(null);
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver(
      entries => {
        const isIn = entries.at(-1)!.isIntersecting;
        setNear(isIn);
        if (isIn) near(index);
      },
      { rootMargin: '1500px 0px', scrollMargin: '1500px 0px' },
    );
    observer.observe(block.current!);
    return () => observer.disconnect();
  }, [index, near]);
  const isColoured = isNear && colours;
  return (
    <div class="block" ref={block} style={{ height: `${lines.length * lineHeight}px` }}>
      <div class="numbers" aria-hidden="true">
        {lines.map((_, i) => firstLine + i).join('\n')}
      </div>
      <code>
        {isColoured
          ? colours.map((tokens, i) => (
              <>
                {i > 0 && '\n'}
                <Tokens tokens={tokens} />
              </>
            ))
          : lines.join('\n')}
      </code>
    </div>
  );
}

/** Drawn again only for new lines or colours: a step of the selection leaves all blocks as they are. */
export class Block extends Component<BlockProps> {
  override shouldComponentUpdate(next: BlockProps): boolean {
    return next.lines !== this.props.lines || next.colours !== this.props.colours;
  }

  override render(): JSX.Element {
    return <BlockView {...this.props} />;
  }
}
