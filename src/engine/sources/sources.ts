import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { RepositoryStatus } from '../../core/progress.ts';
import { GitBlobs, readBlobNow } from '../../ingest/git-blobs.ts';
import { textOf } from '../../ingest/read.ts';
import type { CatalogFile } from '../../store/catalog.ts';
import type { Snapshot } from '../../store/snapshot.ts';
import { isUnchanged } from './freshness.ts';
import { fileBelow, Mounts } from './mounts.ts';
import type { MountedSource } from './source.ts';
import { isRevision, objectOf, type Source } from './source.ts';

/** Contents of revisions that are kept, in bytes: what a page of results shows is asked for several times. */
const mostCached = 16 << 20;

/**
 * Where the files of an index come from, and what they are now. Paths are those of the catalog; nothing else can be read
 * through it, whatever a path says or a link leads to.
 */
export class Sources {
  /** In the order in which they were added. */
  list: readonly Source[];
  /** All of them as a search selects among them. */
  mounted: readonly MountedSource[];
  private mounts: Mounts<Source>;
  private snapshot: Snapshot | undefined;
  /** By id of the blob; the oldest first. */
  private readonly contents: Map<string, Buffer> = new Map();
  private cachedBytes = 0;
  private readonly blobs: Map<string, GitBlobs> = new Map();

  constructor(list: readonly Source[]) {
    this.list = list;
    this.mounts = new Mounts(list);
    this.mounted = this.mount();
  }

  /** Says which files there are. */
  use(snapshot: Snapshot, list: readonly Source[]): void {
    this.snapshot = snapshot;
    this.list = list;
    this.mounts = new Mounts(list);
    this.mounted = this.mount();
  }

  /** Several repositories or revisions, each below its prefix; false for the index of one tree. */
  get isWorkspace(): boolean {
    return this.list.length !== 1 || this.list[0]!.prefix !== '';
  }

  sourceOf(path: string): Source | undefined {
    return this.mounts.find(path);
  }

  /** For hits; undefined in an index of one tree. */
  repositoryOf(path: string): { name: string; revision?: string } | undefined {
    const source = this.sourceOf(path);
    if (!source || source.prefix === '') return undefined;
    return isRevision(source) ? { name: source.name, revision: source.revision } : { name: source.name };
  }

  /**
   * The file on disk that a path of the catalog stands for; undefined for files of revisions, for what is not in the catalog,
   * is gone, or would lie outside of its source.
   */
  resolve(path: string): string | undefined {
    const source = this.sourceOf(path);
    if (!source || isRevision(source) || !this.snapshot?.file(path)) return undefined;
    return fileBelow(source.directory, path.slice(source.prefix.length));
  }

  /** Bytes of a file as it is now; undefined if it cannot be read. */
  read(path: string): Buffer | undefined {
    const source = this.sourceOf(path);
    const file = this.snapshot?.file(path);
    if (!source || !file) return undefined;
    if (isRevision(source)) {
      const object = objectOf(file);
      return (
        this.contents.get(object) ?? this.keep(object, readBlobNow(source.repository, object, file.size))
      );
    }
    const place = this.resolve(path);
    try {
      // What has taken the file's place must not be waited for.
      return place !== undefined && statSync(place).isFile() ? readFileSync(place) : undefined;
    } catch {
      return undefined;
    }
  }

  /** The same as text, with offsets as they were indexed. */
  text(path: string): string | undefined {
    const bytes = this.read(path);
    return bytes && (textOf(bytes) ?? bytes.toString('utf8'));
  }

  /** Asks git in one go for files of revisions that are to be read soon, so that `read` has them at once. */
  async prefetch(paths: Iterable<string>): Promise<void> {
    await Promise.all(
      [...paths].map(async path => {
        const source = this.sourceOf(path);
        const file = this.snapshot?.file(path);
        if (source && file && isRevision(source)) await this.blob(source.repository, file);
      }),
    );
  }

  /**
   * Whether a file still is what a snapshot – default: the newest – holds of it, so that its lines are right. Those of a revision
   * are, until a newer snapshot has another commit of it.
   */
  isFresh(path: string, snapshot: Snapshot | undefined = this.snapshot): boolean {
    const source = this.sourceOf(path);
    const file = snapshot?.file(path);
    if (!source || !snapshot || !file) return false;
    if (isRevision(source)) {
      const now = this.snapshot?.file(path);
      return now !== undefined && objectOf(now) === objectOf(file);
    }
    const place = this.resolve(path);
    return place !== undefined && isUnchanged(place, file, snapshot);
  }

  private mount(): MountedSource[] {
    return this.list.map(source => {
      const { prefix } = source;
      const isDefault = this.isDefault(source);
      // That of an index of one tree has no name of its own.
      const name = prefix === '' && !isRevision(source) ? basename(source.directory) : source.name;
      if (!isRevision(source)) return { name, prefix, isDefault };
      const { revision, indexed } = source;
      return { name, prefix, isDefault, revision, ...(indexed ? { commit: indexed.commit } : {}) };
    });
  }

  /** Of the sources of one name the working tree, or else the revision that was added first: what is searched if nothing else is said. */
  private isDefault(source: Source): boolean {
    const same = this.list.filter(({ name }) => name === source.name);
    return (same.find(other => !isRevision(other)) ?? same[0]) === source;
  }

  /** Every source with what the index holds of it. */
  status(): RepositoryStatus[] {
    const files = new Map<Source, number>();
    for (const { path } of this.snapshot?.files ?? []) {
      const source = this.sourceOf(path);
      if (source) files.set(source, (files.get(source) ?? 0) + 1);
    }
    return this.list.map(source => {
      const common = {
        name: source.name,
        files: files.get(source) ?? 0,
        isDefault: this.isDefault(source),
        isGone: !existsSync(isRevision(source) ? source.repository : source.directory),
      };
      if (!isRevision(source)) return { ...common, directory: source.directory };
      const commit = source.indexed?.commit;
      const { repository, revision } = source;
      return { ...common, repository, revision, ...(commit === undefined ? {} : { commit }) };
    });
  }

  close(): void {
    for (const blobs of this.blobs.values()) blobs.close();
    this.blobs.clear();
    this.contents.clear();
    this.cachedBytes = 0;
  }

  private async blob(repository: string, file: CatalogFile): Promise<void> {
    const object = objectOf(file);
    if (this.contents.has(object)) return;
    let blobs = this.blobs.get(repository);
    if (!blobs) this.blobs.set(repository, (blobs = new GitBlobs(repository)));
    try {
      this.keep(object, await blobs.read(object));
    } catch {
      // Reading it says so.
    }
  }

  private keep(object: string, content: Buffer | undefined): Buffer | undefined {
    if (!content || this.contents.has(object)) return content;
    // A piece of a larger buffer would keep all of it.
    const own = Buffer.from(content);
    this.contents.set(object, own);
    this.cachedBytes += own.length;
    for (const [oldest, bytes] of this.contents) {
      if (this.cachedBytes <= mostCached) break;
      this.contents.delete(oldest);
      this.cachedBytes -= bytes.length;
    }
    return own;
  }
}
