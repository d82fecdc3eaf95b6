import { type Style, styleFor } from './terminal.ts';

/** A stream a command writes to, as much of it as is needed. */
export interface Sink {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** Everything a command sees of the process it runs in; tests give their own. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  stdout: Sink;
  stderr: Sink;
  stdin: () => AsyncIterable<Uint8Array | string>;
  /** For stdout. */
  style: Style;
  /** For stderr. */
  errorStyle: Style;
  quiet: boolean;
  /** Of the package. */
  version: () => string;
}

export type ColorChoice = 'auto' | 'always' | 'never';

/** Whether to colour a stream: the flag or setting, else NO_COLOR and FORCE_COLOR, else whether it is a terminal. */
function wantsColor(
  stream: Sink,
  choice: ColorChoice | undefined,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (choice === 'always' || choice === 'never') return choice === 'always';
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR && env.FORCE_COLOR !== '0') return true;
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** The same surroundings with another choice of colour. */
export function withColor(around: Surroundings, choice: ColorChoice | undefined): Surroundings {
  return {
    ...around,
    style: styleFor(wantsColor(around.stdout, choice, around.env)),
    errorStyle: styleFor(wantsColor(around.stderr, choice, around.env)),
  };
}

/** A line for people on stderr that is not an error; `quiet` leaves it out. */
export function note(around: Surroundings, text: string): void {
  if (!around.quiet) around.stderr.write(`${around.errorStyle.dim(`quarry: ${text}`)}\n`);
}

/** One line that says what is wrong, and one that says what to do. */
export function complain(around: Surroundings, message: string, hint?: string): void {
  const { red, dim } = around.errorStyle;
  const line = message.replace(/\s*\n\s*/g, ' ');
  around.stderr.write(`${red('quarry:')} ${line}\n${hint === undefined ? '' : `${dim(`  ${hint}`)}\n`}`);
}
