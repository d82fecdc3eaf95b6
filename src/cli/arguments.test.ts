import { describe, expect, test } from 'vitest';
import { QuarryError } from '../core/errors.ts';
import { type CommandSpec, parseArguments } from './arguments.ts';
import { commands } from './commands.ts';

const spec: CommandSpec = {
  name: 'find',
  summary: '',
  usage: '',
  positionals: 3,
  examples: [],
  flags: [
    { name: 'limit', short: 'k', value: 'N', help: '' },
    { name: 'list', short: 'l', help: '' },
    { name: 'quiet', short: 'q', help: '' },
    { name: 'path', value: 'GLOB', repeat: true, help: '' },
    { name: 'lang', value: 'A,B', repeat: true, help: '' },
  ],
};

const parse = (...argv: string[]) => parseArguments(spec, argv);

function failure(run: () => unknown): QuarryError {
  try {
    run();
  } catch (error) {
    if (error instanceof QuarryError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('parseArguments', () => {
  test.each([
    ['--limit 5', ['--limit', '5']],
    ['--limit=5', ['--limit=5']],
    ['-k 5', ['-k', '5']],
    ['-k5', ['-k5']],
    ['-k=5', ['-k=5']],
    ['-lqk5', ['-lqk5']],
    ['the last one counts', ['-k', '9', '--limit', '5']],
  ])('reads %s', (_, argv) => {
    const args = parse(...argv, 'words');
    expect(args.whole('limit', 1, 10)).toBe(5);
    expect(args.positionals).toEqual(['words']);
  });

  test('keeps every value of a flag that may be repeated', () => {
    expect(parse('--path', 'a', '--path=b').texts('path')).toEqual(['a', 'b']);
  });

  test('takes what cannot be a flag as a word', () => {
    expect(parse('->', '-', '-1').positionals).toEqual(['->', '-', '-1']);
    expect(parse('-l', '--', '--limit', '-q').positionals).toEqual(['--limit', '-q']);
  });

  test('names the nearest flag', () => {
    expect(failure(() => parse('--limt', '5'))).toMatchObject({
      code: 'usage',
      message: 'unknown flag --limt',
      hint: 'did you mean --limit?',
    });
    expect(failure(() => parse('--bogus')).hint).toBe('see: quarry find --help');
    expect(failure(() => parse('-z')).message).toBe('unknown flag -z');
    expect(failure(() => parse('-x is what')).hint).toBe('put -- before the query');
  });

  test('refuses missing, surplus and wrong values', () => {
    expect(failure(() => parse('--limit')).message).toBe('--limit needs a value: N');
    expect(failure(() => parse('--list=yes')).message).toBe('--list takes no value');
    expect(failure(() => parse('a', 'b', 'c', 'd')).message).toContain('"d"');
    for (const value of ['0', '11', '-3', '1.5', 'ten', '', '9999999999999'])
      expect(failure(() => parse('--limit', value).whole('limit', 1, 10)).code).toBe('usage');
  });

  test('checks choices', () => {
    const args = parse('--lang', 'Go, rust', '--lang', 'ruby');
    expect(args.choices('lang', ['go', 'rust', 'ruby'])).toEqual(['go', 'rust', 'ruby']);
    expect(failure(() => parse('--lang', 'rubi').choices('lang', ['go', 'ruby']))).toMatchObject({
      message: '--lang: unknown "rubi"',
      hint: 'did you mean ruby? known: go, ruby',
    });
  });
});

test.each(commands.map(command => [command.name, command] as const))(
  '%s has no flag twice',
  (_, { flags }) => {
    expect(new Set(flags.map(flag => flag.name)).size).toBe(flags.length);
    const shorts = flags.flatMap(flag => flag.short ?? []);
    expect(new Set(shorts).size).toBe(shorts.length);
  },
);
