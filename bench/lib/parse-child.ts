import { Worker } from 'node:worker_threads';
import { readInput } from './child.ts';
import { peakMemory } from './machine.ts';

/** Reads, decodes and parses files in worker threads and does nothing else: what indexing is measured against. */
export interface ParseInput {
  root: string;
  files: ParseItem[];
  workers: number;
}

export interface ParseItem {
  path: string;
  bytes: number;
  language: string;
}

export interface ParseOutcome {
  ms: number;
  failed: number;
  peakBytes: number;
}

// Batches as in src/engine/indexing/worker-pool.ts.
const batchFiles = 64;
const batchBytes = 512 << 10;

const { root, files, workers } = await readInput<ParseInput>();
const begun = performance.now();
let next = 0;
let failed = 0;

function nextBatch(): ParseItem[] {
  const share = Math.ceil((files.length - next) / (workers * 2));
  const most = Math.max(1, Math.min(batchFiles, share));
  const batch: ParseItem[] = [];
  let bytes = 0;
  while (next < files.length && batch.length < most && bytes < batchBytes) {
    const item = files[next++]!;
    batch.push(item);
    bytes += item.bytes;
  }
  return batch;
}

async function work(): Promise<void> {
  const worker = new Worker(new URL('./parse-worker.ts', import.meta.url), { workerData: root });
  await new Promise<void>((resolve, reject) => {
    const feed = () => {
      const batch = nextBatch();
      if (batch.length === 0) resolve();
      else worker.postMessage(batch);
    };
    worker.on('error', reject);
    worker.on('message', (broken: number) => {
      failed += broken;
      feed();
    });
    feed();
  });
  await worker.terminate();
}

await Promise.all(Array.from({ length: workers }, work));
const outcome: ParseOutcome = { ms: performance.now() - begun, failed, peakBytes: peakMemory() };
process.stdout.write(JSON.stringify(outcome));
