import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import type { Collection, DatasetLoader, OpenDataset, Query, RetrievalDataset } from '../dataset.ts';
import { counted, dataFolder, Fingerprint, readJson, rowsOfList, splitOf } from './opening.ts';
import { DataReader, MalformedRow, Row } from './reading.ts';

const splits = ['dev'];
const source =
  'annotations of the semble benchmark (MinishLab, https://github.com/MinishLab/semble), the public half of its repositories';

/** Questions on whole repositories, answered by files. */
export const repoQueriesLoader: DatasetLoader = {
  id: 'repo-queries',
  title: 'Questions on 31 repositories in 19 languages, answered by files',
  task: 'retrieval',
  splits,
  licence: 'MIT',
  source,
  needs: 'repos',
  open,
};

/** A repository as `repos.json` describes it. */
interface Repository {
  name: string;
  language: string;
  slug: string;
  commit: string;
  /** Only this folder is indexed; empty for all. */
  root: string;
}

interface Question {
  text: string;
  category: string;
  /** Paths, mostly relative to the root of the repository, each once. */
  targets: string[];
}

interface Task {
  repository: Repository;
  questions: Question[];
  /** No file answers half of all its questions. */
  spread: boolean;
  /** Absolute. */
  root: string;
}

async function open(options: OpenDataset): Promise<RetrievalDataset> {
  const split = splitOf('repo-queries', splits, options);
  const { repos } = options;
  if (repos === undefined)
    throw new QuarryError(
      'usage',
      'repo-queries needs checkouts of its repositories',
      'give --repos DIR, with DIR/NAME',
    );
  const folder = dataFolder('repo-queries', 'repo-queries', source, options);
  const reader = new DataReader(folder, source, options);
  const repositories = await readRepositories(reader);
  const missing = repositories.filter(repository => !existsSync(rootOf(repository, repos)));
  if (missing.length > 0 && (options.strict || missing.length === repositories.length))
    throw noCheckout(missing[0]!, repos);

  const tasks: Task[] = [];
  let left = options.first ?? Number.POSITIVE_INFINITY;
  for (const repository of repositories) {
    if (missing.includes(repository) || left <= 0) continue;
    throwIfAborted(options.signal);
    const all = await readQuestions(reader, repository);
    const questions = all.slice(0, left);
    left -= questions.length;
    if (questions.length > 0)
      tasks.push({ repository, questions, spread: isSpread(all), root: rootOf(repository, repos) });
  }
  const asked = tasks.reduce((sum, task) => sum + task.questions.length, 0);
  const fixed = [
    'development data: the ranking of Quarry was chosen on these repositories; the other half of the benchmark is held out',
    'every relevant and secondary file has gain 1; the total is the mean over repositories',
    'the labels were written and judged by a language model',
  ];
  if (missing.length > 0)
    fixed.push(
      `${counted(missing.length, 'repository', 'repositories')} without a checkout left out: ${missing.map(({ name }) => name).join(', ')}`,
    );
  if (options.first !== undefined) fixed.push(`only the first ${counted(asked, 'query', 'queries')}`);
  // By repository, so that streaming twice does not say it twice.
  const unresolved = new Map<string, string>();
  return {
    task: 'retrieval',
    id: 'repo-queries',
    title: 'Repository questions (semble, public half)',
    split,
    licence: 'MIT',
    source,
    files: reader.files,
    get notes() {
      return [...fixed, ...unresolved.values()];
    },
    measures: ['ndcg@10', 'raw-ndcg@10', 'success@1', 'success@10', 'mrr'],
    averaging: 'collections',
    async *collections(signal) {
      for (const task of tasks) {
        throwIfAborted(signal);
        const { collection, lost } = await collectionOf(task, options, signal);
        const { name } = task.repository;
        if (lost.length > 0)
          unresolved.set(
            name,
            `${name}: ${counted(lost.length, 'target')} not in the tree, so it cannot be found: ${lost.join(', ')}`,
          );
        yield collection;
      }
    },
  };
}

