import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const repository: string = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');

/** The built command line, as a package user runs it. */
export const commandLine: string = `${repository}/dist/cli/main.js`;

/** Builds `dist/`, unless told to take it as it is. Throws with the compiler's words if that fails. */
export function build(skip: boolean): void {
  if (!skip) {
    const run = spawnSync('npx', ['tsc', '-p', 'tsconfig.build.json'], { cwd: repository, encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`the build failed\n${run.stdout}${run.stderr}`);
  }
  if (!existsSync(commandLine)) throw new Error('dist/ is missing: leave --no-build out');
}

// What is measured is the built package; the types come from the sources it was built from.
const load = async (file: string): Promise<unknown> =>
  import(new URL(`../../dist/${file}`, import.meta.url).href);

export async function builtLibrary(): Promise<typeof import('../../src/index.ts')> {
  return (await load('index.js')) as typeof import('../../src/index.ts');
}

export async function builtLanguages(): Promise<typeof import('../../src/languages/index.ts')> {
  return (await load('languages/index.js')) as typeof import('../../src/languages/index.ts');
}

export async function builtIngest(): Promise<typeof import('../../src/ingest/index.ts')> {
  return (await load('ingest/index.js')) as typeof import('../../src/ingest/index.ts');
}

export async function builtWindows(): Promise<typeof import('../../src/store/windows.ts')> {
  return (await load('store/windows.js')) as typeof import('../../src/store/windows.ts');
}
