import { setFlagsFromString } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import type { GitBlobs } from '../../../ingest/git-blobs.ts';
import type { FromScanWorker, ScanState, ToScanWorker } from './messages.ts';
import { FileScanner } from './scan-files.ts';

/*
 * Looks through files in a thread of its own. Most expressions that run away are finished by V8's engine that cannot backtrack, which
 * takes over after 50,000 steps; for those it does not know (look-around, back references), the main thread ends this one.
 */
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');

const state = workerData as ScanState;
const port = parentPort!;
const scanners = new Map<number, FileScanner>();
const blobs = new Map<string, GitBlobs>();

async function scanBatch({ search, files }: ToScanWorker & { type: 'batch' }): Promise<void> {
  const scanner = scanners.get(search)!;
  const answer: FromScanWorker = { type: 'done', looked: 0, files: [], unreadable: [] };
  // All are asked for at once: git answers in order.
  const contents = files.map(file => (file.object === undefined ? undefined : scanner.blob(file)));
  for (const [position, file] of files.entries()) {
    if (Atomics.load(state, 2) !== 0) break;
    try {
      const blob = contents[position] && (await contents[position]);
      Atomics.add(state, 1, 1);
      Atomics.store(state, 0, position);
      const scanned = scanner.scan(file, position, blob);
      if (scanned) answer.files.push(scanned);
    } catch {
      answer.unreadable.push(position);
    }
    Atomics.store(state, 0, -1);
    answer.looked++;
  }
  const buffers = answer.files.flatMap(({ found }) =>
    found.map(({ places }) => places.buffer as ArrayBuffer),
  );
  port.postMessage(answer, buffers);
}

// Messages are handled one after the other, in order.
let queue: Promise<void> = Promise.resolve();
port.on('message', (message: ToScanWorker) => {
  queue = queue.then(async () => {
    if (message.type === 'begin') scanners.set(message.search, new FileScanner(message.setup, blobs));
    else if (message.type === 'end') scanners.delete(message.search);
    else await scanBatch(message);
  });
});
