/** A line of a plot; values above 0. */
export interface Series {
  name: string;
  /** CSS class that gives the colour: `a` or `b`. */
  look: 'a' | 'b';
  points: ReadonlyArray<readonly [x: number, y: number]>;
}

export interface Panel {
  title: string;
  x: string;
  y: string;
  series: readonly Series[];
  /** A horizontal line that should not be crossed. */
  limit?: { value: number; name: string };
  /** Also draw what growth in proportion to x would be, seen from the last point of the first line. */
  proportional?: boolean;
  format: (value: number) => string;
}

const panel = { width: 430, height: 340, left: 64, right: 22, top: 44, bottom: 52 };
/** About as wide as the names at the ends of lines get. */
const nameWidth = 140;

const style = `
  .paper { fill: #ffffff }
  text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #3b434d }
  .title { font-size: 14px; font-weight: 600; fill: #14181d }
  .grid { stroke: #e3e7ec } .fine { stroke: #f1f3f6 } .axis { stroke: #8b95a1 }
  .ideal { stroke: #8b95a1; stroke-dasharray: 2 4; fill: none } .faint { fill: #6b7580 }
  .limit { stroke: #c2410c; stroke-dasharray: 6 4 } .limitname { fill: #b03a08 }
  .line { fill: none; stroke-width: 2.2; stroke-linejoin: round }
  .a { stroke: #1f6feb } .a.dot, .a.name { fill: #1f6feb; stroke: none }
  .b { stroke: #8250df } .b.dot, .b.name { fill: #8250df; stroke: none }
  .name { font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117 } text { fill: #b8c1cc } .title { fill: #eef2f6 }
    .grid { stroke: #2a313a } .fine { stroke: #1b2129 } .axis { stroke: #6b7580 }
    .ideal { stroke: #7d8794 } .faint { fill: #8b95a1 }
    .limit { stroke: #f0883e } .limitname { fill: #f0883e }
    .a { stroke: #58a6ff } .a.dot, .a.name { fill: #58a6ff } .b { stroke: #bc8cff } .b.dot, .b.name { fill: #bc8cff }
  }`;

