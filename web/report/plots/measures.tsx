import * as Plot from '@observablehq/plot';
import type { JSX } from 'preact';
import { formatRange, formatScore } from '../../../src/evaluation/report/format.ts';
import { colourOf, symbolOf } from '../mark.tsx';
import { Figure, labelWidth, short, small, tip } from './figure.tsx';
import type { PlotProps } from './props.ts';

/** Every measure of every system with its interval. */
export function MeasuresPlot({ data, part, systems }: PlotProps): JSX.Element {
  const { measures } = part.result;
  const points = measures.flatMap(measure =>
    systems.flatMap(system => {
      const value = system.measures[measure];
      if (value === undefined) return [];
      const [low, high] = system.intervals[measure] ?? [value, value];
      return [{ measure, name: system.name, value, low, high }];
    }),
  );
  const draw = (width: number) => {
    const low = Math.min(...points.map(point => point.low));
    const left = labelWidth(measures, width * 0.3);
    return Plot.plot({
      width,
      height: measures.length * (systems.length * 15 + 16) + 34,
      marginLeft: left,
      marginRight: 24,
      marginTop: 4,
      marginBottom: 30,
      style: small,
      x: {
        domain: [
          low < 0.3 ? Math.min(0, low) : Math.floor(low * 20) / 20,
          Math.max(...points.map(p => p.high)),
        ],
        nice: true,
        label: null,
        tickFormat: formatScore,
        ticks: width < 420 ? 4 : 6,
      },
      y: { domain: systems.map(system => system.name), axis: null, padding: 1, type: 'point', round: false },
      fy: { domain: measures, padding: 0.12, label: null },
      marks: [
        Plot.frame({ fill: 'var(--band)', stroke: null }),
        Plot.gridX({ stroke: 'var(--grid)', strokeOpacity: 1, ticks: width < 420 ? 4 : 6 }),
        Plot.axisFy({
          anchor: 'left',
          label: null,
          textAnchor: 'end',
          tickFormat: (text: string) => short(text, Math.floor(left / 6.4)),
          fontSize: 12,
        }),
        Plot.link(points, {
          fy: 'measure',
          x1: 'low',
          x2: 'high',
          y1: 'name',
          y2: 'name',
          stroke: point => colourOf(data, point.name),
          strokeWidth: 2,
          strokeLinecap: 'round',
          strokeOpacity: 0.65,
        }),
        Plot.dot(points, {
          fy: 'measure',
          x: 'value',
          y: 'name',
          r: 4.2,
          symbol: (point: (typeof points)[number]) => symbolOf(data, point.name),
          fill: point => colourOf(data, point.name),
          stroke: point => colourOf(data, point.name),
        }),
        Plot.tip(
          points,
          Plot.pointer({
            ...tip,
            fy: 'measure',
            x: 'value',
            y: 'name',
            title: (point: (typeof points)[number]) =>
              `${point.name}, ${point.measure}\n${formatScore(point.value)}  (${formatRange([point.low, point.high])})`,
          }),
        ),
      ],
    });
  };
  return (
    <Figure
      title="Measures with 95 % intervals"
      label={`Dots with intervals: ${measures.join(', ')} of ${systems.map(system => system.name).join(', ')}`}
      draw={draw}
      inputs={[part, systems]}
      numbers={{
        head: ['Measure', 'System', 'Value', '95 % interval'],
        rows: points.map(point => [
          point.measure,
          point.name,
          formatScore(point.value),
          formatRange([point.low, point.high]),
        ]),
      }}
    />
  );
}
