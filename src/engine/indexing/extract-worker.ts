import { parentPort, workerData } from 'node:worker_threads';
import type { Encoder } from '../../core/encoder.ts';
import type { SkipReason } from '../../core/source.ts';
import { createOutliner, detectLanguage, languageById } from '../../languages/index.ts';
import { SegmentBuilder } from '../../store/segment-builder.ts';
import { DocumentEncoder } from '../encoding/document-encoder.ts';
import { openModel } from '../encoding/model.ts';
import { rowShapeOf, unitEncoderOf } from '../encoding/unit-encoder.ts';
import { VectorCache } from '../encoding/vector-cache.ts';
import { documentKey } from '../sources/document-key.ts';
import type { SourceEntry } from '../sources/source.ts';
import { SourceReader } from '../sources/source-reader.ts';
import type { FileResult, FromWorker, ToWorker, WorkerSetup, WorkerState } from './messages.ts';

/**
 * Reads, parses and indexes files in a worker thread. Everything a file can do to a parser – run away, run out of
 * stack, abort the WebAssembly instance – stays in here: the pool replaces a worker that does not come back.
 */
const state = workerData as WorkerState;
const port = parentPort!;
let setup: WorkerSetup;
let reader: SourceReader | undefined;
let known = new Set<string>();
const outlinerReady = createOutliner();
const builder = new SegmentBuilder({ trigrams: true });
/** Documents of the segment under construction, by key: copies of a file are parsed once. */
let collected = new Map<string, number>();
let filesSinceStart = 0;
type EncodeSetup = NonNullable<WorkerSetup['encode']>;

/** WebAssembly memory never shrinks: after this many files a fresh worker takes over. */
const recycleAfterFiles = 20_000;

const plainText = languageById('text')!;

/** Opened once per thread and model: the main one may be on its second update, with another model. */
let opened: { directory: string; encoder: Encoder } | undefined;
let encoding: { documents: DocumentEncoder; fingerprint: string; cache: VectorCache } | undefined;
let note: string | undefined;

/** Units wait until there are so many, so that calls of the encoder are full. */
const encodeFrom = 256;

async function beginEncoding({ source, fingerprint, cache: directory }: EncodeSetup): Promise<void> {
  try {
    if (opened?.directory !== source.directory || opened.encoder.fingerprint !== fingerprint) {
      await opened?.encoder.close();
      opened = undefined;
      opened = { directory: source.directory, encoder: await openModel(source) };
    }
    const { encoder } = opened;
    if (encoder.fingerprint !== fingerprint) throw new Error('the model has changed meanwhile');
    const cache = new VectorCache(directory, fingerprint, rowShapeOf(encoder));
    encoding = { documents: new DocumentEncoder(unitEncoderOf(encoder), cache), fingerprint, cache };
  } catch (error) {
    giveUp(error);
  }
}

/** Units without vectors are encoded after the update, or at the next one. */
function giveUp(error: unknown): void {
  note = `units cannot be encoded: ${error instanceof Error ? error.message : String(error)}`;
  encoding?.cache.close();
  encoding = undefined;
}

async function encodePending(): Promise<void> {
  try {
    await encoding?.documents.flush(() => Atomics.load(state, 2) === 0);
  } catch (error) {
    giveUp(error);
  }
}

async function handle(entry: SourceEntry & { plain?: SkipReason }): Promise<FileResult> {
  const source = await reader!.read(entry);
  if ('reason' in source) return { entry, skipped: source };
  const key = documentKey(source.hash, source.language);
  const done = (document: number | undefined, units: number, note = source.note): FileResult => ({
    entry,
    key,
    role: source.role,
    units,
    ...(note === undefined ? {} : { note }),
    ...(document === undefined ? {} : { document }),
  });
  if (known.has(key)) return done(undefined, 0);
  const copy = collected.get(key);
  if (copy !== undefined) return { ...done(copy, 0), copy: true };
  const language = languageById(source.language) ?? plainText;
  const outliner = await outlinerReady;
  const spoken = entry.plain === undefined ? language : plainText;
  await outliner.prepare(spoken);
  const outline = outliner.outline(spoken, source.text, { deadlineMs: setup.deadlineMs });
  const document = builder.pendingDocuments;
  builder.add({ hash: key, language: language.id, text: source.text, bytes: source.bytes, outline });
  collected.set(key, document);
  if (encoding) {
    const { documents, fingerprint } = encoding;
    const { units } = outline;
    documents.add({ key, language: language.id, text: source.text, units }, rows =>
      builder.attachVectors(document, fingerprint, rows),
    );
  }
  return done(document, outline.units.length, entry.plain ?? outline.degraded ?? source.note);
}

async function begin(given: WorkerSetup): Promise<void> {
  setup = given;
  reader?.close();
  reader = new SourceReader(given.sources, { maxBytes: given.maxFileBytes, detectLanguage });
  known = new Set();
  for (let i = 0; i < given.known.length; i += 32) known.add(given.known.slice(i, i + 32));
  encoding?.cache.close();
  encoding = undefined;
  note = undefined;
  if (given.encode) await beginEncoding(given.encode);
}

async function onMessage(message: ToWorker): Promise<void> {
  if (message.type === 'begin') return begin(message.setup);
  if (message.type === 'flush') {
    await encodePending();
    const segment = builder.finish();
    collected = new Map();
    const parts = segment ? Object.values(segment.parts) : [];
    if (segment?.vectors) parts.push(segment.vectors);
    if (segment?.trigrams) parts.push(segment.trigrams);
    const buffers = parts.map(part => part.buffer as ArrayBuffer);
    const answer: FromWorker = { type: 'segment', segment };
    const said = note ?? encoding?.cache.note;
    if (said !== undefined) answer.note = said;
    // A thread that waits for another update holds no file open, and no git.
    encoding?.cache.close();
    reader?.close();
    port.postMessage(answer, buffers);
    return;
  }
  const results: FileResult[] = [];
  const left: SourceEntry[] = [];
  const outliner = await outlinerReady;
  reader!.expect(message.files);
  for (let i = 0; i < message.files.length; i++) {
    Atomics.store(state, 0, i);
    Atomics.add(state, 1, 1);
    const { plain: _, ...entry } = message.files[i]!;
    if (outliner.needsRecycle) {
      // A parser that has failed may fail on healthy files as well: they wait for the next worker.
      left.push(message.files[i]!);
      continue;
    }
    try {
      results.push(await handle(message.files[i]!));
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      results.push({ entry, skipped: { path: entry.path, reason: 'unreadable', detail } });
    }
    filesSinceStart++;
  }
  Atomics.store(state, 0, -1);
  if ((encoding?.documents.pending ?? 0) >= encodeFrom) await encodePending();
  const recycle = filesSinceStart >= recycleAfterFiles || outliner.needsRecycle;
  const { pendingBytes } = builder;
  const answer: FromWorker = { type: 'done', results, left, pendingBytes, recycle };
  const said = note ?? encoding?.cache.note;
  if (said !== undefined) answer.note = said;
  port.postMessage(answer);
}

// Messages are handled one after the other, in order.
let queue: Promise<void> = Promise.resolve();
port.on('message', (message: ToWorker) => {
  queue = queue.then(() => onMessage(message));
});
