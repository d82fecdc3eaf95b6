import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Announcer } from './announce.tsx';
import { KeysDialog } from './dialogs/keys.tsx';
import { TokenDialog } from './dialogs/token.tsx';
import { FileView } from './file/file.tsx';
import { Head } from './header/head.tsx';
import { ProblemView } from './header/problem.tsx';
import { focusedHit, moveHit, pressInHit, useKeys } from './keys.ts';
import { usePlace } from './place.ts';
import { Results } from './results/results.tsx';
import { requestOf, useSearch } from './search/use-search.ts';
import { Landing } from './status/landing.tsx';
import { Progress } from './status/progress.tsx';
import { Status } from './status/status.tsx';
import { useStatus } from './status/use-status.ts';
import { useTitle } from './title.ts';
import { useTyping } from './typing.ts';

/** The whole page. */
export function App(): JSX.Element {
  const [place, go] = usePlace();
  const { q, file, rerank = false } = place;
  const [shown, session] = useSearch(q, rerank);
  const [known, askStatus] = useStatus();
  const [dialog, setDialog] = useState<'status' | 'keys'>();
  const box = useRef<HTMLInputElement>(null);
  const isFocusWanted = useRef(false);
  const type = useTyping(go, shown);
  useTitle(place);

  const { status } = known;
  const generation = status?.generation;
  useEffect(() => {
    // A list that was scrolled through is not changed under the reader's eyes.
    const { answer, pages } = session.shown;
    if (answer && generation !== undefined && generation > answer.generation && pages === 1) session.again();
  }, [generation]);
  useEffect(() => {
    if (!isFocusWanted.current || shown.isPending) return;
    isFocusWanted.current = false;
    moveHit(1);
  }, [shown]);

  const closeFile = () => {
    const link = document.querySelector<HTMLElement>('.hit-link[aria-current="true"]');
    go({ file: undefined, lines: undefined }, 'push');
    (link ?? box.current)?.focus();
  };
  useKeys({
    '/': () => {
      box.current?.focus();
      box.current?.select();
      return true;
    },
    '?': () => void setDialog('keys'),
    s: () => void setDialog('status'),
    j: () => moveHit(1),
    k: () => moveHit(-1),
    ArrowDown: () => moveHit(1),
    ArrowUp: () => (focusedHit() ? moveHit(-1) : false),
    o: () => pressInHit('.hit-link'),
    w: () => pressInHit('.why-button'),
    m: () => pressInHit('.more-places-button'),
    y: () => pressInHit('.copy'),
    Escape: () => {
      if (!file) return false;
      closeFile();
      return true;
    },
  });
  const enter = () => {
    type.settle();
    isFocusWanted.current = true;
    // What was typed last may not have been drawn yet.
    session.want(requestOf(box.current?.value ?? q, rerank));
    session.hurry();
    if (session.shown.isPending) return;
    isFocusWanted.current = false;
    moveHit(1);
  };
  const isIndexing = status?.index.state === 'indexing';
  return (
    <>
      <Head
        place={place}
        known={known}
        box={box}
        hasProblem={shown.problem !== undefined}
        isPending={shown.isPending}
        type={type.type}
        enter={enter}
        down={() => moveHit(1)}
        change={query => go({ q: query }, 'push')}
        setRerank={on => go({ rerank: on || undefined }, 'push')}
        openStatus={() => setDialog('status')}
        openKeys={() => setDialog('keys')}
      />
      <main id="content" class={file ? 'with-file' : ''}>
        <div class="list">
          {shown.problem && (
            <ProblemView
              problem={shown.problem}
              query={q}
              retry={() => {
                session.again();
                askStatus();
              }}
            />
          )}
          {isIndexing && q.trim() !== '' && (
            <div class="banner">
              <b>Still indexing.</b> Results are from what is indexed so far.
              <Progress status={status} />
            </div>
          )}
          <Results shown={shown} session={session} place={place} go={go} />
          {q.trim() === '' && <Landing known={known} place={place} go={go} />}
        </div>
        {file && <FileView path={file} place={place} go={go} close={closeFile} />}
      </main>
      {dialog === 'status' && <Status known={known} close={() => setDialog(undefined)} />}
      {dialog === 'keys' && <KeysDialog close={() => setDialog(undefined)} />}
      <TokenDialog />
      <Announcer />
    </>
  );
}
