import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Repositories that are evaluated on, and must never be trained on. */
export class EvaluationRepositories {
  /** Slug in small letters → the list it stands in. */
  private readonly slugs: Map<string, string> = new Map();
  /** Own names in small letters of repositories whose forks and packages are refused as well. */
  private readonly names: Map<string, string> = new Map();

  get size(): number {
    return this.slugs.size;
  }

  /** `forks`: whatever else has the same name after the slash is refused too. */
  add(slug: string, list: string, forks: boolean): void {
    const plain = slug.toLowerCase();
    if (!this.slugs.has(plain)) this.slugs.set(plain, list);
    const name = nameOf(plain);
    if (forks && !this.names.has(name)) this.names.set(name, list);
  }

  /**
   * Why a source is refused, undefined if it is not. `aliases`: slugs, paths and addresses it goes by. With `unrelated`
   * the same name under another owner is allowed.
   */
  refusal(aliases: readonly string[], unrelated: boolean): string | undefined {
    for (const alias of aliases) {
      const slug = slugOf(alias);
      const list = this.slugs.get(slug);
      if (list !== undefined) return `${slug} is an evaluation repository (${list})`;
      const named = unrelated ? undefined : this.names.get(nameOf(slug));
      if (named !== undefined) return `${slug} has the name of an evaluation repository (${named})`;
    }
    return undefined;
  }
}

function nameOf(slug: string): string {
  return slug.slice(slug.lastIndexOf('/') + 1);
}

/** `owner/name` in small letters of an address, of a directory (`owner+name`, `owner__name/repo`) or of itself. */
export function slugOf(alias: string): string {
  const plain = alias
    .toLowerCase()
    .replace(/^\w+:(?!\/)/, '') // github:owner/name, npm:name
    .replace(/^[\w+]+:\/\/|^git@/, '')
    .replace(/[#?].*$/, '')
    .replace(/\/+$/, '')
    .replace(/(?:\/repo)?(?:\.git)?(?:\/repo)?$/, '');
  const parts = plain.split(/[/:+]|__/).filter(part => part !== '');
  return parts.slice(-2).join('/');
}

/** What of the lists of repositories is there below the data directory. Throws no error for what is absent. */
export function evaluationRepositories(data: string): EvaluationRepositories {
  const repositories = new EvaluationRepositories();
  const list = join(data, 'repo-queries/EVAL-REPOS.txt');
  if (existsSync(list)) {
    for (const line of readFileSync(list, 'utf8').split('\n')) {
      const slug = line.replace(/#.*$/, '').trim();
      if (/^[^\s/]+\/[^\s/]+$/.test(slug)) repositories.add(slug, 'EVAL-REPOS.txt', true);
    }
  }
  const described = join(data, 'repo-queries/repos.json');
  if (existsSync(described)) {
    for (const { slug } of JSON.parse(readFileSync(described, 'utf8')) as Array<{ slug?: string }>)
      if (slug) repositories.add(slug, 'repo-queries', true);
  }
  for (const slug of fieldsBelow(join(data, 'swebench_loc'))) repositories.add(slug, 'SWE-bench', true);
  // Thousands of repositories, of each of which a few functions were judged: forks are another matter.
  for (const slug of fieldsBelow(join(data, 'csn')))
    repositories.add(slug, 'CodeSearchNet annotations', false);
  return repositories;
}

/** The values of the field `repo` in all packed row files of a folder. */
function fieldsBelow(folder: string): Set<string> {
  const found = new Set<string>();
  if (!existsSync(folder)) return found;
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.jsonl.gz')) continue;
    const text = gunzipSync(readFileSync(join(folder, name))).toString('utf8');
    for (const [, slug] of text.matchAll(/"repo":\s*"([^"\s/]+\/[^"\s/]+)"/g)) found.add(slug!);
  }
  return found;
}
