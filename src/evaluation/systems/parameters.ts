import { QuarryError } from '../../core/errors.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * Reads the parameters of one system. Every method throws QuarryError `usage` with one line, such as
 * `bm25: b must be a number from 0 to 1, not 2`.
 */
export class Parameters {
  private readonly system: string;
  private readonly values: Values;

  constructor(system: string, values: Values) {
    this.system = system;
    this.values = values;
  }

  number(name: string, low: number, high: number): number {
    const value = this.values[name];
    if (typeof value !== 'number' || !(value >= low && value <= high))
      this.refuse(name, `a number from ${low} to ${high}`);
    return value as number;
  }

  whole(name: string, low: number, high: number): number {
    const value = this.values[name];
    if (!Number.isInteger(value) || (value as number) < low || (value as number) > high)
      this.refuse(name, `a whole number from ${low} to ${high}`);
    return value as number;
  }

  boolean(name: string): boolean {
    const value = this.values[name];
    if (typeof value !== 'boolean') this.refuse(name, 'true or false');
    return value as boolean;
  }

  choice<T extends string>(name: string, choices: readonly T[]): T {
    const value = this.values[name];
    if (!choices.includes(value as T)) this.refuse(name, choices.join(' or '));
    return value as T;
  }

  /** Variables with text values. */
  texts(name: string): Record<string, string> {
    const value = this.values[name];
    if (
      typeof value !== 'object' ||
      value === null ||
      Array.isArray(value) ||
      !Object.values(value).every(v => typeof v === 'string')
    )
      this.refuse(name, 'an object with text values');
    return value as Record<string, string>;
  }

  /** A program with its arguments; empty if nothing was given. A single text is split by `splitCommand`. */
  command(name: string): string[] {
    const value = this.values[name];
    const list = typeof value === 'string' ? splitCommand(value) : value;
    if (!Array.isArray(list) || !list.every(v => typeof v === 'string') || list[0] === '')
      this.refuse(name, 'a list of texts, or one text with balanced quotes');
    return list as string[];
  }

  private refuse(name: string, expected: string): never {
    throw new QuarryError(
      'usage',
      `${this.system}: ${name} must be ${expected}, not ${JSON.stringify(this.values[name])}`,
    );
  }
}

/**
 * Splits a command line into words as a POSIX shell does: blanks separate, quotes and backslashes keep them. Nothing
 * else has a meaning: no variables, pipes, globs. Undefined when a quote is not closed.
 */
export function splitCommand(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (/\s/.test(c)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (c === "'") {
      const end = text.indexOf("'", i + 1);
      if (end < 0) return undefined;
      word = (word ?? '') + text.slice(i + 1, end);
      i = end;
    } else if (c === '"') {
      word ??= '';
      for (i++; text[i] !== '"'; i++) {
        if (i >= text.length) return undefined;
        // Inside double quotes a backslash only takes away the meaning of these.
        if (text[i] === '\\' && /["\\$`]/.test(text[i + 1] ?? '')) i++;
        word += text[i];
      }
    } else if (c === '\\') {
      if (++i >= text.length) return undefined;
      word = (word ?? '') + text[i];
    } else word = (word ?? '') + c;
  }
  if (word !== undefined) words.push(word);
  return words;
}
