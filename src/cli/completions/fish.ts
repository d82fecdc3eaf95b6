import type { CompletedCommand, CompletedFlag } from './model.ts';
import type { Values } from './values.ts';

/** A completion script for fish. */
export function fishScript(commands: readonly CompletedCommand[]): string {
  const main = commands[0]!;
  const names = commands.map(({ name }) => name).join(' ');
  const lines = [
    '# fish completion for quarry; made by: quarry completions fish',
    // Only the word right after `quarry` is a command; the same word later is part of a query.
    'function __quarry_command',
    '    set -l words (commandline -opc)',
    `    if set -q words[2]; and contains -- $words[2] ${names}`,
    '        echo $words[2]',
    '    else',
    `        echo ${main.name}`,
    '    end',
    'end',
    'function __quarry_is',
    '    contains -- (__quarry_command) $argv',
    'end',
    'function __quarry_at',
    '    test (count (commandline -opc)) -eq $argv[1]',
    'end',
    // The words before the last comma stay as they are.
    'function __quarry_list',
    "    set -l given (string replace -r '[^,]*$' '' -- (commandline -ct | string replace -r '^--[^=]*=' ''))",
    '    for word in $argv',
    '        echo $given$word',
    '    end',
    'end',
    'complete -c quarry -e',
  ];
  for (const { name, summary } of commands)
    lines.push(`complete -c quarry -n '__quarry_at 1' -a ${name} -d ${fishQuoted(summary)}`);
  for (const { name, flags, first, paths } of commands) {
    if (first.words.length > 0)
      lines.push(
        `complete -c quarry -n '__quarry_is ${name}; and __quarry_at 2' -a ${fishQuoted(first.words.join(' '))}`,
      );
    if (!paths) lines.push(`complete -c quarry -n '__quarry_is ${name}; and not __quarry_at 1' -f`);
    for (const flag of flags) lines.push(flagLine(name, flag));
  }
  return `${lines.join('\n')}\n`;
}

function flagLine(command: string, { long, short, help, values }: CompletedFlag): string {
  const parts = [`complete -c quarry -n '__quarry_is ${command}' -l ${long.slice(2)}`];
  if (short !== undefined) parts.push(`-s ${short.slice(1)}`);
  if (values !== undefined) parts.push(valuePart(values));
  parts.push(`-d ${fishQuoted(help)}`);
  return parts.join(' ');
}

function valuePart({ words, paths, list }: Values): string {
  const choices = words.join(' ');
  const given = words.length === 0 ? '' : ` -a ${fishQuoted(list ? `(__quarry_list ${choices})` : choices)}`;
  if (paths === 'directories')
    return `-x -a ${fishQuoted(`${choices} (__fish_complete_directories)`.trim())}`;
  return paths === 'files' ? `-r${given}` : `-x${given}`;
}

function fishQuoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}
