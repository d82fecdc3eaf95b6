import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { formatScore } from '../../../src/evaluation/report/format.ts';
import type { Data } from '../data.ts';
import { Mark } from '../mark.tsx';
import type { Go, Place } from '../state.ts';
import { Curve, compact } from './curve.tsx';
import { type Axis, axes, type Point, placeOf, type ReportRun, stepPoints } from './runs.ts';

interface CurvesProps {
  data: Data;
  runs: readonly ReportRun[];
  /** Those that are not hidden. */
  shown: readonly ReportRun[];
  hidden: ReadonlySet<string>;
  toggle: (name: string) => void;
  place: Place;
  go: Go;
}

/** All plots, over what the reader chooses. */
export function Curves({ data, runs, shown, hidden, toggle, place, go }: CurvesProps): JSX.Element {
  const axis: Axis = axes.find(one => one === place.m) ?? 'steps';
  return (
    <section id="plots" aria-labelledby="plots-title">
      <h2 id="plots-title">Curves</h2>
      <div class="legend">
        <fieldset>
          <legend class="hidden">Runs shown in the plots</legend>
          {(runs.length > 1 ? runs : []).map(({ name }) => (
            <button key={name} type="button" aria-pressed={!hidden.has(name)} onClick={() => toggle(name)}>
              <Mark data={data} name={name} />
              {name}
            </button>
          ))}
        </fieldset>
        <label>
          Over{' '}
          <select value={axis} onChange={event => go({ m: event.currentTarget.value })}>
            {axes.map(one => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Figures data={data} runs={shown} axis={axis} />
    </section>
  );
}

function Figures({ data, runs, axis }: { data: Data; runs: readonly ReportRun[]; axis: Axis }): JSX.Element {
  const curves = useMemo(() => curvesOf(runs, axis), [runs, axis]);
  const common = { data, axis };
  const number = (value: number) => compact(value);
  return (
    <>
      <div class="figures">
        {curves.score.length > 0 && (
          <Curve
            {...common}
            title="Validation"
            label="MRR"
            points={curves.score}
            marked={curves.best}
            dots
            format={formatScore}
            note="Mean over the pools; the symbol is the best, whose weights the model has."
          />
        )}
        <Curve {...common} title="Loss" label="loss" points={curves.loss} format={number} zero />
        {curves.similarity.length > 0 && (
          <Curve
            {...common}
            title="Similarity"
            label="cosine"
            points={curves.similarity}
            series={['right pairs', 'all others']}
            dots
            format={formatScore}
            note="Mean over the pools: right pairs drawn through, all others dashed."
          />
        )}
        <Curve {...common} title="Learning rate" label="rate" points={curves.rate} format={exponent} zero />
        <Curve {...common} title="Speed" label="pairs/s" points={curves.speed} format={number} zero />
        <Curve
          {...common}
          title="Norm of the gradients"
          label="norm"
          points={curves.norm}
          format={number}
          zero
          note="Before clipping."
        />
      </div>
      {curves.pools.length > 1 && (
        <div class="figures wide">
          <Curve
            {...common}
            title="Validation by pool"
            label="MRR"
            points={curves.byPool}
            marked={curves.bestByPool}
            facets={curves.pools}
            dots
            format={formatScore}
          />
        </div>
      )}
    </>
  );
}

function curvesOf(runs: readonly ReportRun[], axis: Axis) {
  const score: Point[] = [];
  const best: Point[] = [];
  const similarity: Point[] = [];
  const byPool: Point[] = [];
  const bestByPool: Point[] = [];
  for (const run of runs) {
    for (const [i, validation] of run.validations.entries()) {
      const { pools } = validation;
      const x = placeOf(axis, validation);
      const at = (series: string, y: number): Point => ({ run: run.name, series, x, y });
      const mean = (of: 'positive' | 'negative') =>
        pools.reduce((sum, pool) => sum + pool[of], 0) / Math.max(1, pools.length);
      const isBest = i === run.best;
      score.push(at('', validation.score));
      if (isBest) best.push(at('', validation.score));
      similarity.push(at('right pairs', mean('positive')), at('all others', mean('negative')));
      for (const pool of pools) {
        byPool.push(at(pool.name, pool.mrr));
        if (isBest) bestByPool.push(at(pool.name, pool.mrr));
      }
    }
  }
  return {
    score,
    best,
    similarity,
    byPool,
    bestByPool,
    pools: [...new Set(byPool.map(point => point.series))],
    loss: stepPoints(runs, axis, 'loss'),
    rate: stepPoints(runs, axis, 'rate'),
    speed: stepPoints(runs, axis, 'pairsPerSecond'),
    norm: stepPoints(runs, axis, 'gradientNorm'),
  };
}

/** `0.00025` → `2.5e-4`. */
function exponent(value: number): string {
  return value === 0
    ? '0'
    : value >= 0.01
      ? String(value)
      : value.toExponential().replace(/(\.\d{1,2})\d*e/, '$1e');
}
