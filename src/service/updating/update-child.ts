import process from 'node:process';
import { QuarryError } from '../../core/errors.ts';
import type { UpdateProgress } from '../../core/progress.ts';
import type { CodeIndex } from '../../engine/code-index.ts';
import { openIndex, openWorkspace } from '../../library.ts';
import type { FromUpdater, ToUpdater, UpdateTarget } from './update-messages.ts';

/* Updates an index in a process of its own, one update at a time: see `Updater`. */

/** Progress is told this often; the files of a large tree would be thousands of messages. */
const tellEveryMs = 100;

const stop = new AbortController();
let told = 0;

function send(message: FromUpdater): void {
  process.send?.(message);
}

async function open({ place, options }: UpdateTarget): Promise<CodeIndex> {
  return 'workspace' in place
    ? openWorkspace({ ...options, name: place.workspace })
    : openIndex(place.directory, options);
}

async function update(target: UpdateTarget): Promise<void> {
  const index = await open(target);
  try {
    let phase = '';
    const { signal } = stop;
    const onProgress = (progress: UpdateProgress) => {
      const now = performance.now();
      if (progress.phase === phase && now - told < tellEveryMs) return;
      phase = progress.phase;
      told = now;
      send({ type: 'progress', progress });
    };
    // Words first: an index without vectors answers already.
    const { complete } = await index.status({ model: false });
    let report = complete ? undefined : await index.update({ signal, onProgress, encode: false });
    if (!report?.aborted) report = await index.update({ signal, onProgress });
    send({ type: 'done', report });
  } finally {
    index.close();
  }
}

process.on('message', (message: ToUpdater) => {
  if (message.type === 'abort') {
    stop.abort();
    return;
  }
  update(message.target).catch((error: unknown) => {
    const known = error instanceof QuarryError ? error : undefined;
    const text = error instanceof Error ? error.message : String(error);
    send({ type: 'failed', code: known?.code, message: text, hint: known?.hint });
  });
});
// Ctrl-C reaches the whole group of processes: the server decides when this one ends.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(0));
