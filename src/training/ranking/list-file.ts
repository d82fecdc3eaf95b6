import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import type { RerankCandidate } from '../../core/reranker.ts';
import type { CorpusSplit } from '../corpus/pair.ts';

/** What a first stage found for questions on one repository. */
export interface RepositoryLists {
  /** Name in the manifest. */
  repository: string;
  split: CorpusSplit;
  units: RerankCandidate[];
  lists: Array<{
    query: string;
    /** Where the question comes from: `type`, `function`, `file` (doc comments), or a kind of the corpus. */
    kind: string;
    positive: number;
    /** Positions in `units`, in the order of the first stage. */
    candidates: number[];
    scores: number[];
  }>;
}

const ending = '.json.gz';

/** The file of a repository in a directory of lists. */
export function listFile(directory: string, repository: string): string {
  return join(directory, `${repository.replaceAll('/', '__')}${ending}`);
}

/** Writes the lists of a repository in one step. */
export async function writeLists(directory: string, lists: RepositoryLists): Promise<void> {
  await mkdir(directory, { recursive: true });
  const file = listFile(directory, lists.repository);
  const bytes = await promisify(gzip)(JSON.stringify(lists));
  await writeFile(`${file}.tmp`, bytes);
  await rename(`${file}.tmp`, file);
}

/** Reads a directory of lists, repository by repository, in the order of their names. Throws QuarryError `not-found`, `corrupt`. */
export async function* readLists(
  directory: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<RepositoryLists> {
  const names = existsSync(directory) ? readdirSync(directory).filter(name => name.endsWith(ending)) : [];
  if (names.length === 0)
    throw new QuarryError(
      'not-found',
      `no candidate lists in ${directory}`,
      'make some: quarry corpus lists MANIFEST --sources CLONES --corpus CORPUS --out DIR',
    );
  for (const name of names.sort()) {
    throwIfAborted(signal);
    const file = join(directory, name);
    try {
      const text = await promisify(gunzip)(await readFile(file));
      yield JSON.parse(text.toString('utf8')) as RepositoryLists;
    } catch (cause) {
      throw new QuarryError('corrupt', `${basename(file)} is no file of candidate lists`, 'make it again', {
        cause,
      });
    }
  }
}
