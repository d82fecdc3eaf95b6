import { parentPort, workerData } from 'node:worker_threads';
import { QuarryError } from '../../../core/errors.ts';
import type { Reranker } from '../../../core/reranker.ts';
import type { FromRerankWorker, RerankSetup, ToRerankWorker } from './messages.ts';

/** Runs the cross-encoder in a thread of its own: a run keeps its JavaScript thread busy for tens of milliseconds. */
const port = parentPort!;
const { directory, threads } = workerData as RerankSetup;
const running = new Map<number, AbortController>();
let last: Promise<unknown> = Promise.resolve();

const send = (message: FromRerankWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);

async function open(): Promise<Reranker | undefined> {
  try {
    const { openReranker } = await import('../../../models/cross/open.ts');
    const reranker = await openReranker(directory, threads);
    send({ type: 'ready', modelId: reranker.id, fingerprint: reranker.fingerprint });
    return reranker;
  } catch (error) {
    const known = error instanceof QuarryError;
    const { message } = error as Error;
    const hint = known ? error.hint : undefined;
    send({
      type: 'failed',
      code: known ? error.code : 'internal',
      message,
      ...(hint === undefined ? {} : { hint }),
    });
    return undefined;
  }
}

const opened = open();

async function score({ id, query, candidates }: ToRerankWorker & { type: 'score' }): Promise<void> {
  const reranker = await opened;
  const signal = running.get(id)?.signal;
  try {
    if (!reranker || !signal || signal.aborted) return;
    const scores = await reranker.score(query, candidates, signal);
    const relevances = scores.map(value => reranker.relevanceOf(value));
    send({ type: 'scored', id, scores, relevances }, [
      scores.buffer as ArrayBuffer,
      relevances.buffer as ArrayBuffer,
    ]);
  } catch (error) {
    if (!signal?.aborted) send({ type: 'error', id, message: (error as Error).message });
  } finally {
    running.delete(id);
  }
}

port.on('message', (message: ToRerankWorker) => {
  if (message.type === 'cancel') {
    running.get(message.id)?.abort();
    return;
  }
  running.set(message.id, new AbortController());
  // One run at a time, in the order asked for.
  last = last.then(() => score(message));
});
