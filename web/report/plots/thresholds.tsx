import * as Plot from '@observablehq/plot';
import type { JSX } from 'preact';
import { formatScore } from '../../../src/evaluation/report/format.ts';
import { colourOf, symbolOf } from '../mark.tsx';
import { Figure, labelWidth, short, small, tip } from './figure.tsx';
import type { PlotProps } from './props.ts';

/** Classification: what the threshold of every rule gives. */
export function ThresholdPlot({ data, part, systems, measure }: PlotProps): JSX.Element {
  const points = systems.flatMap(system =>
    (system.thresholds ?? []).map(({ rule, threshold, measures }) => ({
      name: system.name,
      rule,
      threshold: String(Number(threshold.toPrecision(4))),
      value: measures[measure] ?? Number.NaN,
      measures,
    })),
  );
  const rules = [...new Set(points.map(point => point.rule))];
  const draw = (width: number) => {
    const left = labelWidth(rules, width * 0.3);
    const values = points.map(point => point.value).filter(Number.isFinite);
    const span = Math.max(0.02, Math.max(...values) - Math.min(...values));
    return Plot.plot({
      width,
      height: rules.length * (systems.length * 18 + 16) + 34,
      marginLeft: left,
      marginRight: 24,
      marginTop: 4,
      marginBottom: 30,
      style: small,
      x: {
        domain: [Math.min(...values) - span * 0.1, Math.max(...values) + span * 0.35],
        label: null,
        tickFormat: formatScore,
        ticks: width < 420 ? 4 : 6,
      },
      y: { domain: systems.map(system => system.name), axis: null, padding: 1, type: 'point', round: false },
      fy: { domain: rules, padding: 0.12, label: null },
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
        Plot.dot(points, {
          fy: 'rule',
          x: 'value',
          y: 'name',
          r: 4.2,
          symbol: (point: (typeof points)[number]) => symbolOf(data, point.name),
          fill: point => colourOf(data, point.name),
          stroke: point => colourOf(data, point.name),
        }),
        Plot.text(points, {
          fy: 'rule',
          x: 'value',
          y: 'name',
          dx: 9,
          textAnchor: 'start',
          text: point => `at ${point.threshold}`,
          fontSize: 11,
          fill: 'var(--muted)',
        }),
        Plot.tip(
          points,
          Plot.pointer({
            ...tip,
            fy: 'rule',
            x: 'value',
            y: 'name',
            title: (point: (typeof points)[number]) =>
              `${point.name}, rule ${point.rule}\nthreshold ${point.threshold}\n${measure} ${formatScore(point.value)}`,
          }),
        ),
      ],
    });
  };
  const { measures } = part.result;
  return (
    <Figure
      title={`By rule of the threshold: ${measure}`}
      label={`Dots: ${measure} with the threshold of the rules ${rules.join(', ')}, for ${systems.map(system => system.name).join(', ')}`}
      note="Thresholds are chosen on calibration pairs, never on the tested ones."
      draw={draw}
      inputs={[part, systems, measure]}
      numbers={{
        head: ['System', 'Rule', 'Threshold', ...measures],
        rows: points.map(point => [
          point.name,
          point.rule,
          point.threshold,
          ...measures.map(one => formatScore(point.measures[one])),
        ]),
      }}
    />
  );
}
