import type { DistilReport } from './report.ts';

const size = { width: 640, height: 360, left: 64, right: 40, top: 48, bottom: 56 };

/**
 * The decisions of a distillation as an SVG: by falling number of layers the scores of both students of a step, named by the
 * layers of their teacher; a line through those that were kept, and the original's score with the threshold below it.
 */
export function decisionsPlot({ original, decisions }: DistilReport, threshold: number): string {
  const depths = [original.layers, ...decisions.map(({ layers }) => layers)];
  const all = [
    original.score,
    original.score - threshold,
    ...decisions.flatMap(({ score, teachers }) => [score, ...teachers.map(teacher => teacher.score)]),
  ];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const margin = Math.max(1e-4, (high - low) * 0.15);
  const x = (place: number) =>
    size.left + ((size.width - size.left - size.right) * place) / Math.max(1, depths.length - 1);
  const y = (score: number) =>
    size.top + ((high + margin - score) / (high - low + 2 * margin)) * (size.height - size.top - size.bottom);
  const text = (at: readonly [number, number], words: string, anchor = 'middle') =>
    `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" text-anchor="${anchor}">${words}</text>`;
  const level = (score: number, look: string) =>
    `<line class="${look}" x1="${size.left}" x2="${size.width - size.right}" y1="${y(score).toFixed(1)}" y2="${y(score).toFixed(1)}"/>`;
  const kept = [original.score, ...decisions.map(({ score }) => score)];
  const parts = [
    text([size.left, 24], 'MRR on validation by layers of the query tower', 'start'),
    level(original.score, 'original'),
    level(original.score - threshold, 'threshold'),
    text([size.left + 4, y(original.score) - 8], `original ${original.score.toFixed(4)}`, 'start'),
    text([size.left + 4, y(original.score - threshold) + 14], 'threshold', 'start'),
    `<polyline class="kept" points="${kept.map((score, i) => `${x(i).toFixed(1)},${y(score).toFixed(1)}`).join(' ')}"/>`,
    ...depths.map((layers, i) => text([x(i), size.height - 24], layers === 0 ? 'static' : String(layers))),
    ...decisions.flatMap(({ teachers, score }, i) =>
      (teachers.length > 0 ? teachers : [{ layers: -1, score }]).flatMap(teacher => {
        const isKept = teacher.score === score;
        return [
          `<circle class="${isKept ? 'chosen' : 'left'}" cx="${x(i + 1).toFixed(1)}" cy="${y(teacher.score).toFixed(1)}" r="5"/>`,
          text(
            [x(i + 1) - 8, y(teacher.score) + (isKept ? -8 : 16)],
            `${teacher.layers < 0 ? 'direct' : `by ${teacher.layers}`} ${teacher.score.toFixed(4)}`,
            'end',
          ),
        ];
      }),
    ),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" role="img">
<style>
svg { background: #fff; font: 12px sans-serif; fill: #333; }
.original { stroke: #888; } .threshold { stroke: #b33; stroke-dasharray: 4 3; }
.kept { fill: none; stroke: #2563eb; stroke-width: 2; }
.chosen { fill: #2563eb; } .left { fill: #fff; stroke: #2563eb; }
@media (prefers-color-scheme: dark) { svg { background: #16181d; fill: #ddd; } .left { fill: #16181d; } }
</style>
${parts.join('\n')}
</svg>
`;
}
