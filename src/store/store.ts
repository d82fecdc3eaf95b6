// The index file as generations: what is read in one piece, and what is committed in one piece.

import { type Catalog, emptyCatalog } from './catalog.ts';
import { CatalogParts } from './catalog-parts.ts';
import { Container, type Space } from './container.ts';
import { Pages } from './pages.ts';
import { type SegmentData, segmentParts, trigramPart, vectorPart } from './segment.ts';
import { SegmentTable } from './segment-table.ts';
import { translate } from './store-errors.ts';
import type { VectorData } from './vectors/segment-vectors.ts';
import { type StoreTables, View } from './view.ts';
import { WriterLock } from './writer-lock.ts';

/** One commit: everything in it becomes visible at once. */
export interface Commit {
  add?: SegmentData[];
  /** Ids of segments to be removed, with all pages under these numbers. */
  remove?: number[];
  /** Vectors that segments get instead of those they have, by id. */
  vectors?: ReadonlyMap<number, VectorData>;
  /** The new list of sources; without it the list stays. */
  sources?: string;
  /**
   * Returns the new catalog, given the ids of the added segments in order, and a view in which segments are added and
   * removed already while the catalog is the old one. Without it the catalog stays.
   */
  catalog?: (added: number[], view: View) => Catalog;
  /** Make the index over the paths again even if the paths are the same; needs `catalog`. */
  rebuildPaths?: boolean;
}

/** What a file says it is. */
export interface StoreIdentity {
  root: string;
  generation: number;
}

/**
 * The index file: the segments' parts as checksummed pages, and the catalog. Every change is one transaction, so a process
 * killed at any moment leaves the old or the new generation. Synchronous; readers of other processes are never blocked,
 * and never block. Throws the project's errors: `corrupt` for damage, `no-space`, `busy`, `unreadable`.
 */
export class IndexStore {
  readonly file: string;
  /** The one writer's place. */
  readonly writer: WriterLock;
  private readonly container: Container;
  private readonly tables: StoreTables;

  private constructor(container: Container) {
    this.file = container.file;
    this.container = container;
    this.tables = tablesOf(container);
    this.writer = new WriterLock(container);
  }

  /**
   * Opens an index file; with `create`, makes it if it is missing. Throws QuarryError `not-found` (no such file and
   * not `create`), `format` (other version), `corrupt` (not an index), `unreadable` or `no-space`.
   */
  static open(file: string, options: { create: boolean; root?: string }): IndexStore {
    const fill = (container: Container) => {
      container.setMeta('root', options.root ?? '');
      container.setMeta('generation', 0);
      tablesOf(container).catalog.write(emptyCatalog, true);
    };
    return new IndexStore(Container.open(file, options.create, fill));
  }

  /** Deletes an index file and its logs. True if there was one. */
  static remove(file: string): boolean {
    return Container.remove(file);
  }

  /** Number of the current generation: grows with every commit of any process. Some microseconds. */
  generation(): number {
    return this.container.guarded(() => Number(this.container.meta('generation') ?? 0));
  }

  /** The tree or workspace that the index belongs to; undefined if the file does not say. */
  get root(): string | undefined {
    return this.container.guarded(() => View.lend(this.tables, view => view.root));
  }

  /** What the file says it is; undefined if it does not. */
  identity(): StoreIdentity | undefined {
    const { root } = this;
    const generation = this.container.guarded(() => this.container.meta('generation'));
    return root === undefined || !Number.isInteger(generation)
      ? undefined
      : { root, generation: Number(generation) };
  }

  /** Runs `work` on one consistent state, whatever other processes commit meanwhile. Not nestable. */
  read<T>(work: (view: View) => T): T {
    return this.inTransaction('DEFERRED', work);
  }

  /** Like `read`, for work that takes long and must not hold up the process. Nothing else may use this store. */
  async readSlowly<T>(work: (view: View) => Promise<T>): Promise<T> {
    const view = new View(this.tables);
    try {
      return await this.container.slowTransaction(() => work(view));
    } catch (error) {
      throw translate(error, this.file);
    } finally {
      view.end();
    }
  }

  /** Applies a commit in one transaction and returns the new generation. */
  commit({ add = [], remove = [], vectors, sources, catalog, rebuildPaths = false }: Commit): number {
    return this.inTransaction('IMMEDIATE', view => {
      const added = add.map(data => this.addSegment(data));
      for (const id of remove) {
        this.tables.pages.remove(id);
        this.tables.segments.remove(id);
      }
      for (const [id, data] of vectors ?? []) this.replaceVectors(id, data);
      if (catalog) this.tables.catalog.write(catalog(added, view), rebuildPaths);
      if (sources !== undefined) this.container.setMeta('sources', sources);
      const generation = view.generation + 1;
      this.container.setMeta('generation', generation);
      return generation;
    });
  }

  private inTransaction<T>(kind: 'DEFERRED' | 'IMMEDIATE', work: (view: View) => T): T {
    return this.container.guarded(() => this.container.transaction(kind, () => View.lend(this.tables, work)));
  }

  private addSegment({ info, parts, vectors, trigrams }: SegmentData): number {
    const { segments, pages } = this.tables;
    const id = segments.add(info);
    for (const part of segmentParts) pages.write(id, part, parts[part]);
    if (vectors) pages.write(id, vectorPart, vectors);
    if (trigrams) pages.write(id, trigramPart, trigrams);
    return id;
  }

  private replaceVectors(id: number, { info, bytes }: VectorData): void {
    const { segments, pages } = this.tables;
    segments.replace(id, { ...segments.info(id), vectors: info });
    pages.write(id, vectorPart, bytes);
  }

  /** The first thing that the container's own checks find wrong; undefined if nothing is. */
  damage(): string | undefined {
    return this.container.guarded(() => this.container.damage());
  }

  space(): Space {
    return this.container.guarded(() => this.container.space());
  }

  /** Bytes of a part in all segments together, as pages in the file. */
  bytesOfPart(part: string): number {
    return this.container.guarded(() => this.tables.pages.bytesOf(part));
  }

  /** Folds the write-ahead log back, and gives the space of removed segments to the file system where it is worth it. */
  vacuum(): void {
    this.container.guarded(() => this.container.vacuum());
  }

  /** Bytes on disk, the write-ahead log included. */
  bytes(): number {
    return this.container.bytes();
  }

  close(): void {
    this.tables.pages.close();
    this.container.close();
  }
}

function tablesOf(container: Container): StoreTables {
  const pages = new Pages(container);
  const segments = new SegmentTable(container);
  return { container, pages, segments, catalog: new CatalogParts(container, pages) };
}
