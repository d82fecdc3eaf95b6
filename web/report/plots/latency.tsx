import * as Plot from '@observablehq/plot';
import type { JSX } from 'preact';
import { formatMs, formatRange, formatScore } from '../../../src/evaluation/report/format.ts';
import { colourOf, symbolOf } from '../mark.tsx';
import { Figure, short, small, tip } from './figure.tsx';
import type { PlotProps } from './props.ts';

const height = 300;
const margins = { marginTop: 24, marginBottom: 40, marginLeft: 44, marginRight: 20 };

/** What quality costs: the measure against the time of a query. */
export function LatencyPlot({ data, part, systems, measure }: PlotProps): JSX.Element {
  const points = systems.flatMap(system => {
    const value = system.measures[measure];
    if (!system.latencyMs || value === undefined || !(system.latencyMs.p50 > 0)) return [];
    const [low, high] = system.intervals[measure] ?? [value, value];
    return [{ name: system.name, value, low, high, p50: system.latencyMs.p50, p95: system.latencyMs.p95 }];
  });
  const draw = (width: number) => {
    const least = Math.min(...points.map(point => point.p50)) / 1.6;
    const most = Math.max(...points.map(point => point.p95)) * 1.6;
    const lows = Math.min(...points.map(point => point.low));
    const highs = Math.max(...points.map(point => point.high));
    const span = Math.max(0.02, highs - lows);
    const domain = [Math.max(0, lows - span * 0.12), highs + span * 0.12];
    const y = (value: number) =>
      height - margins.marginBottom - ((value - domain[0]!) / (domain[1]! - domain[0]!)) * (height - 64);
    const x = (ms: number) => Math.log(ms / least) / Math.log(most / least);
    // Names stand above their points; one that would lie on another goes up until it is free.
    const placed: Array<{ x: number; y: number }> = [];
    const labels = points.map(point => {
      const at = { x: x(point.p50) * width, y: y(point.value) - 12 };
      while (placed.some(other => Math.abs(other.y - at.y) < 13 && Math.abs(other.x - at.x) < 90)) at.y -= 13;
      placed.push(at);
      const end = x(point.p50) > 0.6;
      return Plot.text([point], {
        x: 'p50',
        y: 'value',
        dx: end ? -6 : 6,
        dy: at.y - y(point.value),
        textAnchor: end ? 'end' : 'start',
        text: (one: typeof point) => short(one.name, 24),
        fill: 'currentColor',
        stroke: 'var(--plot-background)',
        strokeWidth: 4,
      });
    });
    return Plot.plot({
      width,
      height,
      ...margins,
      style: small,
      x: {
        type: 'log',
        domain: [least, most],
        label: 'milliseconds per query, p50 ─ p95',
        labelAnchor: 'center',
        labelArrow: 'none',
        tickFormat: (ms: number) =>
          Math.abs(Math.log10(ms) % 1) < 1e-6 ? String(Number(ms.toPrecision(2))) : '',
      },
      y: { domain, label: measure, labelArrow: 'none', tickFormat: formatScore, ticks: 6 },
      marks: [
        Plot.gridY({ stroke: 'var(--grid)', strokeOpacity: 1, ticks: 6 }),
        Plot.link(points, {
          x1: 'p50',
          x2: 'p95',
          y1: 'value',
          y2: 'value',
          stroke: point => colourOf(data, point.name),
          strokeWidth: 2,
          strokeOpacity: 0.65,
          strokeDasharray: '2 3',
        }),
        Plot.link(points, {
          x1: 'p50',
          x2: 'p50',
          y1: 'low',
          y2: 'high',
          stroke: point => colourOf(data, point.name),
          strokeWidth: 2,
          strokeLinecap: 'round',
          strokeOpacity: 0.65,
        }),
        Plot.dot(points, {
          x: 'p50',
          y: 'value',
          r: 5,
          symbol: (point: (typeof points)[number]) => symbolOf(data, point.name),
          fill: point => colourOf(data, point.name),
          stroke: point => colourOf(data, point.name),
        }),
        ...labels,
        Plot.tip(
          points,
          Plot.pointer({
            ...tip,
            x: 'p50',
            y: 'value',
            title: (point: (typeof points)[number]) =>
              `${point.name}\n${measure} ${formatScore(point.value)}  (${formatRange([point.low, point.high])})\n` +
              `p50 ${formatMs(point.p50)}, p95 ${formatMs(point.p95)}`,
          }),
        ),
      ],
    });
  };
  return (
    <Figure
      title={`Quality against latency: ${measure}`}
      label={`Scatter plot: ${measure} against milliseconds per query, logarithmic, for ${points.map(p => p.name).join(', ')}`}
      draw={draw}
      inputs={[part, systems, measure]}
      numbers={{
        head: ['System', measure, '95 % interval', 'p50', 'p95'],
        rows: points.map(point => [
          point.name,
          formatScore(point.value),
          formatRange([point.low, point.high]),
          formatMs(point.p50),
          formatMs(point.p95),
        ]),
      }}
    />
  );
}
