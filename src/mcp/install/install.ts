import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import type { Client, Launch } from './clients.ts';
import { setInJson } from './json-edit.ts';
import { setInToml } from './toml-edit.ts';

/** Name of the server in every configuration. */
const serverName = 'quarry';

/** What a configuration file has to say, alone: to be copied by hand. */
export function configurationText(client: Client, launch: Launch): string {
  return edited('', client, launch);
}

export interface Installed {
  outcome: 'created' | 'changed' | 'unchanged';
  /** Where the file as it was before lies; only if it was changed. */
  backup?: string;
}

/**
 * Writes the server into a client's configuration and keeps all else that is there. Doing it again changes nothing. Throws QuarryError
 * `usage` for a file that is not understood, which stays as it is, and `unreadable`.
 */
export function install(
  client: Client,
  file: string,
  launch: Launch,
  /** Of a new file: what a user's configurations hold is often secret. */
  mode = 0o600,
): Installed {
  const exists = existsSync(file);
  const before = exists ? readText(file) : '';
  let after: string;
  try {
    after = edited(before, client, launch);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new QuarryError(
      'usage',
      `${file}: ${error.message}; it was left as it is`,
      'mend it, or put in by hand what the same command prints without --write',
      { cause: error },
    );
  }
  if (exists && after === before) return { outcome: 'unchanged' };
  try {
    if (!exists) {
      mkdirSync(dirname(file), { recursive: true });
      replace(file, after, mode);
      return { outcome: 'created' };
    }
    // A link stays one: dotfiles are often kept elsewhere.
    const real = realpathSync(file);
    const known = statSync(real).mode & 0o777;
    const backup = freeName(`${real}.before-quarry`);
    writeFileSync(backup, before, { mode: known, flag: 'wx' });
    replace(real, after, known);
    return { outcome: 'changed', backup };
  } catch (error) {
    throw new QuarryError('unreadable', `cannot write ${file}: ${(error as Error).message}`, undefined, {
      cause: error,
    });
  }
}

function edited(text: string, { format, key, entry }: Client, launch: Launch): string {
  const path = [key, serverName];
  const value = entry(launch);
  return format === 'json'
    ? setInJson(text, path, value)
    : setInToml(text, path, value as Record<string, string | string[]>);
}

function readText(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new QuarryError('unreadable', `cannot read ${file}`, 'check its permissions', { cause: error });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new QuarryError('usage', `${file} is not UTF-8; it was left as it is`, undefined, { cause: error });
  }
}

/** In one step: whoever reads the file sees the old one or the new one. */
function replace(file: string, text: string, mode: number): void {
  const temporary = join(dirname(file), `.quarry-${process.pid}-${Date.now()}`);
  try {
    const descriptor = openSync(temporary, 'wx', mode);
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function freeName(wanted: string): string {
  let name = wanted;
  for (let n = 2; existsSync(name); n++) name = `${wanted}-${n}`;
  return name;
}
