// One consistent state of an index: everything that is read of it is read through a view.

import type { Catalog } from './catalog.ts';
import { type CatalogParts, catalogSegment } from './catalog-parts.ts';
import type { Container } from './container.ts';
import type { Pages } from './pages.ts';
import type { PathParts } from './path-index.ts';
import type { SegmentInfo } from './segment.ts';
import { type PartSource, SegmentReader } from './segment-reader.ts';
import type { SegmentTable, StoredSegment } from './segment-table.ts';
import { Snapshot } from './snapshot.ts';

/** The tables of an open file that a view reads. */
export interface StoreTables {
  container: Container;
  pages: Pages;
  segments: SegmentTable;
  catalog: CatalogParts;
}

/**
 * The state of an index at one moment, whatever other processes commit meanwhile. Lent by `IndexStore.read` and `commit`
 * for the time of a transaction: afterwards every member throws RangeError. Damage throws RangeError, too.
 */
export class View {
  private readonly tables: StoreTables;
  private isOpen = true;
  private readGeneration: number | undefined;

  constructor(tables: StoreTables) {
    this.tables = tables;
  }

  /** Runs `work` with a view that ends with it. */
  static lend<T>(tables: StoreTables, work: (view: View) => T): T {
    const view = new View(tables);
    try {
      return work(view);
    } finally {
      view.end();
    }
  }

  end(): void {
    this.isOpen = false;
  }

  /** The index file. */
  get file(): string {
    return this.tables.container.file;
  }

  /** Number of the generation: grows with every commit of any process. */
  get generation(): number {
    return (this.readGeneration ??= Number(this.opened.container.meta('generation') ?? 0));
  }

  /** The tree or workspace that the index belongs to; undefined if the file does not say. */
  get root(): string | undefined {
    const root = this.opened.container.meta('root');
    return typeof root === 'string' ? root : undefined;
  }

  /** The list of sources as it was committed; undefined if none ever was. */
  get sources(): string | undefined {
    const sources = this.opened.container.meta('sources');
    return sources === undefined ? undefined : String(sources);
  }

  /** All segments by id. */
  segments(): StoredSegment[] {
    return this.opened.segments.all();
  }

  /** Ids of all segments, ascending, whether their descriptions are sound or not. */
  segmentIds(): number[] {
    return this.opened.segments.ids();
  }

  /** The description of one segment. Throws RangeError if there is no such segment. */
  segmentInfo(id: number): SegmentInfo {
    return this.opened.segments.info(id);
  }

  /** The bytes of one segment. They never change, but for its vectors, so the source may outlive the view. */
  parts(segment: number): PartSource {
    return this.opened.pages.sourceOf(segment);
  }

  /** A reader of each segment by id; those may outlive the view as their parts do. */
  readers(): SegmentReader[] {
    return this.segments().map(({ id, info }) => new SegmentReader(id, info, this.parts(id)));
  }

  /** The catalog; not to be changed, it is decoded once per generation. */
  catalog(): Catalog {
    return this.opened.catalog.read(this.generation);
  }

  /** The index over the catalog's paths. */
  pathIndex(): PathParts {
    return this.opened.catalog.paths();
  }

  /** Segments and catalog as a search sees them. Readers of segments that a previous snapshot has are kept. */
  snapshot(previous?: Snapshot): Snapshot {
    const { tables, generation } = this;
    const known = new Map(previous?.segments.map(segment => [segment.id, segment]));
    const readers = this.segments().map(({ id, info }) => {
      const reader = known.get(id);
      // Nothing of a segment but its vectors can change.
      const isSame = reader?.info.vectors?.crc === info.vectors?.crc;
      return reader && isSame ? reader : new SegmentReader(id, info, this.parts(id));
    });
    // Loaded with the first query, in a view of the same generation.
    return new Snapshot(generation, readers, this.catalog(), () => tables.catalog.paths());
  }

  /** Numbers of segments that are gone but left pages behind. */
  orphans(): number[] {
    const ids = new Set(this.segmentIds());
    return this.opened.pages.owners().filter(id => id !== catalogSegment && !ids.has(id));
  }

  private get opened(): StoreTables {
    if (!this.isOpen) throw new RangeError('a view of the index was used after its transaction');
    return this.tables;
  }
}
