import type { JSX } from 'preact';
import { formatCount, formatSize } from '../../src/evaluation/report/format.ts';
import type { Part } from './data.ts';
import { Scroller } from './scroller.tsx';

/** What was measured, on what. The pool is always said: a number means nothing without it. */
export function Head({ part }: { part: Part }): JSX.Element {
  const { result } = part;
  const { pools } = result;
  const spread =
    pools.smallest !== pools.largest &&
    `${formatCount(pools.smallest)} to ${formatCount(pools.largest)}, median ${formatCount(pools.median)}`;
  return (
    <section class="head" aria-labelledby="title">
      <h1 id="title">{result.title}</h1>
      <dl class="facts">
        <Fact name="Data set" value={result.dataset} />
        <Fact name="Split" value={result.split} />
        {result.task === 'retrieval' ? (
          <>
            <Fact name="Queries" value={formatCount(result.queries)} />
            <Fact
              name={spread ? 'Pool, mean' : 'Pool'}
              value={`${formatCount(result.pool)} candidates`}
              more={spread || 'per query'}
            />
            {pools.collections > 1 && (
              <Fact
                name="Collections"
                value={formatCount(pools.collections)}
                more={
                  result.averaging === 'collections'
                    ? 'total: mean of their means'
                    : 'total: mean over all queries'
                }
              />
            )}
          </>
        ) : (
          <>
            <Fact name="Pairs" value={formatCount(result.queries)} />
            <Fact name="Pool" value="none" more="every pair is judged alone" />
          </>
        )}
        <Fact name="Systems" value={String(result.systems.length)} />
        <Fact name="Licence" value={result.licence} />
      </dl>
      {result.notes.length > 0 && (
        <div class="notes">
          <h2>Notes</h2>
          <ul>
            {result.notes.map(note => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

function Fact({ name, value, more }: { name: string; value: string; more?: string | false }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value}
        {more && <small>{more}</small>}
      </dd>
    </div>
  );
}

/** Where the data came from, and what made the report. */
export function Provenance({ part }: { part: Part }): JSX.Element {
  const { result } = part;
  const { made } = result;
  return (
    <section id="provenance" aria-labelledby="provenance-title">
      <h2 id="provenance-title">Provenance</h2>
      <dl class="lines">
        <dt>Source</dt>
        <dd>{result.source}</dd>
        <dt>Licence</dt>
        <dd>{result.licence}</dd>
        <dt>Made by</dt>
        <dd>
          Quarry {made.quarry}, code <code>{made.code}</code>, Node {made.node}
        </dd>
        <dt>On</dt>
        <dd>{made.machine}</dd>
        <dt>At</dt>
        <dd>{made.at}</dd>
        <dt>Seed</dt>
        <dd>{made.seed}</dd>
      </dl>
      {result.files.length > 0 && (
        <Scroller label="Files that were read">
          <table class="data">
            <caption>Files that were read</caption>
            <thead>
              <tr>
                <th scope="col">File</th>
                <th scope="col" class="number">
                  Rows
                </th>
                <th scope="col" class="number">
                  Left out
                </th>
                <th scope="col" class="number">
                  Size
                </th>
                <th scope="col">SHA-256</th>
              </tr>
            </thead>
            <tbody>
              {result.files.map(file => (
                <tr key={file.path}>
                  <th scope="row">{file.path}</th>
                  <td class="number">{formatCount(file.rows)}</td>
                  <td class="number">{formatCount(file.skipped)}</td>
                  <td class="number">{formatSize(file.bytes)}</td>
                  <td>
                    <code class="sum">{file.sha256}</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
    </section>
  );
}
