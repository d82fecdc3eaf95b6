import type { CommandSpec, Flag } from './arguments.ts';
import { type Style, widthOf } from './terminal.ts';

/** Help over all commands. The first one is the default; its flags are shown. */
export function overview(commands: readonly CommandSpec[], style: Style): string {
  const main = commands[0]!;
  return [
    `${style.bold('quarry')} finds code by what it does.`,
    '',
    style.bold('Usage'),
    `  quarry ${main.usage} [flags]`,
    '  quarry <command> [path] [flags]',
    '',
    style.bold('Commands'),
    columns(commands.map(command => [command.name, command.summary])),
    '',
    style.bold('Flags of a search'),
    flagLines(main.flags),
    '',
    style.bold('Examples'),
    exampleLines(main),
    '',
    'Exit codes: 0 found or done, 1 nothing found, 2 error, 130 stopped by Ctrl-C.',
    'More: quarry <command> --help',
    '',
  ].join('\n');
}

/** Help for one command. */
export function commandHelp(command: CommandSpec, style: Style): string {
  return [
    `${style.bold(`quarry ${command.name}`)}: ${command.summary}`,
    '',
    style.bold('Usage'),
    `  quarry ${command.name} ${command.usage === '' ? '' : `${command.usage} `}[flags]`,
    ...(command.details ? ['', ...command.details] : []),
    '',
    style.bold('Flags'),
    flagLines(command.flags),
    '',
    style.bold('Examples'),
    exampleLines(command),
    '',
  ].join('\n');
}

function flagLines(flags: readonly Flag[]): string {
  return columns(
    flags.map(({ name, short, value, help }) => [
      `${short ? `-${short}, ` : '    '}--${name}${value === undefined ? '' : ` ${value}`}`,
      help,
    ]),
  );
}

function exampleLines(command: CommandSpec): string {
  return columns(command.examples.map(([line, what]) => [`quarry ${line}`, what]));
}

function columns(rows: ReadonlyArray<readonly [string, string]>): string {
  const width = Math.max(...rows.map(([left]) => widthOf(left)));
  return rows.map(([left, right]) => `  ${left}${' '.repeat(width - widthOf(left))}  ${right}`).join('\n');
}
