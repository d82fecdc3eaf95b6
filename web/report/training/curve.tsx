import * as Plot from '@observablehq/plot';
import type { JSX } from 'preact';
import type { Data } from '../data.ts';
import { colourOf, symbolOf } from '../mark.tsx';
import { Figure, short, small, tip } from '../plots/figure.tsx';
import type { Axis, Point } from './runs.ts';

interface CurveProps {
  data: Data;
  title: string;
  /** Of the vertical axis. */
  label: string;
  axis: Axis;
  points: readonly Point[];
  /** Points with a symbol on them, such as the best ones. */
  marked?: readonly Point[];
  /** Dots on all points: there are few. */
  dots?: boolean;
  /** Curves of a run: the first is drawn through, the second dashed. */
  series?: readonly string[];
  /** One plot below the other. */
  facets?: readonly string[];
  format: (value: number) => string;
  /** The vertical axis begins at 0. */
  zero?: boolean;
  note?: string;
}

const facetHeight = 150;

/** Curves over training, one colour per run. */
export function Curve(props: CurveProps): JSX.Element {
  const { data, title, label, axis, points, marked = [], series = [], facets, format } = props;
  const runs = [...new Set(points.map(point => point.run))];
  const colour = (point: Point) => colourOf(data, point.run);
  const facet = facets ? { fy: 'series' as const } : {};
  const dashed = (name: string | undefined) => (name !== undefined && name === series[1] ? '4 3' : undefined);
  const draw = (width: number) => {
    const values = points.map(point => point.y).filter(value => Number.isFinite(value));
    const low = Math.min(...values);
    const high = Math.max(...values);
    const span = high - low || Math.abs(high) || 1;
    const domain = [props.zero ? Math.min(0, low) : low - span * 0.06, high + span * 0.1];
    const ticks = facets ? 4 : 6;
    const lines = facets ? [undefined] : series.length > 0 ? series : [undefined];
    return Plot.plot({
      width,
      height: facets ? facets.length * facetHeight + 64 : 280,
      marginTop: 24,
      marginBottom: 40,
      marginLeft: 54,
      marginRight: 20,
      style: small,
      x: {
        label: axis,
        labelAnchor: 'center',
        labelArrow: 'none',
        ticks: width < 420 ? 4 : 7,
        tickFormat: (value: number) => compact(value),
      },
      y: {
        domain,
        label,
        labelArrow: 'none',
        tickFormat: format,
        ticks,
      },
      ...(facets ? { fy: { domain: [...facets], axis: null, padding: 0.2 } } : {}),
      marks: [
        ...(facets
          ? [
              Plot.text(facets, {
                fy: (name: string) => name,
                text: (name: string) => short(name, Math.floor(width / 7)),
                frameAnchor: 'top-left',
                dy: -16,
                fill: 'var(--ink)',
                fontWeight: 600,
              }),
            ]
          : []),
        Plot.gridY({ stroke: 'var(--grid)', strokeOpacity: 1, ticks }),
        ...lines.map(name =>
          Plot.line(name === undefined ? points : points.filter(point => point.series === name), {
            ...facet,
            x: 'x',
            y: 'y',
            z: 'run',
            stroke: colour,
            strokeWidth: props.dots ? 2 : 1.6,
            strokeLinejoin: 'round',
            ...(dashed(name) ? { strokeDasharray: dashed(name)! } : {}),
          }),
        ),
        ...(props.dots ? [Plot.dot(points, { ...facet, x: 'x', y: 'y', r: 2.4, fill: colour })] : []),
        Plot.dot(marked, {
          ...facet,
          x: 'x',
          y: 'y',
          r: 6,
          symbol: (point: Point) => symbolOf(data, point.run),
          fill: colour,
          stroke: 'var(--card)',
          strokeWidth: 1.5,
        }),
        Plot.tip(
          points,
          Plot.pointer({
            ...tip,
            ...facet,
            x: 'x',
            y: 'y',
            title: (point: Point) =>
              `${point.run}${point.series === '' ? '' : `, ${point.series}`}\n${label} ${format(point.y)}\n${compact(point.x)} ${axis}`,
          }),
        ),
      ],
    });
  };
  return (
    <Figure
      title={title}
      label={`Lines: ${label} over ${axis} for ${runs.join(', ')}`}
      draw={draw}
      inputs={[points, marked, axis]}
      numbers={{
        head: ['Run', axis, ...(facets || series.length > 0 ? ['Curve'] : []), label],
        rows: thinned(points).map(point => [
          point.run,
          compact(point.x),
          ...(facets || series.length > 0 ? [point.series] : []),
          format(point.y),
        ]),
      }}
      {...(props.note === undefined ? {} : { note: props.note })}
    />
  );
}

/** Every n-th point, the last one of each run among them: a table of thousands of rows helps no one. */
function thinned(points: readonly Point[]): readonly Point[] {
  const every = Math.ceil(points.length / 400);
  return points.filter((point, i) => i % every === 0 || points[i + 1]?.run !== point.run);
}

export function compact(value: number): string {
  if (value >= 10_000) return `${Number((value / 1000).toPrecision(3))}k`;
  return String(Number(value.toPrecision(value >= 1000 ? 4 : 3)));
}
