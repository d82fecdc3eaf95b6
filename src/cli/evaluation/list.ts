import { datasetLoaders } from '../../evaluation/datasets/registry.ts';
import { measureNames } from '../../evaluation/measures.ts';
import { systemKinds } from '../../evaluation/systems/registry.ts';
import { quarryKinds } from '../../experiments/systems.ts';
import type { Surroundings } from '../surroundings.ts';
import { cut, table, terminalWidth } from '../terminal.ts';

/** Data sets, systems and measures, for people or as JSON. */
export function listEverything(json: boolean, around: Surroundings): string {
  const kinds = [...systemKinds, ...quarryKinds()];
  if (json) {
    const datasets = datasetLoaders.map(({ id, title, task, splits, licence, source, needs }) => ({
      id,
      title,
      task,
      splits,
      licence,
      source,
      needs: needs ?? null,
    }));
    const systems = kinds.map(({ id, title, source, defaults }) => ({
      id,
      title,
      source,
      parameters: defaults,
    }));
    return `${JSON.stringify({ datasets, systems, measures: measureNames }, null, 2)}\n`;
  }
  const { bold } = around.style;
  const width = terminalWidth(around.stdout) ?? 200;
  const lines = (rows: string[][]) =>
    table(rows, '  ')
      .trimEnd()
      .split('\n')
      .map(line => cut(line, width))
      .join('\n');
  const datasets = datasetLoaders.map(({ id, title, splits, needs }) => [
    needs === 'path' ? `${id}:PATH` : id,
    splits.join(' '),
    needs === 'repos' ? '--repos' : '',
    title,
  ]);
  const systems = kinds.map(({ id, title, defaults }) => [
    id,
    title,
    Object.entries(defaults)
      .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      .join(' '),
  ]);
  return [
    bold('Data sets'),
    lines(datasets),
    '',
    bold('Systems'),
    lines(systems),
    '',
    bold('Measures'),
    `  ${measureNames.join(', ')}; k is any number`,
    '',
  ].join('\n');
}
