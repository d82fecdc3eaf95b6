import type { Catalog, CatalogFile } from './catalog.ts';
import { buildPathIndex, PathIndex, type PathParts } from './path-index.ts';
import type { SegmentReader } from './segment-reader.ts';

/**
 * One generation of an index as a search sees it: the segments, the live files, and which document belongs to
 * which files. Immutable; derived tables are made on first use.
 */
export class Snapshot {
  readonly generation: number;
  readonly segments: readonly SegmentReader[];
  readonly catalog: Catalog;
  readonly files: readonly CatalogFile[];
  /** Position in `segments` of each file's segment. */
  readonly segmentOf: Uint16Array;
  /** For each segment, for each document: the first file that has it, -1 when it is dead. */
  readonly firstFile: Int32Array[];
  /** For each file: the next file with the same document, -1 at the end. */
  readonly nextFile: Int32Array;
  /** Windows and average field lengths over all segments; dead documents count until they are merged away. */
  readonly windows: number;
  readonly averageCode: number;
  readonly averageComment: number;
  private readonly loadPaths: () => PathParts;
  private loadedPaths: PathIndex | undefined;

  /** `loadPaths` gives the stored path index; without it, one is made. Throws RangeError if a segment is missing. */
  constructor(
    generation: number,
    segments: readonly SegmentReader[],
    catalog: Catalog,
    loadPaths: () => PathParts = () => buildPathIndex(catalog.files.map(file => file.path)),
  ) {
    this.loadPaths = loadPaths;
    this.generation = generation;
    this.segments = segments;
    this.catalog = catalog;
    this.files = catalog.files;
    const position = new Map(segments.map((segment, i) => [segment.id, i]));
    this.segmentOf = new Uint16Array(catalog.files.length);
    this.firstFile = segments.map(segment => new Int32Array(segment.info.documents).fill(-1));
    this.nextFile = new Int32Array(catalog.files.length).fill(-1);
    for (let f = catalog.files.length - 1; f >= 0; f--) {
      const file = catalog.files[f]!;
      const s = position.get(file.segment);
      if (s === undefined) throw new RangeError(`segment ${file.segment} is missing`);
      this.segmentOf[f] = s;
      const heads = this.firstFile[s]!;
      if (file.document >= heads.length) throw new RangeError(`document ${file.document} is missing`);
      this.nextFile[f] = heads[file.document]!;
      heads[file.document] = f;
    }
    let windows = 0;
    let code = 0;
    let comment = 0;
    for (const { info } of segments) {
      windows += info.windows;
      code += info.codeLength;
      comment += info.commentLength;
    }
    this.windows = windows;
    this.averageCode = windows > 0 ? Math.max(1, code / windows) : 1;
    this.averageComment = windows > 0 ? Math.max(1, comment / windows) : 1;
  }

  get paths(): PathIndex {
    return (this.loadedPaths ??= new PathIndex(file => this.files[file]!.path, this.loadPaths()));
  }

  /** The number of the file at a path, by binary search; -1 if there is none. */
  numberOf(path: string): number {
    const { files } = this;
    let low = 0;
    let high = files.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (files[middle]!.path < path) low = middle + 1;
      else high = middle;
    }
    return files[low]?.path === path ? low : -1;
  }

  file(path: string): CatalogFile | undefined {
    return this.files[this.numberOf(path)];
  }

  segment(file: number): SegmentReader {
    return this.segments[this.segmentOf[file]!]!;
  }
}
