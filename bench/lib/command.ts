import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { repository } from './built.ts';

/** An option of a benchmark; without `value` it is a switch. */
export interface OptionSpec {
  value?: string;
  default?: string;
  help: string;
}

export interface BenchSpec {
  /** The file without `.ts`; results are named like it. */
  name: string;
  summary: string;
  options: Record<string, OptionSpec>;
}

/** What a user of a benchmark did wrong or has to know: one line, no stack. */
export class BenchError extends Error {}

/** Options that several benchmarks share. */
export const shared: Record<'tree' | 'out' | 'no-build', OptionSpec> = {
  tree: { value: 'DIR', default: '.', help: 'the source tree to measure on; default: this repository' },
  out: { value: 'DIR', help: 'where to write results; default: bench/results/<revision>' },
  'no-build': { help: 'use dist/ as it is instead of building first' },
};

/** The values of a benchmark's options, checked when they are asked for. */
export class Options {
  private readonly values: Record<string, string | boolean | undefined>;

  constructor(values: Record<string, string | boolean | undefined>) {
    this.values = values;
  }

  has(name: string): boolean {
    return this.values[name] === true;
  }

  text(name: string): string | undefined {
    const value = this.values[name];
    return typeof value === 'string' ? value : undefined;
  }

  /** A whole number of at least `low`. */
  whole(name: string, low = 1): number {
    const text = this.text(name) ?? '';
    if (!/^\d+$/.test(text) || Number(text) < low)
      throw new BenchError(`--${name} ${text}: not a whole number from ${low} on`);
    return Number(text);
  }

  wholes(name: string): number[] {
    return (this.text(name) ?? '').split(',').map(part => {
      if (!/^\d+$/.test(part.trim())) throw new BenchError(`--${name}: ${part} is not a whole number`);
      return Number(part);
    });
  }

  /** An existing directory. `.` stands for the repository, wherever the benchmark is started. */
  directory(name: string): string {
    const text = this.text(name);
    if (text === undefined) throw new BenchError(`--${name} DIR is needed`);
    const path = text === '.' ? repository : resolve(text);
    if (!existsSync(path) || !statSync(path).isDirectory())
      throw new BenchError(`--${name}: no such directory: ${text}`);
    return path;
  }
}

/** Parses the command line, runs the benchmark, and turns failures into one line and exit code 2. */
export async function runBench(spec: BenchSpec, body: (options: Options) => Promise<void>): Promise<void> {
  try {
    const options = Object.fromEntries(
      Object.entries(spec.options).map(([name, { value, default: fallback }]) => [
        name,
        value === undefined
          ? { type: 'boolean' as const }
          : { type: 'string' as const, ...(fallback === undefined ? {} : { default: fallback }) },
      ]),
    );
    const { values } = parseArgs({ options: { ...options, help: { type: 'boolean', short: 'h' } } });
    if (values.help) process.stdout.write(helpOf(spec));
    else await body(new Options(values as Record<string, string | boolean | undefined>));
  } catch (error) {
    process.exitCode = 2;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const expected = error instanceof BenchError || code.startsWith('ERR_PARSE_ARGS');
    const text = error instanceof Error ? (expected ? error.message : error.stack) : String(error);
    process.stderr.write(`${spec.name}: ${text}\n${expected ? '  see --help\n' : ''}`);
  }
}

function helpOf({ name, summary, options }: BenchSpec): string {
  const rows = Object.entries({ ...options, help: { help: 'show this' } as OptionSpec }).map(([flag, o]) => {
    const left = `--${flag}${o.value === undefined ? '' : ` ${o.value}`}`;
    const fallback = o.default === undefined || o.default === '.' ? '' : ` (default ${o.default})`;
    return `  ${left.padEnd(20)} ${o.help}${fallback}\n`;
  });
  return `npx node bench/${name}.ts [options]\n${summary}\n\n${rows.join('')}`;
}

/** A line about what is going on, on stderr. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
