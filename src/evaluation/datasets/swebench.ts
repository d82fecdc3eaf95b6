import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import type { Collection, DatasetLoader, OpenDataset, Query, RetrievalDataset } from '../dataset.ts';
import { commitDates, findClone, ScratchTree } from './git-tree.ts';
import { counted, dataFolder, Fingerprint, splitOf } from './opening.ts';
import { DataReader, MalformedRow, type Row } from './reading.ts';

const source =
  'SWE-bench (Jimenez et al., ICLR 2024) and its parts, https://github.com/SWE-bench/SWE-bench; files from the gold patches';

/** Issues of real repositories find the files whose change resolved them. */
export const swebenchLoaders: readonly DatasetLoader[] = [
  loader('lite', 'test', 'lite.jsonl.gz', 'SWE-bench Lite: 300 issues of 12 Python repositories'),
  loader(
    'verified',
    'test',
    'verified.jsonl.gz',
    'SWE-bench Verified: 500 issues that people checked, Python',
  ),
  loader(
    'multilingual',
    'test',
    'multilingual.jsonl.gz',
    'SWE-bench Multilingual: 300 issues of 41 repositories, 9 languages',
  ),
  loader(
    'multimodal',
    'dev',
    'multimodal_dev.jsonl.gz',
    'SWE-bench Multimodal: 102 issues with pictures, mostly JavaScript',
  ),
];

function loader(part: string, split: string, file: string, title: string): DatasetLoader {
  const id = `swebench-${part}`;
  return {
    id,
    title: `${title}; find the files to change`,
    task: 'retrieval',
    splits: [split],
    licence: 'MIT',
    source,
    needs: 'repos',
    open: options => open(id, split, file, title, options),
  };
}

interface Instance {
  id: string;
  language: string;
  text: string;
  /** `owner/name`. */
  repository: string;
  commit: string;
  files: string[];
}

/** An instance whose tree can be had. */
interface Available extends Instance {
  gitDir: string;
  /** Seconds since the epoch. */
  date: number;
}

async function open(
  id: string,
  onlySplit: string,
  file: string,
  title: string,
  options: OpenDataset,
): Promise<RetrievalDataset> {
  const split = splitOf(id, [onlySplit], options);
  const { repos } = options;
  if (repos === undefined)
    throw new QuarryError(
      'usage',
      `${id} needs clones of its repositories`,
      'give --repos DIR, with DIR/owner__name',
    );
  const reader = new DataReader(dataFolder(id, 'swebench_loc', source, options), source, options);
  const instances: Instance[] = [];
  for await (const instance of reader.rows(file, parse)) instances.push(instance);
  const { available, missing } = await locate(instances, repos, options.signal);
  const lost = [...missing.values()].flat();
  if (lost.length > 0 && (options.strict || available.length === 0)) throw noTree(lost[0]!, repos);
  const chosen = available.slice(0, options.first);

  const fixed = [
    'the query is the text of the issue; relevant are the existing files the gold patch changes; the candidates are all files at the commit before it that an index would hold',
    'papers call all@k of this "Acc@k" (LocAgent, Chen et al., ACL 2025)',
  ];
  if (lost.length > 0) {
    const names = [...missing].map(([repository, list]) => `${repository} ${list.length}`);
    fixed.push(
      `${counted(lost.length, 'issue')} of ${instances.length} left out, no clone with their commit: ${names.join(', ')}`,
    );
  }
  if (chosen.length < available.length) fixed.push(`only the first ${counted(chosen.length, 'issue')}`);
  if (id === 'swebench-multimodal') fixed.push('only the text of the issues is asked, not their pictures');
  const losses: Losses = { issues: new Set(), files: new Map() };
  return {
    task: 'retrieval',
    id,
    title,
    split,
    licence: 'MIT',
    source,
    files: reader.files,
    get notes() {
      return [...fixed, ...notesOf(losses)];
    },
    measures: ['all@5', 'all@1', 'all@10', 'recall@10', 'mrr'],
    averaging: 'queries',
    collections: signal => stream(chosen, options, losses, signal),
  };
}

/** What incomplete clones lacked, as far as the data set was streamed. */
interface Losses {
  /** Issues left out. */
  issues: Set<string>;
  /** By issue, files that are no candidates. */
  files: Map<string, readonly string[]>;
}

function notesOf({ issues, files }: Losses): string[] {
  const notes: string[] = [];
  if (issues.size > 0)
    notes.push(
      `${counted(issues.size, 'issue')} left out, parts missing in the clone: ${[...issues].join(', ')}`,
    );
  if (files.size > 0) {
    const names = [...new Set([...files.values()].flat())];
    const shown =
      names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
    notes.push(`${counted(files.size, 'issue')} without files that are missing in the clone: ${shown}`);
  }
  return notes;
}

