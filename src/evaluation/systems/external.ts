import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import type { Collection, Query } from '../dataset.ts';
import type { PreparedSystem, RankedItem, RankOptions, SystemKind } from '../system.ts';
import { BatchProcess } from './external-batch.ts';
import { type ExternalItem, fileNameOf, PathMap, parseOutput } from './external-output.ts';
import { Parameters } from './parameters.ts';
import { PlaceMap } from './place-map.ts';
import { type Command, failed, Late, runGroup } from './process-group.ts';

interface ExternalParameters {
  command: string[];
  setup: string[];
  mode: 'per-query' | 'batch';
  timeoutMs: number;
  env: Record<string, string>;
  files: boolean;
}

/** Longest list a program is asked for. */
const mostResults = 1000;
/** A batch program may build an index before it answers for the first time. */
const firstAnswerMs = 3_600_000;

/**
 * Any command that prints paths, best first, in one of the forms `parseOutput` reads. It is started in the root of the
 * tree, without a shell; `{query}`, `{root}`, `{limit}` and `{cwd}` (where the evaluation was started) in its words are replaced. Snippets that are no files are
 * written to a directory of their own first.
 *
 * - `mode: 'per-query'` starts it once per query. Exit code 1 with no output means that nothing was found.
 * - `mode: 'batch'` starts it once per collection: it reads `{"id", "query"}` lines from stdin and answers each at once
 *   with a line `{"id", "results"}`, as `quarry search --batch` does.
 *
 * `setup` runs first; it and a batch program's first answer, to a query that does not count, are timed as indexing. A
 * query that takes longer than `timeoutMs` counts as one without results. Without scores that descend, the order counts.
 *
 * `files`: where candidates are units of files, the program searches these files, and lines it names are the candidate
 * they lie in; a file without lines means all of its candidates, tied. Otherwise every unit is written as a file of its
 * own, which suits programs that name each file once.
 */
export const external: SystemKind = {
  id: 'external',
  title: 'External command',
  source: 'the command given',
  defaults: { command: [], setup: [], mode: 'per-query', timeoutMs: 30_000, env: {}, files: false },
  create(values) {
    const read = new Parameters('external', values);
    const parameters: ExternalParameters = {
      command: read.command('command'),
      setup: read.command('setup'),
      mode: read.choice('mode', ['per-query', 'batch']),
      timeoutMs: read.whole('timeoutMs', 1, 86_400_000),
      env: read.texts('env'),
      files: read.boolean('files'),
    };
    const { command } = parameters;
    if (command.length === 0)
      throw new QuarryError('usage', 'external: command is missing', 'for example ["rg", "-l", "{query}"]');
    const asks = command.some(word => word.includes('{query}'));
    if (asks !== (parameters.mode === 'per-query'))
      throw new QuarryError(
        'usage',
        asks
          ? 'external: in batch mode the command takes no {query}'
          : 'external: the command has no {query}, so it cannot know what to look for',
        asks ? 'queries come on stdin' : 'or set mode to batch',
      );
    return {
      fingerprint: stampsOf([...command, ...parameters.setup]),
      prepare: (collection, signal) => prepare(collection, parameters, signal),
    };
  },
};

async function prepare(
  collection: Collection,
  parameters: ExternalParameters,
  signal: AbortSignal | undefined,
): Promise<PreparedSystem> {
  const temporary =
    collection.root === undefined ? mkdtempSync(join(tmpdir(), 'quarry-external-')) : undefined;
  const remove = () => {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  };
  // Also when the process is left in the middle.
  process.once('exit', remove);
  const clean = () => {
    process.off('exit', remove);
    remove();
  };
  try {
    const root = collection.root ?? temporary!;
    const paths = new PathMap(root);
    const places = parameters.files && collection.files ? new PlaceMap() : undefined;
    if (places) await writeFiles(collection, root, paths, signal);
    let n = 0;
    for await (const candidate of collection.candidates(signal)) {
      throwIfAborted(signal);
      if (places) {
        places.add(candidate);
        continue;
      }
      if (temporary === undefined) {
        paths.add(candidate.id, candidate.id);
        continue;
      }
      // A folder with tens of thousands of files is slow for many programs.
      const folder = String(Math.floor(n / 1000)).padStart(3, '0');
      const path = `${folder}/${fileNameOf(n++, candidate)}`;
      if (n % 1000 === 1) mkdirSync(join(root, folder));
      writeFileSync(join(root, path), candidate.text);
      paths.add(path, candidate.id);
    }
    if (parameters.setup.length > 0) {
      const setup = commandOf(parameters.setup, root, parameters.env, {});
      const done = await runGroup(setup, { signal });
      if (done.code !== 0) throw failed(setup, done);
    }
    const system = new External({ root, paths, places }, parameters, clean, signal);
    await system.start();
    return system;
  } catch (error) {
    clean();
    throw error;
  }
}

/** Writes the files of a collection below a new directory; each is its own meaning. */
async function writeFiles(
  collection: Collection,
  root: string,
  paths: PathMap,
  signal: AbortSignal | undefined,
): Promise<void> {
  for await (const { path, text } of collection.files!(signal)) {
    throwIfAborted(signal);
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    paths.add(path, path);
  }
}

/** What a program searches, and what the paths in its answers mean. */
interface Searched {
  root: string;
  /** Candidates, or the files they are in if there are `places`. */
  paths: PathMap;
  places: PlaceMap | undefined;
}

class External implements PreparedSystem {
  readonly indexBytes: null = null;
  private readonly searched: Searched;
  private readonly parameters: ExternalParameters;
  private readonly clean: () => void;
  private readonly signal: AbortSignal | undefined;
  private batch: BatchProcess | undefined;
  private readonly dropped: Set<string> = new Set();
  private drops = 0;
  private late = 0;

