import { parentPort, workerData } from 'node:worker_threads';
import type { FileEntry, SkipReason } from '../core/source.ts';
import { SegmentBuilder } from '../index/segment-builder.ts';
import { readSource } from '../ingest/read.ts';
import { createOutliner, detectLanguage, languageById } from '../languages/index.ts';
import { documentKey } from './document-key.ts';
import type { FileResult, FromWorker, ToWorker, WorkerSetup, WorkerState } from './messages.ts';

/**
 * Reads, parses and indexes files in a worker thread. Everything a file can do to a parser – run away, run out of
 * stack, abort the WebAssembly instance – stays in here: the pool replaces a worker that does not come back.
 */
const state = workerData as WorkerState;
const port = parentPort!;
let setup: WorkerSetup;
let known = new Set<string>();
const outlinerReady = createOutliner();
const builder = new SegmentBuilder();
/** Documents of the segment under construction, by key: copies of a file are parsed once. */
let collected = new Map<string, number>();
let filesSinceStart = 0;

/** WebAssembly memory never shrinks: after this many files a fresh worker takes over. */
const recycleAfterFiles = 20_000;

const plainText = languageById('text')!;

async function handle(entry: FileEntry & { plain?: SkipReason }): Promise<FileResult> {
  const source = readSource(setup.root, entry, { maxBytes: setup.maxFileBytes, detectLanguage });
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
  return done(document, outline.units.length, entry.plain ?? outline.degraded ?? source.note);
}

function begin(given: WorkerSetup): void {
  setup = given;
  known = new Set();
  for (let i = 0; i < given.known.length; i += 32) known.add(given.known.slice(i, i + 32));
}

async function onMessage(message: ToWorker): Promise<void> {
  if (message.type === 'begin') return begin(message.setup);
  if (message.type === 'flush') {
    const segment = builder.finish();
    collected = new Map();
    const buffers = segment ? Object.values(segment.parts).map(part => part.buffer as ArrayBuffer) : [];
    port.postMessage({ type: 'segment', segment } satisfies FromWorker, buffers);
    return;
  }
  const results: FileResult[] = [];
  const left: FileEntry[] = [];
  const outliner = await outlinerReady;
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
  const recycle = filesSinceStart >= recycleAfterFiles || outliner.needsRecycle;
  const { pendingBytes } = builder;
  port.postMessage({ type: 'done', results, left, pendingBytes, recycle } satisfies FromWorker);
}

// Messages are handled one after the other, in order.
let queue: Promise<void> = Promise.resolve();
port.on('message', (message: ToWorker) => {
  queue = queue.then(() => onMessage(message));
});