/**
 * One collection per issue, by repository and date so that the step from one tree to the next is small. A collection's
 * tree is there from `materialise` on until that of another one is, and goes at the end of the stream, however that
 * comes. Where objects are missing in a clone the issue is left out, or with `strict` QuarryError `unreadable` is thrown.
 */
async function* stream(
  instances: readonly Available[],
  options: OpenDataset,
  losses: Losses,
  signal: AbortSignal | undefined,
): AsyncGenerator<Collection> {
  for (const group of Map.groupBy(instances, instance => instance.gitDir).values()) {
    throwIfAborted(signal);
    const tree = new ScratchTree(group[0]!.gitDir);
    try {
      for (const instance of group.toSorted((a, b) => a.date - b.date)) {
        throwIfAborted(signal);
        const missing = await tree.missing(instance.commit, signal);
        // A few large files may be missing in a partial copy; what the issue is about may not.
        const lost =
          missing === undefined ? 'directories' : instance.files.find(path => missing.includes(path));
        if (missing !== undefined && lost === undefined) {
          if (missing.length > 0) losses.files.set(instance.id, missing);
          yield collectionOf(instance, tree, missing, options);
          continue;
        }
        const message = `${instance.id}: ${instance.gitDir} lacks ${lost} of ${instance.commit}`;
        if (options.strict)
          throw new QuarryError(
            'unreadable',
            message,
            'clone the repository in full, without --filter and --depth',
          );
        losses.issues.add(instance.id);
        options.onSkipped?.(message);
      }
    } finally {
      await tree.remove();
    }
  }
}

function collectionOf(
  instance: Available,
  tree: ScratchTree,
  missing: readonly string[],
  { host }: OpenDataset,
): Collection {
  const { id, text, repository, language, commit, files } = instance;
  const query: Query = { id, text, judgments: Object.fromEntries(files.map(path => [path, 1])) };
  // The commit stands for the content of the tree: a cached run needs no files.
  const fingerprint = new Fingerprint();
  fingerprint.add(repository, commit, ...missing);
  fingerprint.query(query);
  return {
    name: id,
    fingerprint: fingerprint.digest(),
    root: tree.root,
    slices: { repository, language },
    queries: [query],
    materialise: signal => tree.show(commit, missing, signal),
    async *candidates(signal) {
      await tree.show(commit, missing, signal);
      yield* host.readTree(tree.root, signal);
    },
  };
}

function parse(row: Row): Instance {
  const files = row.ids('relevant_files');
  if (files.length === 0) throw new MalformedRow('field relevant_files is empty');
  const commit = row.text('base_commit');
  if (!/^[0-9a-f]{40,64}$/.test(commit)) throw new MalformedRow('field base_commit is no commit');
  const repository = row.text('repo');
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) throw new MalformedRow('field repo is not owner/name');
  return {
    id: row.id('id'),
    language: row.optionalText('lang') ?? 'unknown',
    text: row.text('query'),
    repository,
    commit,
    files: [...new Set(files)],
  };
}

/** Parts the instances into those whose commit is in a clone, in their order, and the others by repository. */
async function locate(
  instances: readonly Instance[],
  repos: string,
  signal: AbortSignal | undefined,
): Promise<{ available: Available[]; missing: Map<string, Instance[]> }> {
  const found = new Map<string, { gitDir: string; dates: ReadonlyMap<string, number> }>();
  for (const [repository, group] of Map.groupBy(instances, instance => instance.repository)) {
    const gitDir = findClone(repos, repository);
    if (gitDir === undefined) continue;
    const dates = await commitDates(gitDir, new Set(group.map(({ commit }) => commit)), signal);
    found.set(repository, { gitDir, dates });
  }
  const available: Available[] = [];
  const missing = new Map<string, Instance[]>();
  for (const instance of instances) {
    const clone = found.get(instance.repository);
    const date = clone?.dates.get(instance.commit);
    if (clone && date !== undefined) available.push({ ...instance, gitDir: clone.gitDir, date });
    else missing.set(instance.repository, [...(missing.get(instance.repository) ?? []), instance]);
  }
  return { available, missing };
}

function noTree({ repository, commit }: Instance, repos: string): QuarryError {
  const name = repository.replace('/', '__');
  return new QuarryError(
    'not-found',
    `no clone of ${repository} with commit ${commit} in ${repos}`,
    `git clone --bare https://github.com/${repository} ${repos}/${name}`,
  );
}
