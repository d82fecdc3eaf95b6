import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { MemoryDocument } from '../../src/engine/memory-index.ts';
import { roleOf } from '../../src/ingest/index.ts';

/** One question on a repository, with the files that answer it. */
export interface RepositoryQuery {
  query: string;
  category: string;
  targets: string[];
}

export interface RepositoryTask {
  name: string;
  language: string;
  root: string | undefined;
  queries: RepositoryQuery[];
}

/** Reads the public half of the repository queries from `data` (see its README for source and protocol). */
export function loadTasks(data: string): RepositoryTask[] {
  const repositories = JSON.parse(readFileSync(join(data, 'repos.json'), 'utf8')) as Array<{
    name: string;
    language: string;
    root: string | null;
  }>;
  return repositories.map(({ name, language, root }) => {
    const rows = JSON.parse(readFileSync(join(data, 'queries', `${name}.json`), 'utf8')) as Array<{
      query: string;
      relevant: Target[];
      secondary: Target[];
      category: string;
    }>;
    const queries = rows.map(row => ({
      query: row.query,
      category: row.category,
      targets: [...new Set([...row.relevant, ...row.secondary].map(pathOf))],
    }));
    return { name, language, root: root ?? undefined, queries };
  });
}

/** Every text file below a directory, for an index in memory. */
export function readTree(directory: string): MemoryDocument[] {
  const found: MemoryDocument[] = [];
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    if (statSync(path).size > 2 << 20) continue;
    const bytes = readFileSync(path);
    if (bytes.subarray(0, 8192).includes(0)) continue;
    const text = bytes.toString('utf8');
    const name = relative(directory, path);
    found.push({ path: name, text, role: roleOf(name, text.slice(0, 4096)) });
  }
  return found;
}

/** True when a result's path is the target's, or one ends with the other. */
export function isTarget(path: string, target: string): boolean {
  return path === target || path.endsWith(`/${target}`) || target.endsWith(`/${path}`);
}

/** NDCG@10 with gain 1 per target; `ideal` counts at most ten targets. A target is found once. */
export function ndcg10(paths: readonly string[], targets: readonly string[]): number {
  let gain = 0;
  const found = new Set<string>();
  paths.slice(0, 10).forEach((path, i) => {
    const target = targets.find(t => !found.has(t) && isTarget(path, t));
    if (target === undefined) return;
    found.add(target);
    gain += 1 / Math.log2(i + 2);
  });
  let ideal = 0;
  for (let i = 0; i < Math.min(10, targets.length); i++) ideal += 1 / Math.log2(i + 2);
  return gain / ideal;
}

/** True when the query contains the stem of a target's file name. */
export function hasStem({ query, targets }: RepositoryQuery): boolean {
  const lower = query.toLowerCase();
  return targets.some(target => {
    const name = target.slice(target.lastIndexOf('/') + 1);
    const stem = name.replace(/\.[^.]*$/, '').toLowerCase();
    return lower.includes(stem);
  });
}

/** Targets are paths, or for some questions a path with lines. */
type Target = string | { path: string };

function pathOf(target: Target): string {
  return typeof target === 'string' ? target : target.path;
}
