import type { JSX } from 'preact';
import { grouped, percent } from '../format.ts';
import type { Known } from './use-status.ts';

/** State of the index in a word; it opens the whole status. */
export function StatusPill({ known, open }: { known: Known; open: () => void }): JSX.Element {
  const [state, text] = told(known);
  return (
    <button type="button" class={`pill ${state}`} aria-haspopup="dialog" onClick={open}>
      <span class="dot" aria-hidden="true" />
      <span class="hidden">Index status: </span>
      {text}
    </button>
  );
}

function told({ status, problem }: Known): [state: string, text: string] {
  if (problem) return ['failed', problem.status === 401 ? 'Token needed' : 'Not reachable'];
  if (!status) return ['unknown', 'Connecting'];
  const { state, units, progress } = status.index;
  if (state === 'indexing')
    return [state, `Indexing${progress === undefined ? '' : ` ${percent(progress)}`}`];
  if (state === 'empty') return [state, 'Empty index'];
  if (state === 'failed') return [state, 'Update failed'];
  return [status.update ? 'indexing' : state, `${grouped(units)} units`];
}
