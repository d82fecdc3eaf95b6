import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { slicesOf } from '../../../src/evaluation/report/format.ts';
import type { Data, Part } from '../data.ts';
import { Mark } from '../mark.tsx';
import type { Go, Place } from '../state.ts';
import { LatencyPlot } from './latency.tsx';
import { MeasuresPlot } from './measures.tsx';
import type { PlotProps } from './props.ts';
import { RecallPlot } from './recall.tsx';
import { manyBars, SlicePlot } from './slices.tsx';
import { ThresholdPlot } from './thresholds.tsx';
import { Waterfall } from './waterfall.tsx';

interface PlotsProps {
  data: Data;
  part: Part;
  place: Place;
  go: Go;
}

export function Plots({ data, part, place, go }: PlotsProps): JSX.Element {
  const { result } = part;
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const systems = useMemo(
    () => result.systems.filter(system => !hidden.has(system.name)),
    [result.systems, hidden],
  );
  const measure = result.measures.includes(place.m ?? '') ? place.m! : part.main;
  const common: PlotProps = { data, part, systems, measure };
  const some = {
    latency: result.systems.some(system => system.latencyMs),
    thresholds: result.systems.some(system => system.thresholds?.length),
    recall: result.systems.some(system => system.recallAt.length > 0),
  };
  const slices = [...slicesOf(result.systems)];
  const few = slices.filter(([, values]) => !manyBars(values, result.systems));
  const many = slices.filter(([, values]) => manyBars(values, result.systems));
  const toggle = (name: string) => {
    const next = new Set(hidden);
    if (!next.delete(name)) next.add(name);
    if (next.size < result.systems.length) setHidden(next);
  };
  return (
    <section id="plots" aria-labelledby="plots-title">
      <h2 id="plots-title">Plots</h2>
      <div class="legend">
        <fieldset>
          <legend class="hidden">Systems shown in the plots</legend>
          {result.systems.map(system => (
            <button
              key={system.name}
              type="button"
              aria-pressed={!hidden.has(system.name)}
              onClick={() => toggle(system.name)}
            >
              <Mark data={data} name={system.name} />
              {system.name}
            </button>
          ))}
        </fieldset>
        {result.measures.length > 1 && (
          <label>
            Measure{' '}
            <select value={measure} onChange={event => go({ m: event.currentTarget.value })}>
              {result.measures.map(one => (
                <option key={one} value={one}>
                  {one}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      <div class="figures">
        <MeasuresPlot {...common} />
        {some.latency && <LatencyPlot {...common} />}
        {some.thresholds && <ThresholdPlot {...common} />}
        {some.recall && <RecallPlot {...common} />}
        {few.map(([slice, values]) => (
          <SlicePlot key={slice} {...common} slice={slice} values={values} />
        ))}
      </div>
      <div class="figures wide">
        {many.map(([slice, values]) => (
          <SlicePlot key={slice} {...common} slice={slice} values={values} />
        ))}
        {part.baseline >= 0 && part.queries.id.length > 0 && result.systems.length > 1 && (
          <Waterfall data={data} part={part} measure={measure} place={place} go={go} />
        )}
      </div>
    </section>
  );
}
