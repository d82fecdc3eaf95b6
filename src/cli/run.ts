import { readFileSync } from 'node:fs';
import { QuarryError } from '../core/errors.ts';
import { oneOf, parseArguments } from './arguments.ts';
import { commands } from './commands.ts';
import { commandHelp, overview } from './help.ts';
import { type ColorChoice, complain, type Sink, type Surroundings, withColor } from './surroundings.ts';
import { styleFor } from './terminal.ts';

/** As much of `process` as the command line needs. */
export interface Host {
  env: Readonly<Record<string, string | undefined>>;
  cwd(): string;
  stdout: Sink;
  stderr: Sink;
  stdin: AsyncIterable<Uint8Array | string>;
}

/**
 * Runs one command line and gives the exit code: 0 done or found, 1 nothing found, 2 error, 130 and 143 stopped by a
 * signal. The only place where errors become exit codes.
 */
export async function run(argv: readonly string[], host: Host): Promise<number> {
  const { env, stdout, stderr } = host;
  let around: Surroundings = {
    env,
    cwd: host.cwd(),
    stdout,
    stderr,
    // A function: merely touching process.stdin opens it.
    stdin: () => host.stdin,
    style: styleFor(false),
    errorStyle: styleFor(false),
    quiet: false,
    version,
  };
  around = withColor(around, undefined);
  let debug = argv.includes('--debug');
  try {
    const first = argv[0];
    if (first === 'help') return help(argv.slice(1), around);
    const named = commands.find(command => command.name === first);
    const command = named ?? commands[0]!;
    const args = parseArguments(command, named ? argv.slice(1) : argv);
    debug = args.has('debug');
    const color = args.text('color');
    if (color !== undefined)
      around = withColor(
        around,
        oneOf('--color', color, ['auto', 'always', 'never'] satisfies ColorChoice[]),
      );
    if (args.has('version')) {
      stdout.write(`quarry ${version()}\n`);
      return 0;
    }
    if (args.has('help')) {
      stdout.write(named ? commandHelp(named, around.style) : overview(commands, around.style));
      return 0;
    }
    if (argv.length === 0) {
      stderr.write(overview(commands, around.errorStyle));
      return 2;
    }
    around = { ...around, quiet: args.has('quiet') };
    const execute = await command.load();
    return await execute(args, around);
  } catch (error) {
    return fail(error, around, debug);
  }
}

function help(words: readonly string[], around: Surroundings): number {
  const [name] = words.filter(word => !word.startsWith('-'));
  if (name === undefined) around.stdout.write(overview(commands, around.style));
  else {
    const known = oneOf(
      'help',
      name,
      commands.map(command => command.name),
    );
    around.stdout.write(commandHelp(commands.find(command => command.name === known)!, around.style));
  }
  return 0;
}

function fail(error: unknown, around: Surroundings, debug: boolean): number {
  if (debug) around.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  if (error instanceof QuarryError) complain(around, error.message, error.hint);
  else if (isFullDisk(error))
    complain(
      around,
      (error as Error).message,
      'make room there, or name another directory (TMPDIR, QUARRY_INDEX_DIR)',
    );
  else {
    const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    complain(around, `internal error: ${what}`, 'run it again with --debug and report what it prints');
  }
  return 2;
}

/** Temporary files are written in many places; none of them can do more about it than say so. */
function isFullDisk(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return String((JSON.parse(readFileSync(file, 'utf8')) as { version?: string }).version);
}
