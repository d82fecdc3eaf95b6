import type { JSX } from 'preact';
import type { RerankReport } from '../../../src/core/search.ts';
import type { SearchHit } from '../../../src/service/api.ts';
import { duration, score } from '../format.ts';
import { byStage } from './stages.ts';

interface WhyProps {
  id: string;
  hit: SearchHit;
  /** Largest value in the list: bars of all results have one scale. */
  widest: number;
  rerank: RerankReport | undefined;
}

/** What a score is made of, stage by stage. */
export function Why({ id, hit, widest, rerank }: WhyProps): JSX.Element {
  const stages = byStage(hit.signals ?? []);
  return (
    <section class="why" id={id} aria-label={`Why this result: ${hit.path}`}>
      {stages.length === 0 && <p class="fine">The server sent no signals for this result.</p>}
      {stages.map(stage => (
        <div class="stage" key={stage.name}>
          <h4>
            {stage.name} <span class="amount">{score(stage.sum)}</span>
          </h4>
          <dl>
            {stage.signals.map((signal, i) => (
              <div key={`${signal.name} ${i}`}>
                <dt>{signal.name}</dt>
                <dd>
                  <Bar share={signal.value / widest} />
                  <span class="amount">{score(signal.value)}</span>
                  {signal.detail && <span class="detail">{signal.detail}</span>}
                </dd>
              </div>
            ))}
          </dl>
        </div>
      ))}
      <p class="sum">
        Score <b>{score(hit.score)}</b>
        {stages.length > 0 && ', the sum of these. '}
        {hit.relevance !== undefined && (
          <>
            Relevance <b>{(100 * hit.relevance).toFixed(0)} %</b>, by the re-ranker.{' '}
          </>
        )}
        <RerankLine report={rerank} />
      </p>
    </section>
  );
}

function Bar({ share }: { share: number }): JSX.Element {
  const width = `${Math.max(1, 100 * Math.min(1, Math.abs(share)))}%`;
  return (
    <span class="track" aria-hidden="true">
      <span class={share < 0 ? 'minus' : 'plus'} style={{ width }} />
    </span>
  );
}

/** What re-ranking did to the list; nothing where it was not asked for. */
export function RerankLine({ report }: { report: RerankReport | undefined }): JSX.Element | null {
  if (!report) return null;
  return (
    <span class="rerank-report">
      {report.used
        ? `Re-ranked ${report.candidates} places in ${duration(report.tookMs)}.`
        : `Not re-ranked: ${report.reason ?? 'there is no re-ranker'}.`}
    </span>
  );
}
