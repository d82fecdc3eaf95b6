import * as Plot from '@observablehq/plot';
import type { JSX } from 'preact';
import { formatCount, formatRange, formatScore } from '../../../src/evaluation/report/format.ts';
import { sliceValue } from '../data.ts';
import { colourOf, symbolOf } from '../mark.tsx';
import { Figure, labelWidth, short, small, tip } from './figure.tsx';
import type { PlotProps } from './props.ts';

interface SliceProps extends PlotProps {
  slice: string;
  values: readonly string[];
}

/** Whether there are so many bars that the systems share a row as dots. */
export function manyBars(values: readonly string[], systems: readonly unknown[]): boolean {
  return values.length * systems.length > 48;
}

/** The measure by the values of one slice. */
export function SlicePlot({ data, part, systems, measure, slice, values }: SliceProps): JSX.Element {
  const bars = values.flatMap(value =>
    systems.flatMap(system => {
      const found = sliceValue(system, slice, value);
      const mean = found?.measures[measure];
      if (!found || mean === undefined) return [];
      const [low, high] = found.intervals[measure] ?? [mean, mean];
      return [{ value, name: system.name, mean, low, high, queries: found.queries }];
    }),
  );
  const many = manyBars(values, part.result.systems);
  const counts = new Map(bars.map(bar => [bar.value, bar.queries]));
  const draw = (width: number) => {
    const labels = new Map(values.map(value => [value, `${value} (${formatCount(counts.get(value) ?? 0)})`]));
    const left = labelWidth([...labels.values()], width * 0.4);
    const label = (value: string) => short(labels.get(value) ?? value, Math.floor(left / 6.2));
    const common = {
      width,
      marginLeft: left,
      marginRight: 20,
      marginTop: 4,
      marginBottom: 30,
      style: small,
      x: {
        // Bars begin at zero, dots need not.
        domain: [
          Math.min(...(many ? [] : [0]), ...bars.map(bar => bar.low)),
          Math.max(0.01, ...bars.map(bar => bar.high)),
        ],
        nice: true,
        label: null,
        tickFormat: formatScore,
        ticks: width < 420 ? 4 : 6,
      },
    };
    const grid = Plot.gridX({ stroke: 'var(--grid)', strokeOpacity: 1, ticks: width < 420 ? 4 : 6 });
    const colour = (bar: { name: string }) => colourOf(data, bar.name);
    const title = (bar: (typeof bars)[number]) =>
      `${bar.value}, ${bar.name}\n${measure} ${formatScore(bar.mean)}  (${formatRange([bar.low, bar.high])})\n` +
      `${formatCount(bar.queries)} queries`;
    if (many) {
      return Plot.plot({
        ...common,
        height: values.length * 20 + 34,
        y: { domain: values, label: null, tickFormat: label, tickSize: 0 },
        marks: [
          grid,
          Plot.ruleY(values, { stroke: 'var(--grid)' }),
          Plot.link(bars, {
            x1: 'low',
            x2: 'high',
            y1: 'value',
            y2: 'value',
            stroke: colour,
            strokeOpacity: 0.3,
            strokeWidth: 3,
          }),
          Plot.dot(bars, {
            x: 'mean',
            y: 'value',
            r: 4,
            fill: colour,
            stroke: colour,
            symbol: (bar: (typeof bars)[number]) => symbolOf(data, bar.name),
          }),
          Plot.tip(
            bars,
            Plot.pointer({
              ...tip,
              x: 'mean',
              y: 'value',
              title,
            }),
          ),
        ],
      });
    }
    return Plot.plot({
      ...common,
      height: values.length * (systems.length * 14 + 14) + 34,
      y: { domain: systems.map(system => system.name), axis: null, padding: 0.18 },
      fy: { domain: values, padding: 0.16, label: null },
      marks: [
        grid,
        Plot.axisFy({ anchor: 'left', label: null, textAnchor: 'end', tickFormat: label, fontSize: 12 }),
        Plot.barX(bars, { fy: 'value', x: 'mean', y: 'name', fill: colour, rx2: 2 }),
        // A light line below a dark one: to be seen on the bar and beside it.
        ...(['card', 'ink'] as const).map(colourName =>
          Plot.link(bars, {
            fy: 'value',
            x1: 'low',
            x2: 'high',
            y1: 'name',
            y2: 'name',
            stroke: `var(--${colourName})`,
            strokeWidth: colourName === 'card' ? 3.5 : 1.25,
          }),
        ),
        Plot.ruleX([0], { stroke: 'var(--axis)' }),
        Plot.tip(bars, Plot.pointerY({ ...tip, fy: 'value', x: 'mean', y: 'name', title, maxRadius: 30 })),
      ],
    });
  };
  const macro = systems.filter(system => system.meansOver[slice]?.[measure] !== undefined);
  return (
    <Figure
      title={`By ${slice}: ${measure}`}
      label={`${many ? 'Dots' : 'Bars'} with intervals: ${measure} by ${slice} for ${systems.map(system => system.name).join(', ')}`}
      {...(macro.length > 0 && {
        note: `Every ${slice} counting the same: ${macro
          .map(system => `${system.name} ${formatScore(system.meansOver[slice]![measure])}`)
          .join(', ')}.`,
      })}
      draw={draw}
      inputs={[part, systems, measure, slice]}
      numbers={{
        head: [slice, 'System', 'Queries', measure, '95 % interval'],
        rows: bars.map(bar => [
          bar.value,
          bar.name,
          formatCount(bar.queries),
          formatScore(bar.mean),
          formatRange([bar.low, bar.high]),
        ]),
      }}
    />
  );
}
