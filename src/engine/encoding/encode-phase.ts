import { setImmediate as breathe } from 'node:timers/promises';
import { detectLanguage } from '../../languages/index.ts';
import type { SegmentReader } from '../../store/segment-reader.ts';
import type { IndexStore } from '../../store/store.ts';
import { copyRows, emptyRows, sliceRows, type VectorRows } from '../../store/vectors/rows.ts';
import { vectorData } from '../../store/vectors/segment-vectors.ts';
import type { View } from '../../store/view.ts';
import { documentKey } from '../sources/document-key.ts';
import type { Source, SourceEntry } from '../sources/source.ts';
import { SourceReader } from '../sources/source-reader.ts';
import { DocumentEncoder } from './document-encoder.ts';
import type { UnitEncoder } from './unit-encoder.ts';
import type { VectorCache } from './vector-cache.ts';

export interface EncodePhase {
  store: IndexStore;
  sources: readonly Source[];
  maxFileBytes: number;
  encoder: UnitEncoder;
  cache: VectorCache;
  signal: AbortSignal | undefined;
  onProgress: (done: number, total: number) => void;
}

/** Units that are collected before the encoder is called, and milliseconds of work that a kill may cost. */
const unitsAtOnce = 512;
const commitMs = 20_000;

interface Todo {
  segment: SegmentReader;
  /** Documents without vectors; no file for those that no path has any more. */
  documents: Array<{ doc: number; file: SourceEntry | undefined }>;
}

/**
 * Gives vectors to all units that have none of this encoder: the model is new or another one, or an update was stopped.
 * Segment by segment, so that what is done stays when it is stopped; a segment's vectors of another encoder go with the
 * first commit. Files that are no longer what was indexed keep theirs for the next update. Gives the number of units that
 * got one. Call as the writer.
 */
export async function encodeMissing(phase: EncodePhase): Promise<number> {
  const { store, sources, maxFileBytes: maxBytes } = phase;
  const plan = store.read(view => planOf(view, phase.encoder.fingerprint));
  if (plan.total === 0) return 0;
  const reader = new SourceReader(sources, { maxBytes, detectLanguage });
  try {
    return await encodeAll(plan, phase, reader);
  } finally {
    reader.close();
  }
}

async function encodeAll(plan: EncodePlan, phase: EncodePhase, reader: SourceReader): Promise<number> {
  const { store, encoder, signal, onProgress } = phase;
  let done = 0;
  let written = 0;
  const go = async (units: number) => {
    done += units;
    onProgress(done, plan.total);
    await breathe();
    return !signal?.aborted;
  };
  onProgress(0, plan.total);
  for (const { segment, documents } of plan.todo) {
    const target = store.read(() => {
      const rows = segment.vectors(encoder.fingerprint) ?? emptyRows(segment.info.units, encoder);
      // What was read may be a view of SQLite's memory.
      return sliceRows(rows, 0, rows.count);
    });
    const work = new DocumentEncoder(encoder, phase.cache);
    let fresh = 0;
    let lastCommit = performance.now();
    const commit = () => {
      if (fresh === 0) return;
      store.commit({ vectors: new Map([[segment.id, vectorData(target, encoder.fingerprint)]]) });
      written += fresh;
      fresh = 0;
      lastCommit = performance.now();
    };
    for (const { doc, file } of documents) {
      if (signal?.aborted) break;
      const key = segment.hash(doc);
      const units = store.read(() => segment.units(doc));
      const take = (found: VectorRows) => {
        copyRows(found, 0, found.count, target, segment.documents.firstUnit[doc]!);
        fresh += found.count;
      };
      const known = phase.cache.get(key, units);
      if (known) {
        take(known);
        if (!(await go(file ? units.length : 0))) break;
        continue;
      }
      const text = file && (await textOf(reader, file, key));
      if (text === undefined) continue;
      work.add({ key, language: segment.language(doc), text, units }, take);
      if (work.pending < unitsAtOnce) continue;
      await work.flush(go);
      if (performance.now() - lastCommit > commitMs) commit();
    }
    if (!signal?.aborted) await work.flush(go);
    commit();
    if (signal?.aborted) break;
  }
  return written;
}

/** What has to be encoded; `total` counts the units that a file has. */
interface EncodePlan {
  todo: Todo[];
  total: number;
}

function planOf(view: View, fingerprint: string): EncodePlan {
  const todo: Todo[] = [];
  let total = 0;
  for (const segment of view.readers()) {
    const missing = segment.withoutVectors(fingerprint);
    if (missing.length === 0) continue;
    const files = new Map<number, SourceEntry>();
    for (const file of view.catalog().files) if (file.segment === segment.id) files.set(file.document, file);
    const documents = missing.map(doc => ({ doc, file: files.get(doc) }));
    if (!documents.some(({ file }) => file)) continue;
    for (const { doc, file } of documents)
      if (file) total += segment.endUnit(doc) - segment.documents.firstUnit[doc]!;
    todo.push({ segment, documents });
  }
  return { todo, total };
}

/** The text of a file, if it is still the document. */
async function textOf(reader: SourceReader, file: SourceEntry, key: string): Promise<string | undefined> {
  const source = await reader.read(file).catch(() => undefined);
  if (!source || 'reason' in source || documentKey(source.hash, source.language) !== key) return undefined;
  return source.text;
}
