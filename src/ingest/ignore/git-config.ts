import { Buffer } from 'node:buffer';
import { dirname, isAbsolute, resolve } from 'node:path';
import { toBytes } from './bytes.ts';
import { readSmallFile } from './files.ts';
import { compileGlob, matchesGlob } from './glob.ts';

/** Where git keeps one user's settings. A plain value: whoever starts the program resolves it. */
export interface GitUser {
  /** Config files, the later one wins; missing ones are fine. */
  readonly configs: readonly string[];
  /** Ignore file for all repositories unless `core.excludesFile` names one. */
  readonly ignoreFile?: string;
  /** For `~/` in settings. */
  readonly home?: string;
}

/** What git would read under the environment `env` (`process.env`, say): HOME, XDG_CONFIG_HOME, GIT_CONFIG_*. */
export function gitUserFrom(env: Readonly<Record<string, string | undefined>>): GitUser {
  const home = env.HOME || env.USERPROFILE;
  const xdg = env.XDG_CONFIG_HOME || (home && `${home}/.config`);
  const configs: string[] = [];
  const withoutSystem = /^(?:1|true|yes|on)$/i.test(env.GIT_CONFIG_NOSYSTEM ?? '');
  if (!withoutSystem) configs.push(env.GIT_CONFIG_SYSTEM ?? '/etc/gitconfig');
  const global = env.GIT_CONFIG_GLOBAL;
  if (global !== undefined) configs.push(global);
  else {
    if (xdg) configs.push(`${xdg}/git/config`);
    if (home) configs.push(`${home}/.gitconfig`);
  }
  return {
    configs: configs.filter(path => path !== ''),
    ...(xdg ? { ignoreFile: `${xdg}/git/ignore` } : {}),
    ...(home ? { home } : {}),
  };
}

/** Settings by `section.key` or `section.subsection.key`, section and key in lower case; the last value won. */
export type GitConfig = ReadonlyMap<string, string>;

/** git itself stops at ten. */
const maxIncludes = 10;

/** Reads config files in order. Knows `include.path` and `includeIf` with `gitdir`; a broken line is passed over. */
export function readGitConfig(
  paths: readonly string[],
  home: string | undefined,
  gitDir: string | undefined,
): GitConfig {
  const settings = new Map<string, string>();
  const read = (path: string, depth: number): void => {
    const content = readSmallFile(path, true);
    if (content === undefined) return;
    for (const [key, value] of parseGitConfig(Buffer.from(content, 'latin1').toString('utf8'))) {
      settings.set(key, value);
      const condition = /^includeif\.(.*)\.path$/s.exec(key)?.[1];
      if (key !== 'include.path' && !(condition && applies(condition, path, home, gitDir))) continue;
      const target = expandHome(value, home);
      if (target && depth < maxIncludes) read(resolve(dirname(path), target), depth + 1);
    }
  };
  for (const path of paths) read(path, 0);
  return settings;
}

/** The path with `~/` expanded; `undefined` if it names another user's home or there is none. */
export function expandHome(path: string, home: string | undefined): string | undefined {
  if (!path.startsWith('~')) return path.startsWith('%(prefix)') ? undefined : path;
  return home !== undefined && (path === '~' || path.startsWith('~/')) ? home + path.slice(1) : undefined;
}

export function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(?:true|yes|on|[1-9]\d*)$/i.test(value);
}

function applies(
  condition: string,
  file: string,
  home: string | undefined,
  gitDir: string | undefined,
): boolean {
  const parts = /^gitdir(\/i)?:(.*)$/s.exec(condition);
  if (parts === null || gitDir === undefined) return false;
  let pattern = expandHome(parts[2]!, home);
  if (!pattern) return false;
  if (pattern.startsWith('./')) pattern = `${dirname(file)}${pattern.slice(1)}`;
  else if (!isAbsolute(pattern)) pattern = `**/${pattern}`;
  if (pattern.endsWith('/')) pattern += '**';
  const fold = parts[1] !== undefined;
  const text = toBytes(fold ? gitDir.toLowerCase() : gitDir);
  return matchesGlob(compileGlob(toBytes(fold ? pattern.toLowerCase() : pattern), false), text);
}

/** Key and value pairs in order. A key without `=` means `true`. */
function* parseGitConfig(text: string): Iterable<[string, string]> {
  let section = '';
  // A backslash before the line's end joins lines.
  const lines = text
    .replace(/^\ufeff/, '')
    .replace(/\r\n/g, '\n')
    .replace(/(?<!\\)((?:\\\\)*)\\\n/g, '$1')
    .split('\n');
  for (const line of lines) {
    let rest = line.trim();
    const header = /^\[\s*([\w.-]+)\s*(?:"((?:[^"\\]|\\.)*)")?\s*\]\s*/.exec(rest);
    if (header) {
      const sub = header[2]?.replace(/\\(.)/g, '$1');
      section = header[1]!.toLowerCase() + (sub === undefined ? '' : `.${sub}`);
      rest = rest.slice(header[0].length);
    }
    const pair = /^([A-Za-z][\w-]*)\s*(?:=\s*(.*))?$/s.exec(rest);
    if (pair && section !== '') {
      const value = pair[2] === undefined ? 'true' : parseValue(pair[2]);
      if (value !== undefined) yield [`${section}.${pair[1]!.toLowerCase()}`, value];
    }
  }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', b: '\b', '"': '"', '\\': '\\' };

/** A value without quotes, escapes and comment; `undefined` if it is malformed. */
function parseValue(text: string): string | undefined {
  let value = '';
  // What has been written up to here stays when trailing blanks are cut.
  let keep = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === '"') quoted = !quoted;
    else if (char === '\\') {
      const escaped = escapes[text[++at] ?? ''];
      if (escaped === undefined) return undefined;
      value += escaped;
    } else if (!quoted && (char === '#' || char === ';')) break;
    else {
      value += char;
      if (!quoted && /\s/.test(char)) continue;
    }
    keep = value.length;
  }
  return quoted ? undefined : value.slice(0, keep);
}