/** Panels side by side, both axes logarithmic, as one SVG document. */
export function logLogPlot(title: string, panels: readonly Panel[]): string {
  const width = panel.width * panels.length;
  const drawn = panels
    .map((one, i) => `<g transform="translate(${i * panel.width} 0)">${draw(one)}</g>`)
    .join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${panel.height}" width="${width}" height="${panel.height}" role="img">
<title>${escaped(title)}</title>
<style>${style}
</style>
<rect class="paper" width="${width}" height="${panel.height}"/>
${drawn}
</svg>
`;
}

function draw({ title, x, y, series, limit, proportional, format }: Panel): string {
  const all = series.flatMap(one => one.points);
  const [xLow, xHigh] = range(
    all.map(point => point[0]),
    1.25,
  );
  const [yLow, yHigh] = range([...all.map(point => point[1]), ...(limit ? [limit.value] : [])], 1.6);
  const right = panel.width - panel.right;
  const bottom = panel.height - panel.bottom;
  const atX = scale(xLow, xHigh, panel.left, right);
  const atY = scale(yLow, yHigh, bottom, panel.top);
  const parts: string[] = [];
  const line = (look: string, x1: number, y1: number, x2: number, y2: number) =>
    parts.push(`<line class="${look}" x1="${r(x1)}" y1="${r(y1)}" x2="${r(x2)}" y2="${r(y2)}"/>`);
  const text = (look: string, at: readonly [number, number], anchor: string, words: string, more = '') =>
    parts.push(
      `<text class="${look}" x="${r(at[0])}" y="${r(at[1])}" text-anchor="${anchor}"${more}>${escaped(words)}</text>`,
    );

  text('title', [panel.left, 24], 'start', title);
  const xTicks = ticks(xLow, xHigh);
  for (const value of xTicks.all)
    line(isDecade(value) ? 'grid' : 'fine', atX(value), panel.top, atX(value), bottom);
  for (const value of xTicks.named) text('', [atX(value), bottom + 18], 'middle', short(value));
  const yTicks = ticks(yLow, yHigh);
  for (const value of yTicks.all)
    line(isDecade(value) ? 'grid' : 'fine', panel.left, atY(value), right, atY(value));
  for (const value of yTicks.named) text('', [panel.left - 8, atY(value) + 4], 'end', short(value));
  line('axis', panel.left, bottom, right, bottom);
  line('axis', panel.left, panel.top, panel.left, bottom);
  text('', [(panel.left + right) / 2, panel.height - 12], 'middle', x);
  const middle = (panel.top + bottom) / 2;
  text('', [16, middle], 'middle', y, ` transform="rotate(-90 16 ${r(middle)})"`);

  if (limit) {
    line('limit', panel.left, atY(limit.value), right, atY(limit.value));
    text('limitname', [panel.left + 8, atY(limit.value) - 6], 'start', limit.name);
  }
  if (proportional) {
    // Through the last point of the first line, down to the edge it meets first.
    const [endX, endY] = series[0]!.points.at(-1)!;
    const startX = Math.max(xLow, (yLow * endX) / endY);
    line('ideal', atX(startX), atY((startX * endY) / endX), atX(endX), atY(endY));
    const half = Math.sqrt(startX * endX);
    text('faint', [atX(half) + 10, atY((half * endY) / endX) + 14], 'start', 'proportional to lines');
  }
  for (const { name, look, points } of series) {
    const path = points.map(([px, py], i) => `${i === 0 ? 'M' : 'L'}${r(atX(px))} ${r(atY(py))}`).join('');
    parts.push(`<path class="line ${look}" d="${path}"/>`);
    for (const [px, py] of points) {
      parts.push(`<circle class="dot ${look}" cx="${r(atX(px))}" cy="${r(atY(py))}" r="3.6"/>`);
    }
    const [endX, endY] = points.at(-1)!;
    // Beside the line: above a steep one, below a flat one, where the limit is not in the way.
    const [beforeX, beforeY] = points.at(-2) ?? [xLow, endY];
    const slope = (atY(beforeY) - atY(endY)) / (atX(endX) - atX(beforeX));
    const down = slope > 0.4 ? -11 : 22 + Math.max(0, slope) * nameWidth;
    text(`name ${look}`, [atX(endX) + 6, atY(endY) + down], 'end', `${name} ${format(endY)}`);
  }
  return parts.join('\n');
}

/** The range of the values, widened so that no point lies on the edge. */
function range(values: readonly number[], room: number): [number, number] {
  return [Math.min(...values) / room, Math.max(...values) * room];
}

function scale(low: number, high: number, from: number, to: number): (value: number) => number {
  return value => from + ((to - from) * Math.log(value / low)) / Math.log(high / low);
}

/** Marks at 1 to 9 of every decade; the ones at 1 are named, in small ranges those at 3, or 2 and 5, as well. */
function ticks(low: number, high: number): { all: number[]; named: number[] } {
  const all: number[] = [];
  for (let decade = Math.floor(Math.log10(low)); decade <= Math.log10(high); decade++) {
    for (let i = 1; i < 10; i++) all.push(Number((i * 10 ** decade).toPrecision(3)));
  }
  const inside = all.filter(value => value >= low && value <= high);
  const spread = high / low;
  const digits = spread > 1000 ? '1' : spread > 30 ? '13' : '125';
  return { all: inside, named: inside.filter(value => digits.includes(value.toExponential()[0]!)) };
}

function isDecade(value: number): boolean {
  return Number.isInteger(Number(Math.log10(value).toFixed(9)));
}

function short(value: number): string {
  if (value >= 1e6) return `${value / 1e6}M`;
  return value >= 1e4 ? `${value / 1e3}k` : value.toLocaleString('en-US', { maximumFractionDigits: 4 });
}

const r = (value: number) => Math.round(value * 10) / 10;

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
