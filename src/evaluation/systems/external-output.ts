import type { Candidate } from '../dataset.ts';

/** A place an external program named. */
export interface ExternalItem {
  path: string;
  score?: number;
  /** 1-based, inclusive. */
  lines?: [first: number, last: number];
}

/**
 * Reads what a search program printed, in its order: a JSON array of paths or objects, an object with such an array as
 * `results`, one JSON value per line, or plain lines `path`, `path:line`, `path:first-last`. Objects name the path as
 * `path`, `file` or `id`. Values that name none are left out.
 */
export function parseOutput(text: string): ExternalItem[] {
  const whole = json(text);
  if (whole !== undefined) return itemsOf(whole);
  return text.split('\n').flatMap(line => {
    if (line.trim() === '') return [];
    const value = json(line);
    // A number alone is no result, but may be the name of a file.
    return typeof value === 'object' || typeof value === 'string' ? itemsOf(value) : [plain(line.trim())];
  });
}

/** Items of a JSON value: an array of paths or objects, or an object. */
export function itemsOf(value: unknown): ExternalItem[] {
  if (Array.isArray(value)) return value.flatMap(itemsOf);
  if (typeof value === 'string') return value === '' ? [] : [plain(value)];
  if (typeof value === 'number') return [{ path: String(value) }];
  if (typeof value !== 'object' || value === null) return [];
  const fields = value as Record<string, unknown>;
  if (Array.isArray(fields['results'])) return itemsOf(fields['results']);
  const path = fields['path'] ?? fields['file'] ?? fields['id'];
  if (typeof path !== 'string' && typeof path !== 'number') return [];
  const item: ExternalItem = { path: String(path) };
  if (typeof fields['score'] === 'number') item.score = fields['score'];
  const first = line(fields['firstLine'] ?? fields['start_line'] ?? fields['startLine'] ?? fields['line']);
  const last = line(fields['lastLine'] ?? fields['end_line'] ?? fields['endLine']) ?? first;
  if (first !== undefined && last !== undefined && last >= first) item.lines = [first, last];
  return [item];
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function line(value: unknown): number | undefined {
  return Number.isInteger(value) && (value as number) >= 1 ? (value as number) : undefined;
}

/** `path`, `path:12`, `path:12-40`, and grep's `path:12:text`. */
function plain(text: string): ExternalItem {
  const match = /^(.+?):([1-9]\d*)(?:-([1-9]\d*))?(?::.*)?$/.exec(text);
  if (!match) return { path: text };
  const first = Number(match[2]);
  return { path: match[1]!, lines: [first, Math.max(first, Number(match[3] ?? first))] };
}

/** Which candidate a path means. */
export class PathMap {
  private readonly exact: Map<string, string> = new Map();
  /** Candidates by last part of their path. */
  private readonly byName: Map<string, Array<{ path: string; id: string }>> = new Map();
  private readonly root: string;

  /** `root` is absolute: where relative paths begin. */
  constructor(root: string) {
    this.root = `${slashed(root).replace(/\/+$/, '')}/`;
  }

  add(path: string, id: string): void {
    this.exact.set(path, id);
    const name = path.slice(path.lastIndexOf('/') + 1);
    const known = this.byName.get(name);
    if (known) known.push({ path, id });
    else this.byName.set(name, [{ path, id }]);
  }

  /**
   * The candidate of an absolute path below the root, of one relative to it, or the only one whose path the given
   * one ends with, or that ends with the given one. Undefined when there is none or more than one.
   */
  idOf(given: string): string | undefined {
    let path = slashed(given);
    if (path.startsWith(this.root)) path = path.slice(this.root.length);
    path = path.replace(/^(?:\.\/+)+/, '');
    const known = this.exact.get(path);
    if (known !== undefined) return known;
    const alike = (this.byName.get(path.slice(path.lastIndexOf('/') + 1)) ?? []).filter(
      other => path.endsWith(`/${other.path}`) || other.path.endsWith(`/${path}`),
    );
    return alike.length === 1 ? alike[0]!.id : undefined;
  }
}

function slashed(path: string): string {
  return path.replaceAll('\\', '/');
}

const extensions: Readonly<Record<string, string>> = {
  bash: 'sh',
  c: 'c',
  cpp: 'cpp',
  csharp: 'cs',
  elixir: 'ex',
  go: 'go',
  haskell: 'hs',
  java: 'java',
  javascript: 'js',
  kotlin: 'kt',
  lua: 'lua',
  markdown: 'md',
  php: 'php',
  python: 'py',
  ruby: 'rb',
  rust: 'rs',
  scala: 'scala',
  sql: 'sql',
  swift: 'swift',
  typescript: 'ts',
  zig: 'zig',
};

/**
 * A file name for the n-th candidate: its number and an extension by language. The name says nothing else, so that a
 * program that searches file names gains nothing.
 */
export function fileNameOf(n: number, candidate: Candidate): string {
  const own = /\.(\w{1,10})$/.exec(candidate.path ?? '')?.[1];
  return `${String(n).padStart(6, '0')}.${own ?? extensions[candidate.language ?? ''] ?? 'txt'}`;
}
