import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { repository } from './built.ts';
import { type Options, say } from './command.ts';
import { number, table } from './format.ts';
import { machine, revision } from './machine.ts';
import type { TreeSize } from './tree.ts';

/** A number that has to be reached. */
export interface Target {
  what: string;
  value: number;
  unit: string;
  atMost?: number;
  atLeast?: number;
}

export interface Results {
  /** File name without extension. */
  name: string;
  title: string;
  /** How it was measured, one paragraph. */
  method: string;
  tree?: TreeSize;
  targets: Target[];
  /** Everything measured, for the JSON file. */
  data: unknown;
  /** Markdown below the targets. */
  body: string;
  /** A plot, shown at the top of the Markdown. */
  svg?: string;
}

export function isMet({ value, atMost, atLeast }: Target): boolean {
  return (atMost === undefined || value <= atMost) && (atLeast === undefined || value >= atLeast);
}

/** Writes `<name>.json`, `.md` and perhaps `.svg` below `--out` or `bench/results/<revision>`, and shows the Markdown. */
export function writeResults(results: Results, options: Options): void {
  const { hash, modified } = revision();
  const out = options.text('out');
  const directory = out === undefined ? join(repository, 'bench/results', hash) : resolve(out);
  mkdirSync(directory, { recursive: true });
  const { name, title, method, tree, targets, data, body, svg } = results;
  const on = machine();
  const markdown = [
    `# ${title}\n`,
    `Revision ${hash}${modified ? ' with uncommitted changes' : ''} · ${on.processor}, ${on.cores} cores, ${on.memoryGib} GiB, ${on.system}, Node ${on.node}\n`,
    ...(tree ? [`Tree: ${described(tree)}\n`] : []),
    `${method}\n`,
    ...(svg === undefined ? [] : [`![${title}](${name}.svg)\n`]),
    ...(targets.length > 0 ? [targetTable(targets)] : []),
    body,
  ].join('\n');
  const document = {
    name,
    revision: hash,
    modified,
    machine: on,
    tree,
    targets: targets.map(target => ({ ...target, met: isMet(target) })),
    ...(data as object),
  };
  writeFileSync(join(directory, `${name}.json`), `${JSON.stringify(document, null, 1)}\n`);
  writeFileSync(join(directory, `${name}.md`), markdown);
  if (svg !== undefined) writeFileSync(join(directory, `${name}.svg`), svg);
  process.stdout.write(markdown);
  const shown = relative(process.cwd(), join(directory, name));
  say(`written: ${shown}.{json,md${svg === undefined ? '' : ',svg'}}`);
}

function described({ name, files, lines, bytes }: TreeSize): string {
  return `${name}, ${number(files)} files, ${number(lines)} lines, ${number(bytes / 1e6)} MB`;
}

function targetTable(targets: readonly Target[]): string {
  const rows = targets.map(target => {
    const { what, value, unit, atMost, atLeast } = target;
    const bound = atMost === undefined ? `≥ ${number(atLeast!)}` : `≤ ${number(atMost)}`;
    return [what, `${number(value)} ${unit}`, `${bound} ${unit}`, isMet(target) ? 'yes' : '**no**'];
  });
  return table(['target', 'measured', 'wanted', 'met'], rows);
}
