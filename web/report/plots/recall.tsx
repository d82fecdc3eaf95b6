import * as Plot from '@observablehq/plot';
import type { JSX } from 'preact';
import { formatScore } from '../../../src/evaluation/report/format.ts';
import { colourOf, symbolOf } from '../mark.tsx';
import { Figure, small, tip } from './figure.tsx';
import type { PlotProps } from './props.ts';

/** Share of the wanted candidates among the first k. */
export function RecallPlot({ data, part, systems }: PlotProps): JSX.Element {
  const points = systems.flatMap(system =>
    system.recallAt.map(({ k, recall }) => ({ name: system.name, k, recall })),
  );
  const ks = [...new Set(points.map(point => point.k))].sort((a, b) => a - b);
  const draw = (width: number) =>
    Plot.plot({
      width,
      height: 300,
      marginTop: 24,
      marginBottom: 40,
      marginLeft: 44,
      marginRight: 24,
      style: small,
      x: {
        type: 'log',
        label: 'k, first places of the list',
        labelAnchor: 'center',
        labelArrow: 'none',
        ticks: ks,
        tickFormat: String,
        inset: 6,
      },
      y: { domain: [0, 1], label: 'recall@k', labelArrow: 'none', tickFormat: formatScore, ticks: 6 },
      marks: [
        Plot.gridY({ stroke: 'var(--grid)', strokeOpacity: 1, ticks: 6 }),
        Plot.line(points, {
          x: 'k',
          y: 'recall',
          z: 'name',
          stroke: point => colourOf(data, point.name),
          strokeWidth: 2,
        }),
        Plot.dot(points, {
          x: 'k',
          y: 'recall',
          r: 3.4,
          symbol: (point: (typeof points)[number]) => symbolOf(data, point.name),
          fill: point => colourOf(data, point.name),
          stroke: point => colourOf(data, point.name),
        }),
        Plot.tip(
          points,
          Plot.pointer({
            ...tip,
            x: 'k',
            y: 'recall',
            title: (point: (typeof points)[number]) =>
              `${point.name}\nrecall@${point.k} ${formatScore(point.recall)}`,
          }),
        ),
      ],
    });
  return (
    <Figure
      title="Recall against k"
      label={`Lines: recall among the first k candidates, k from ${ks[0]} to ${ks.at(-1)}, for ${systems.map(system => system.name).join(', ')}`}
      draw={draw}
      inputs={[part, systems]}
      numbers={{
        head: ['System', ...ks.map(k => `k = ${k}`)],
        rows: systems.map(system => [
          system.name,
          ...ks.map(k => formatScore(system.recallAt.find(one => one.k === k)?.recall)),
        ]),
      }}
    />
  );
}