/** Reads the tree once to know its paths and content; what a target is among the candidates is settled here. */
async function collectionOf(
  { repository, questions, spread, root }: Task,
  { host }: OpenDataset,
  signal: AbortSignal | undefined,
): Promise<{ collection: Collection; lost: string[] }> {
  const fingerprint = new Fingerprint();
  const paths: string[] = [];
  for await (const candidate of host.readTree(root, signal)) {
    fingerprint.candidate(candidate);
    paths.push(candidate.id);
  }
  const prefix = repository.root === '' ? '' : `${repository.root}/`;
  const lost = new Set<string>();
  const queries = questions.map(({ text, category, targets }, i): Query => {
    const judgments: Record<string, number> = {};
    for (const target of targets) {
      const path =
        paths.find(one => prefix + one === target) ?? paths.find(one => isTarget(prefix + one, target));
      if (path === undefined) lost.add(target);
      // One that is not there keeps its place in the ideal order.
      judgments[path ?? target] = 1;
    }
    const stem = hasStem(text, targets) ? 'named' : 'unnamed';
    return {
      id: `${repository.name}-${i + 1}`,
      text,
      judgments,
      slices: { category, stem, spread: spread ? 'spread' : 'one file' },
    };
  });
  for (const query of queries) fingerprint.query(query);
  const collection: Collection = {
    name: repository.name,
    fingerprint: fingerprint.digest(),
    root,
    slices: { language: repository.language },
    queries,
    candidates: inner => host.readTree(root, inner),
  };
  return { collection, lost: [...lost] };
}

/** True when a path is the target's, or one ends with the other. */
function isTarget(path: string, target: string): boolean {
  return path === target || path.endsWith(`/${target}`) || target.endsWith(`/${path}`);
}

/** True when the query contains the stem of a target's file name. */
function hasStem(query: string, targets: readonly string[]): boolean {
  const lower = query.toLowerCase();
  return targets.some(target => {
    const name = target.slice(target.lastIndexOf('/') + 1);
    return lower.includes(name.replace(/\.[^.]*$/, '').toLowerCase());
  });
}

/** True where the file that answers most questions answers less than half of them. */
function isSpread(questions: readonly Question[]): boolean {
  const answers = new Map<string, number>();
  for (const { targets } of questions) {
    for (const target of targets) answers.set(target, (answers.get(target) ?? 0) + 1);
  }
  return Math.max(...answers.values()) < questions.length / 2;
}

async function readRepositories(reader: DataReader): Promise<Repository[]> {
  return rowsOfList(reader, 'repos.json', await readList(reader, 'repos.json'), row => ({
    name: row.text('name'),
    language: row.text('language'),
    slug: row.text('slug'),
    commit: row.text('commit'),
    root: row.optionalText('root') ?? '',
  }));
}

async function readQuestions(reader: DataReader, { name }: Repository): Promise<Question[]> {
  const path = `queries/${name}.json`;
  return rowsOfList(reader, path, await readList(reader, path), row => {
    const targets = [...pathsOf(row, 'relevant'), ...pathsOf(row, 'secondary')];
    if (targets.length === 0) throw new MalformedRow('no targets');
    return { text: row.text('query'), category: row.text('category'), targets: [...new Set(targets)] };
  });
}

async function readList(reader: DataReader, path: string): Promise<unknown[]> {
  const list = await readJson(reader, path);
  if (!Array.isArray(list)) throw new QuarryError('format', `${reader.locate(path)}: not a list`);
  return list as unknown[];
}

/** Targets are paths, or for some questions a path with lines. */
function pathsOf(row: Row, field: string): string[] {
  const list = row.fields[field];
  if (!Array.isArray(list)) throw new MalformedRow(`no list in field ${field}`);
  return (list as unknown[]).map(item => {
    if (typeof item === 'string') return item;
    if (typeof item === 'object' && item !== null)
      return new Row(item as Record<string, unknown>).text('path');
    throw new MalformedRow(`field ${field} holds something that is no path`);
  });
}

function rootOf({ name, root }: Repository, repos: string): string {
  return join(repos, name, root);
}

function noCheckout({ name, slug, commit, root }: Repository, repos: string): QuarryError {
  const directory = join(repos, name);
  const there = existsSync(repos) && readdirSync(repos).length > 0;
  const part = root === '' ? '' : ` ${root}`;
  return new QuarryError(
    'not-found',
    `missing checkout: ${join(directory, root)} (${slug} at ${commit})`,
    `${there ? '' : `${repos} holds nothing. `}git clone --bare https://github.com/${slug} ${name}.git && mkdir -p ${directory} && git -C ${name}.git archive ${commit}${part} | tar x -C ${directory}`,
  );
}
