import { QuarryError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';

/** A flag as data: parsing, help and suggestions read it. */
export interface Flag {
  /** Long name without dashes. */
  name: string;
  /** One letter. */
  short?: string;
  /** Name of the value in the help; absent for a switch. */
  value?: string;
  /** May be given several times. */
  repeat?: true;
  help: string;
}

/** A command as data, without its code. */
export interface CommandSpec {
  name: string;
  /** One line for the list of commands. */
  summary: string;
  /** What follows the name in the usage line. */
  usage: string;
  /** More lines for the command's own help. */
  details?: readonly string[];
  flags: readonly Flag[];
  /** Most positional arguments it takes. */
  positionals: number;
  /** Command lines without `quarry`, each with what it does. */
  examples: ReadonlyArray<readonly [string, string]>;
}

/**
 * Parses what follows the command's name, with no side effects. `--name value`, `--name=value`, `-k5`, `-k 5` and
 * grouped switches (`-lq`) are understood; `--` ends the flags, and what begins with a dash but cannot be a flag
 * (`->`) is a positional. Throws QuarryError `usage` for unknown flags, missing or surplus values.
 */
export function parseArguments(spec: CommandSpec, argv: readonly string[]): Arguments {
  const positionals: string[] = [];
  const values = new Map<string, string[]>();
  const byName = new Map(spec.flags.map(flag => [flag.name, flag]));
  const byShort = new Map(spec.flags.flatMap(flag => (flag.short ? [[flag.short, flag] as const] : [])));
  let next = 0;
  const take = (flag: Flag, shown: string, attached: string | undefined) => {
    let value = attached;
    if (flag.value === undefined) {
      if (attached !== undefined) throw new QuarryError('usage', `${shown} takes no value`, helpHint(spec));
    } else if (value === undefined) {
      value = argv[next++];
      if (value === undefined)
        throw new QuarryError('usage', `${shown} needs a value: ${flag.value}`, helpHint(spec));
    }
    const known = values.get(flag.name);
    // The last one counts, as everywhere; so an alias with flags in it can be overruled.
    if (known && flag.repeat) known.push(value ?? '');
    else values.set(flag.name, [value ?? '']);
  };
  while (next < argv.length) {
    const argument = argv[next++]!;
    if (argument === '--') {
      positionals.push(...argv.slice(next));
      break;
    }
    if (!/^--?[A-Za-z]/.test(argument)) positionals.push(argument);
    else if (argument.startsWith('--')) {
      const equals = argument.indexOf('=');
      const name = argument.slice(2, equals < 0 ? undefined : equals);
      const flag = byName.get(name);
      if (!flag) throw unknownFlag(spec, `--${name}`, byName);
      take(flag, `--${name}`, equals < 0 ? undefined : argument.slice(equals + 1));
    } else {
      for (let at = 1; at < argument.length; at++) {
        const flag = byShort.get(argument[at]!);
        if (!flag) throw unknownFlag(spec, at === 1 ? argument : `-${argument[at]}`, byName);
        const rest = argument.slice(at + 1).replace(/^=/, '');
        if (flag.value === undefined) take(flag, `-${flag.short}`, undefined);
        else {
          take(flag, `-${flag.short}`, rest === '' ? undefined : rest);
          break;
        }
      }
    }
  }
  if (positionals.length > spec.positionals) {
    const surplus = JSON.stringify(positionals[spec.positionals]);
    throw new QuarryError(
      'usage',
      `quarry ${spec.name} does not know what to do with ${surplus}`,
      helpHint(spec),
    );
  }
  return new Arguments(positionals, values);
}

function unknownFlag(spec: CommandSpec, shown: string, known: ReadonlyMap<string, Flag>): QuarryError {
  const near = nearest(shown.replace(/^-+/, ''), known.keys());
  const hint = near === undefined ? helpHint(spec) : `did you mean --${near}?`;
  return new QuarryError(
    'usage',
    `unknown flag ${shown}`,
    shown.includes(' ') ? 'put -- before the query' : hint,
  );
}

function helpHint(spec: CommandSpec): string {
  return `see: quarry ${spec.name} --help`;
}

/** What was given on the command line; nothing is resolved yet. */
export class Arguments {
  readonly positionals: readonly string[];
  private readonly values: ReadonlyMap<string, readonly string[]>;

  constructor(positionals: readonly string[], values: ReadonlyMap<string, readonly string[]>) {
    this.positionals = positionals;
    this.values = values;
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  text(name: string): string | undefined {
    return this.values.get(name)?.at(-1);
  }

  texts(name: string): readonly string[] {
    return this.values.get(name) ?? [];
  }

  /** A whole number, or undefined if the flag is absent. Throws QuarryError `usage` for anything else. */
  whole(name: string, low: number, high: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= low && number <= high) return number;
    throw new QuarryError('usage', `--${name} ${text}: not a whole number from ${low} to ${high}`);
  }

  /** Comma-separated choices, possibly over several flags. Throws QuarryError `usage` naming the nearest choice. */
  choices<T extends string>(name: string, known: readonly T[]): T[] {
    const words = this.texts(name)
      .flatMap(text => text.split(','))
      .map(word => word.trim());
    return words.filter(word => word !== '').map(word => oneOf(`--${name}`, word, known));
  }
}

/** Checks a word against what is known. Throws QuarryError `usage` naming the nearest one. */
export function oneOf<T extends string>(what: string, word: string, known: readonly T[]): T {
  const found = known.find(choice => choice === word.toLowerCase());
  if (found !== undefined) return found;
  const near = nearest(word, known);
  const hint =
    near === undefined ? `one of: ${known.join(', ')}` : `did you mean ${near}? known: ${known.join(', ')}`;
  throw new QuarryError('usage', `${what}: unknown ${JSON.stringify(word)}`, hint);
}
