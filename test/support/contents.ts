import { expect } from 'vitest';
import { type CodeIndex, openIndex, type SearchResult } from '../../src/index.ts';
import { IndexStore } from '../../src/store/store.ts';
import { Scratch } from './scratch.ts';
import { plainUnit } from './segments.ts';

/**
 * Everything a search can see of an index: for each live file its content's identity, units, windows, and every term
 * of every window – however the documents lie in segments. Two indexes of one tree must agree in it.
 */
export function contentsOf(indexFile: string): Map<string, string> {
  const store = IndexStore.open(indexFile, { create: false });
  try {
    return store.read(view => {
      const segments = new Map(
        view.readers().map(reader => {
          const { id, info } = reader;
          const terms: string[][] = Array.from({ length: info.windows }, () => []);
          const definitions: string[][] = Array.from({ length: info.units }, () => []);
          for (const entry of reader.dictionary.entries()) {
            const { targets, frequencies } = reader.postings(entry);
            const lists = entry.term.startsWith('\u0001') ? definitions : terms;
            for (let i = 0; i < entry.count; i++) lists[targets[i]!]!.push(`${entry.term}:${frequencies[i]}`);
          }
          return [id, { reader, terms, definitions }];
        }),
      );
      const contents = new Map<string, string>();
      for (const file of view.catalog().files) {
        const { reader, terms, definitions } = segments.get(file.segment)!;
        const doc = file.document;
        const windows: unknown[] = [];
        const firstUnit = reader.documents.firstUnit[doc]!;
        for (let w = reader.documents.firstWindow[doc]!; w < reader.endWindow(doc); w++) {
          const { unit, firstLine, codeLength, commentLength } = reader.windows;
          const own = unit[w] === 0xffffffff ? -1 : unit[w]! - firstUnit;
          windows.push([own, firstLine[w], codeLength[w], commentLength[w], terms[w]]);
        }
        const { path, role, importers, note, size } = file;
        contents.set(
          path,
          JSON.stringify({
            file: { path, role, importers, note, size },
            language: reader.language(doc),
            hash: reader.hash(doc),
            lines: reader.documents.lines[doc],
            imports: reader.imports(doc),
            units: reader.units(doc).map(plainUnit),
            definitions: definitions.slice(firstUnit, reader.endUnit(doc)),
            windows,
          }),
        );
      }
      return contents;
    });
  } finally {
    store.close();
  }
}

/** What a search answered, without what depends on the moment or on the order of segments. */
export function answerOf(result: SearchResult): unknown {
  return result.hits.map(hit => ({
    path: hit.path,
    lines: `${hit.firstLine}-${hit.lastLine}`,
    name: hit.qualifiedName,
    matchLine: hit.matchLine,
    score: Number(hit.score.toFixed(4)),
    stale: hit.stale,
  }));
}

/** Paths a search finds, in the order of their names: dead documents may shift scores, never the set. */
export function pathsOf(result: SearchResult): string[] {
  return result.hits.map(hit => hit.path).sort();
}

/** True when every stored document belongs to a file: only then must scores agree with those of a fresh index. */
function isCompact(indexFile: string): boolean {
  const store = IndexStore.open(indexFile, { create: false });
  try {
    return store.read(view => {
      const documents = view.segments().reduce((sum, { info }) => sum + info.documents, 0);
      const live = new Set(view.catalog().files.map(file => `${file.segment}/${file.document}`));
      return documents === live.size;
    });
  } finally {
    store.close();
  }
}

/** Asserts that an index holds exactly what a new index of the same tree would hold, and answers alike. */
export async function expectLikeFresh(
  index: CodeIndex,
  queries: readonly string[],
  note = '',
): Promise<void> {
  using scratch = new Scratch();
  using fresh = await openIndex(index.root, { indexFile: scratch.indexFile(), workers: 1 });
  await fresh.update();
  expect(contentsOf(index.indexFile), note).toEqual(contentsOf(fresh.indexFile));
  const [a, b] = [await index.status(), await fresh.status()];
  expect(a.skipped, note).toEqual(b.skipped);
  expect(a.complete, note).toBe(true);
  const exact = isCompact(index.indexFile);
  for (const query of queries) {
    const [mine, theirs] = [
      await index.search(query, { limit: 1000 }),
      await fresh.search(query, { limit: 1000 }),
    ];
    expect(pathsOf(mine), `${note} ${query}`).toEqual(pathsOf(theirs));
    expect(mine.total, `${note} ${query}`).toBe(theirs.total);
    if (exact) expect(answerOf(mine), `${note} ${query}`).toEqual(answerOf(theirs));
  }
}
