import type { ComponentChildren, JSX } from 'preact';
import type { StatusAnswer } from '../../../src/service/api.ts';
import { Dialog } from '../dialogs/dialog.tsx';
import { ago, bytes, counted, grouped, percent } from '../format.ts';
import { Progress } from './progress.tsx';
import { Skipped } from './skipped.tsx';
import type { Known } from './use-status.ts';

interface StatusProps {
  known: Known;
  close: () => void;
}

/** What is in the index, and what is not and why. */
export function Status({ known: { status, problem }, close }: StatusProps): JSX.Element {
  return (
    <Dialog title="Index status" close={close}>
      {problem && <p class="trouble">{problem.message}</p>}
      {!status && !problem && <p class="fine">Asking the server…</p>}
      {status && <Whole status={status} />}
    </Dialog>
  );
}

const states = {
  empty: 'Empty: nothing is indexed yet.',
  indexing: 'Still indexing: searches find what is indexed so far.',
  ready: 'Ready.',
  failed: 'The last update failed: the index is what it was before.',
};

function Whole({ status }: { status: StatusAnswer }): JSX.Element {
  const { index, model, repositories, languages, skipped, notes, roles } = status;
  return (
    <>
      <p class={`state ${index.state}`}>
        <b>{states[index.state]}</b>
      </p>
      <Progress status={status} />
      <dl class="figures">
        <Figure name="Files">{grouped(index.files)}</Figure>
        <Figure name="Units">{grouped(index.units)}</Figure>
        <Figure name="Encoded">
          {model ? share(model.encodedUnits, model.totalUnits) : <span class="fine">no model</span>}
        </Figure>
        <Figure name="Skipped">{grouped(skipped.count)}</Figure>
        <Figure name="Source">{bytes(status.sourceBytes)}</Figure>
        <Figure name="Index">{bytes(status.indexBytes)}</Figure>
        <Figure name="Updated">
          {status.updatedAt === undefined ? 'never' : ago(status.updatedAt, Date.now())}
        </Figure>
      </dl>
      {model && <p class="fine">Search by meaning uses the model {model.id}.</p>}
      {notes.length > 0 && (
        <ul class="notes">
          {notes.map(note => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      <Repositories repositories={repositories} />
      <Languages languages={languages} />
      {Object.keys(roles).length > 0 && (
        <p class="fine">
          By role:{' '}
          {Object.entries(roles)
            .map(([role, files]) => `${role} ${grouped(files)}`)
            .join(', ')}
          .
        </p>
      )}
      <Skipped skipped={skipped} />
      <p class="fine">
        Quarry {status.version}, generation {status.generation} of the index.
      </p>
    </>
  );
}

function share(done: number, total: number): string {
  return total === 0 ? 'none' : percent(done / total);
}

function Figure({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Repositories({ repositories }: Pick<StatusAnswer, 'repositories'>): JSX.Element | null {
  if (repositories.length === 0) return null;
  return (
    <section>
      <h3>{counted(repositories.length, 'repository', 'repositories')}</h3>
      <ul class="repositories">
        {repositories.map(({ name, revision, directory, files, commit }) => (
          <li key={`${name}@${revision}`}>
            <b>
              {name}
              {revision && `@${revision}`}
            </b>
            <span class="amount">{counted(files, 'file')}</span>
            <span class="where">
              {directory}
              {commit && ` ${commit.slice(0, 10)}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Languages({ languages }: Pick<StatusAnswer, 'languages'>): JSX.Element | null {
  if (languages.length === 0) return null;
  const sorted = [...languages].sort((a, b) => b.units - a.units);
  const most = Math.max(1, sorted[0]!.units);
  return (
    <section>
      <h3>{counted(languages.length, 'language')}</h3>
      <dl class="bars">
        {sorted.map(({ language, files, units }) => (
          <div key={language}>
            <dt>{language}</dt>
            <dd>
              <span class="track" aria-hidden="true">
                <span class="plus" style={{ width: `${Math.max(1, (100 * units) / most)}%` }} />
              </span>
              <span class="amount">{counted(units, 'unit')}</span>
              <span class="amount">{counted(files, 'file')}</span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