  constructor(
    searched: Searched,
    parameters: ExternalParameters,
    clean: () => void,
    signal: AbortSignal | undefined,
  ) {
    this.searched = searched;
    this.parameters = parameters;
    this.clean = clean;
    this.signal = signal;
    // An abort between two queries must not leave files or processes behind.
    signal?.addEventListener('abort', this.onAbort, { once: true });
  }

  /** Has a batch program ready, its index built. */
  async start(): Promise<void> {
    if (this.parameters.mode === 'batch') await this.askBatch('start', firstAnswerMs, this.signal);
  }

  async rank(query: Query, { limit, signal }: RankOptions): Promise<RankedItem[]> {
    throwIfAborted(signal);
    if (query.text.trim() === '') return [];
    // Of a pool any candidate may be the last one of all, and files may hold no candidate.
    const asked =
      query.pool || this.searched.places || this.parameters.mode === 'batch' ? mostResults : limit;
    let items: ExternalItem[];
    try {
      items =
        this.parameters.mode === 'batch'
          ? await this.askBatch(query.text, this.parameters.timeoutMs, signal)
          : await this.askOnce(query.text, asked, signal);
    } catch (error) {
      if (!(error instanceof Late)) throw error;
      this.late++;
      // It was killed: the next query starts it again.
      await this.batch?.close();
      this.batch = undefined;
      return [];
    }
    return this.ranked(items, query.pool && new Set(query.pool), limit);
  }

  warnings(): string[] {
    const example = [...this.dropped].slice(0, 3).join(', ');
    const found: string[] = [];
    if (this.drops > 0) found.push(`${this.drops} results named no candidate and were dropped: ${example}`);
    if (this.late > 0)
      found.push(`${this.late} queries took longer than ${this.parameters.timeoutMs} ms: no results`);
    return found;
  }

  async close(): Promise<void> {
    this.signal?.removeEventListener('abort', this.onAbort);
    await this.batch?.close();
    this.clean();
  }

  private readonly onAbort = () => {
    this.batch?.kill();
    this.clean();
  };

  private async askOnce(query: string, limit: number, signal: AbortSignal | undefined) {
    const { command, env, timeoutMs } = this.parameters;
    const filled = commandOf(command, this.searched.root, env, { query, limit: String(limit) });
    const done = await runGroup(filled, { timeoutMs, signal });
    if (done.code !== 0 && done.stdout.trim() === '') {
      if (done.code === 1) return [];
      throw failed(filled, done);
    }
    return parseOutput(done.stdout);
  }

  private askBatch(
    query: string,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<ExternalItem[]> {
    const { command, env } = this.parameters;
    const { root } = this.searched;
    this.batch ??= new BatchProcess(commandOf(command, root, env, { limit: String(mostResults) }));
    return this.batch.ask(query, timeoutMs, signal);
  }

  private ranked(
    items: readonly ExternalItem[],
    pool: ReadonlySet<string> | undefined,
    limit: number,
  ): RankedItem[] {
    // Distances ascend, and some programs print no scores at all: then the order is what they say.
    const scored = items.every(
      ({ score }, i) => score !== undefined && (i === 0 || score <= items[i - 1]!.score!),
    );
    const ranked: RankedItem[] = [];
    for (const [i, item] of items.entries()) {
      const ids = this.idsOf(item);
      if (ids === undefined) {
        this.drops++;
        if (this.dropped.size < 3) this.dropped.add(item.path);
        continue;
      }
      // Lines of a file would be wrong ones in a unit.
      const lines = this.searched.places ? undefined : item.lines;
      const score = scored ? item.score! : items.length - i;
      for (const id of ids) {
        if ((!pool || pool.has(id)) && ranked.length < limit)
          ranked.push({ id, score, ...(lines ? { lines } : {}) });
      }
    }
    return ranked;
  }

  /** The candidates a result means: none where a file holds none, undefined for a path that is unknown. */
  private idsOf({ path, lines }: ExternalItem): readonly string[] | undefined {
    const { paths, places } = this.searched;
    const known = paths.idOf(path);
    if (known === undefined) return undefined;
    if (!places) return [known];
    if (!lines) return places.idsOf(known);
    const id = places.idOf({ path: known, lines });
    return id === undefined ? [] : [id];
  }
}

/** Fills placeholders; a query that contains one is not filled in turn. */
function commandOf(
  words: readonly string[],
  root: string,
  env: Record<string, string>,
  values: Readonly<Record<string, string>>,
): Command {
  const all: Record<string, string> = { ...values, root, cwd: process.cwd() };
  return {
    words: words.map(word =>
      word.replace(/\{(query|root|limit|cwd)\}/g, (as, name: string) => all[name] ?? as),
    ),
    cwd: root,
    env,
  };
}

/** Size and time of the program and of the files named in its words: another version is another system. */
function stampsOf(words: readonly string[]): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const stamps = words.map(given => {
    const word = given.replaceAll('{cwd}', process.cwd());
    const places = isAbsolute(word) ? [word] : word.includes('/') ? [] : folders.map(at => join(at, word));
    for (const place of places) {
      const stat = statSync(place, { throwIfNoEntry: false });
      if (stat?.isFile()) return [place, stat.size, stat.mtimeMs];
      // A directory named in a command is often where the program lies.
      if (stat?.isDirectory() && isAbsolute(word)) return [place, readdirSync(place).length];
    }
    return [word];
  });
  return createHash('sha256').update(JSON.stringify(stamps)).digest('hex');
}
