#!/usr/bin/env node
// As little as possible is loaded here: every search pays for it. Old versions of Node must get through this file.
import module from 'node:module';
import process from 'node:process';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major! < 22 || (major === 22 && minor! < 15)) {
  process.stderr.write(
    `quarry: needs Node 22.15 or newer, this is ${process.versions.node}\n  in a checkout, npx quarry uses the one npm has installed\n`,
  );
  process.exit(2);
}

module.enableCompileCache?.();

// node:sqlite announces itself as experimental in some versions; that is nothing a user can act on.
const { emitWarning } = process;
process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
  const [options] = rest;
  const type = typeof options === 'string' ? options : (options as { type?: string } | undefined)?.type;
  if (type !== 'ExperimentalWarning') (emitWarning as (...all: unknown[]) => void)(warning, ...rest);
}) as typeof process.emitWarning;

// Whoever reads our output may stop reading: `quarry … | head -1` ends quietly.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    process.exit(2);
  });
}

const { run } = await import('./run.ts');
process.exitCode = await run(process.argv.slice(2), process);
