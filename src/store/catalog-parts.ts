// The catalog and the index over its paths as parts of the container, under the segment number 0.

import { hash } from 'node:crypto';
import { type Catalog, decodeCatalog, encodeCatalog } from './catalog.ts';
import type { Container } from './container.ts';
import type { Pages } from './pages.ts';
import { buildPathIndex, type PathParts } from './path-index.ts';

/** Segments are numbered from 1. */
export const catalogSegment = 0;

/** Reads and writes the catalog; it is decoded once per generation. Throws RangeError on damage. */
export class CatalogParts {
  private readonly container: Container;
  private readonly pages: Pages;
  private decoded: { generation: number; catalog: Catalog } | undefined;

  constructor(container: Container, pages: Pages) {
    this.container = container;
    this.pages = pages;
  }

  /** The catalog of a generation, which must be the current one; not to be changed. */
  read(generation: number): Catalog {
    if (this.decoded?.generation !== generation)
      this.decoded = { generation, catalog: decodeCatalog(this.pages.whole(catalogSegment, 'catalog')) };
    return this.decoded.catalog;
  }

  /** The index over the paths of the current catalog. */
  paths(): PathParts {
    return {
      dictionary: this.pages.whole(catalogSegment, 'path dictionary'),
      postings: this.pages.whole(catalogSegment, 'path postings'),
    };
  }

  /** Writes a catalog; the index over its paths only if they are others, or with `rebuildPaths`. */
  write(catalog: Catalog, rebuildPaths: boolean): void {
    this.pages.write(catalogSegment, 'catalog', encodeCatalog(catalog));
    const paths = catalog.files.map(file => file.path);
    const key = hash('sha256', paths.join('\n'));
    if (!rebuildPaths && this.container.meta('paths') === key) return;
    const { dictionary, postings } = buildPathIndex(paths);
    this.pages.write(catalogSegment, 'path dictionary', dictionary);
    this.pages.write(catalogSegment, 'path postings', postings);
    this.container.setMeta('paths', key);
  }
}
