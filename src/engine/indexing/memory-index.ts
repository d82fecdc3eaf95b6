import { createHash } from 'node:crypto';
import type { Encoder } from '../../core/encoder.ts';
import { throwIfAborted } from '../../core/errors.ts';
import type { Role } from '../../core/unit.ts';
import { createOutliner, detectLanguage, languageById } from '../../languages/index.ts';
import type { CatalogFile } from '../../store/catalog.ts';
import { SegmentBuilder } from '../../store/segment-builder.ts';
import { memorySource, SegmentReader } from '../../store/segment-reader.ts';
import { Snapshot } from '../../store/snapshot.ts';
import { DocumentEncoder } from '../encoding/document-encoder.ts';
import { unitEncoderOf } from '../encoding/unit-encoder.ts';
import { countImporters } from './importers.ts';

/** A text to be searched that need not be a file. */
export interface MemoryDocument {
  /** Must be unique; its extension decides the language unless `language` is given. */
  path: string;
  text: string;
  language?: string;
  role?: Role;
  /** The path was made up: nothing is to be read into it. */
  unnamed?: boolean;
}

/** Units that are collected before the encoder is called. */
const unitsAtOnce = 1024;

/**
 * Indexes texts in memory, with the same analysis as an index on disk, and with vectors if there is an encoder. For
 * benchmarks, tests and examples. Throws QuarryError `aborted`.
 */
export async function snapshotOf(
  documents: readonly MemoryDocument[],
  encoder?: Encoder,
  signal?: AbortSignal,
): Promise<Snapshot> {
  const outliner = await createOutliner();
  const builder = new SegmentBuilder();
  const encoding = encoder && new DocumentEncoder(unitEncoderOf(encoder), undefined);
  const files: CatalogFile[] = [];
  const ordered = documents.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const importing: Array<{ path: string; imports: string[] }> = [];
  for (const [document, { path, text, language, role }] of ordered.entries()) {
    const spoken = (language && languageById(language)) || detectLanguage(path, text.slice(0, 1024));
    await outliner.prepare(spoken);
    const outline = outliner.outline(spoken, text);
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 32);
    builder.add({ hash, language: spoken.id, text, bytes: Buffer.byteLength(text), outline });
    if (encoder && encoding) {
      const { units } = outline;
      encoding.add({ key: hash, language: spoken.id, text, units }, rows =>
        builder.attachVectors(document, encoder.fingerprint, rows),
      );
      if (encoding.pending >= unitsAtOnce) await flush(encoding, signal);
    }
    importing.push({ path, imports: outline.imports });
    files.push({
      path,
      segment: 1,
      document,
      size: text.length,
      mtimeMs: 0,
      ctimeMs: 0,
      ino: 0,
      role: role ?? 'source',
      importers: 0,
    });
  }
  if (encoding) await flush(encoding, signal);
  outliner.dispose();
  const importers = countImporters(importing);
  files.forEach((file, i) => {
    file.importers = importers[i]!;
  });
  const data = builder.finish();
  const segments = data ? [new SegmentReader(1, data.info, memorySource(data.parts, data.vectors))] : [];
  return new Snapshot(1, segments, { files, skipped: [], complete: true, updatedAt: 0 });
}

async function flush(encoding: DocumentEncoder, signal: AbortSignal | undefined): Promise<void> {
  await encoding.flush(() => !signal?.aborted);
  throwIfAborted(signal);
}
