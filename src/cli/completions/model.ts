import type { CommandSpec } from '../arguments.ts';
import { firstWords, type Known, type Values, valuesOf } from './values.ts';

/** A flag as shells see it. */
export interface CompletedFlag {
  long: string;
  short: string | undefined;
  help: string;
  /** undefined for a switch. */
  values: Values | undefined;
}

export interface CompletedCommand {
  name: string;
  summary: string;
  flags: readonly CompletedFlag[];
  first: Values;
  /** Whether paths follow further on. */
  paths: boolean;
}

/** The command table as data for scripts. The first command can be left out; `help` takes the name of another. */
export function completedCommands(commands: readonly CommandSpec[], known: Known): CompletedCommand[] {
  const all = commands.map(command => ({
    name: command.name,
    summary: command.summary,
    flags: command.flags.map(flag => ({
      long: `--${flag.name}`,
      short: flag.short === undefined ? undefined : `-${flag.short}`,
      help: flag.help,
      values: valuesOf(flag, known),
    })),
    first: firstWords(command),
    paths: command.positionals > 0 && firstWords(command).paths !== 'none',
  }));
  const names = commands.map(({ name }) => name);
  const help: CompletedCommand = {
    name: 'help',
    summary: 'what a command does',
    flags: [],
    first: { words: names, paths: 'none', list: false },
    paths: false,
  };
  return [...all, help];
}

/** A text as one word of a shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
