import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { FileAnswer } from '../../../src/service/api.ts';
import { announce } from '../announce.tsx';
import { Copy, copyText } from '../copy.tsx';
import { counted } from '../format.ts';
import { Icon } from '../icons.tsx';
import { useKeys } from '../keys.ts';
import { Path } from '../path.tsx';
import { addressOf, type Go, type Lines, type Place, rangeOf } from '../place.ts';
import { Code } from './code.tsx';
import { unitAt } from './lines.ts';
import { Side, type Tab } from './side.tsx';
import { useFile } from './use-file.ts';

interface FileProps {
  path: string;
  place: Place;
  go: Go;
  close: () => void;
}

const nothing = { answer: undefined, problem: undefined };

/** A whole file, its marked lines in sight. */
export function FileView({ path, place, go, close }: FileProps): JSX.Element {
  const [loaded, need, retry] = useFile(path);
  const [tab, setTab] = useState<Tab>('outline');
  const pane = useRef<HTMLDivElement>(null);
  // Right after a change of the path it is still the file before.
  const { answer, problem, colours } = loaded.path === path ? loaded : { ...loaded, ...nothing };
  const { lines } = place;
  const isThere = answer !== undefined;
  useEffect(() => {
    if (!isThere) return;
    pane.current?.focus({ preventScroll: true });
    announce(`${path} is open`);
  }, [path, isThere]);

  const select = (next: Lines) => go({ lines: next });
  const jump = (step: 1 | -1) => {
    if (!answer) return false;
    const line = lines?.[0] ?? 0;
    const next =
      step > 0
        ? answer.outline.find(unit => unit.firstLine > line)
        : answer.outline.findLast(unit => unit.firstLine < line);
    if (next) go({ lines: [next.firstLine, next.lastLine] });
    return true;
  };
  const where = lines ? `${path}:${rangeOf(...lines)}` : path;
  const inFile = () => document.activeElement?.closest('.hit') === null;
  useKeys({
    ']': () => jump(1),
    '[': () => jump(-1),
    r: () => void setTab('related'),
    u: () => void setTab('uses'),
    y: () => {
      if (!inFile()) return false;
      void copyText(where).then(done => done && announce(`Copied ${where}`));
      return true;
    },
  });
  return (
    <section class="file" aria-label={`File ${path}`}>
      <header>
        <h2>
          <Path path={path} {...(lines && { firstLine: lines[0], lastLine: lines[1] })} />
        </h2>
        <button type="button" class="icon-button" aria-label="Close the file" title="Esc" onClick={close}>
          <Icon name="close" />
        </button>
        <div class="file-facts">
          {answer && <Facts answer={answer} lines={lines} />}
          <Copy name="Copy place" text={where} title={where} />
          <Copy
            name="Copy link"
            text={new URL(addressOf(place), location.href).href}
            title="A permalink to these lines"
          />
        </div>
      </header>
      {problem && (
        <div class="problem" role="alert">
          <p>
            <b>{problem.message}</b> {problem.hint}
          </p>
          <button type="button" onClick={retry}>
            Try again
          </button>
        </div>
      )}
      {!answer && !problem && <p class="fine loading">Loading…</p>}
      {answer && (
        <div class="file-body">
          <Code answer={answer} colours={colours} lines={lines} select={select} need={need} pane={pane} />
          <Side answer={answer} lines={lines} tab={tab} choose={setTab} place={place} go={go} />
        </div>
      )}
    </section>
  );
}

function Facts({ answer, lines }: { answer: FileAnswer; lines: Lines | undefined }): JSX.Element {
  const unit = lines && answer.outline[unitAt(answer.outline, lines[0])];
  return (
    <>
      {unit && <code class="symbol">{unit.symbol}</code>}
      <span class="badge">{answer.language}</span>
      {answer.role !== 'source' && <span class="badge role">{answer.role}</span>}
      <span class="kind">{counted(answer.totalLines, 'line')}</span>
      {answer.stale && (
        <span class="stale" title="The file has changed since it was indexed">
          changed since indexed
        </span>
      )}
    </>
  );
}
