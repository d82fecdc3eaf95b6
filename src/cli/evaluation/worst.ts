import type { ReportData } from '../../evaluation/result.ts';
import type { Surroundings } from '../surroundings.ts';
import { printable } from '../terminal.ts';

/** The queries the last system answered worst: what was wanted, what came, and which signals decided. */
export function worstQueries({ result, rows }: ReportData, count: number, { style }: Surroundings): string {
  const system = result.systems.at(-1)?.name;
  const [measure] = result.measures;
  if (system === undefined || measure === undefined) return '';
  const scoreOf = (row: (typeof rows)[number]) => row.systems[system]?.measures[measure] ?? 0;
  const worst = rows.toSorted((a, b) => scoreOf(a) - scoreOf(b)).slice(0, count);
  let text = `\n${style.bold(`Worst of ${system} by ${measure}`)}\n`;
  for (const row of worst) {
    const { relevant, top } = row.systems[system]!;
    const query = row.text.replaceAll(/\s+/g, ' ').slice(0, 160);
    text += `\n${style.bold(printable(query))}  ${style.dim(`${row.collection}  ${scoreOf(row).toFixed(3)}`)}\n`;
    for (const { id, rank, returned } of relevant) {
      text += `  ${style.green('wanted')} ${printable(id)} ${style.dim(returned ? `at ${rank}` : 'not returned')}\n`;
    }
    for (const [i, item] of top.slice(0, 3).entries()) {
      const place = item.lines ? `${item.id}:${item.lines.join('-')}` : item.id;
      const signals = (item.signals ?? []).map(({ name, value }) => `${name} ${value.toFixed(2)}`).join(', ');
      const mark = (item.grade ?? 0) > 0 ? style.green(' ✓') : '';
      text += `  ${i + 1} ${printable(place)} ${item.score.toFixed(3)}${mark}${signals === '' ? '' : style.dim(`  ${signals}`)}\n`;
    }
  }
  return text;
}
