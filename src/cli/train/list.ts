import { architectures } from '../../models/index.ts';
import { trainingSources } from '../../training/data/sources.ts';
import { losses } from '../../training/dual/losses/registry.ts';
import { recipes } from '../../training/recipes.ts';
import type { Surroundings } from '../surroundings.ts';
import { cut, table, terminalWidth } from '../terminal.ts';

/** What there is to train by and from, for people or as JSON. */
export function listTraining(json: boolean, around: Surroundings): string {
  const sources = trainingSources.map(({ id, title, argument, licence }) => ({
    id,
    title,
    argument: argument ?? null,
    licence,
  }));
  if (json) {
    const kinds = losses.map(({ id, title, source, defaults }) => ({ id, title, source, defaults }));
    const encoders = architectures.map(({ id, title, source, sizes }) => ({ id, title, source, sizes }));
    return `${JSON.stringify({ recipes, losses: kinds, encoders, sources }, null, 2)}\n`;
  }
  const width = terminalWidth(around.stdout) ?? 200;
  const part = (title: string, rows: string[][]) =>
    [
      around.style.bold(title),
      ...table(rows, '  ')
        .trimEnd()
        .split('\n')
        .map(line => cut(line, width)),
      '',
    ].join('\n');
  return [
    part(
      'Recipes',
      recipes.map(({ id, title, source }) => [id, title, source]),
    ),
    part(
      'Losses',
      losses.map(({ id, title, source }) => [id, title, source]),
    ),
    part(
      'Encoders',
      architectures.map(({ id, title, source }) => [id, title, source]),
    ),
    part(
      'Sources',
      sources.map(({ id, title, argument, licence }) => [
        argument === null ? id : `${id}:…`,
        title,
        argument === null ? '' : `…: ${argument}`,
        licence,
      ]),
    ),
  ].join('\n');
}
