import { openIndex, QuarryError } from '../../src/index.ts';

/**
 * The other process of a test: `update`, `hold` (update, and stop for good in the middle) or `read` (search until
 * the input ends). Says what happens in lines of JSON.
 */
const [mode = '', root = '', indexFile = ''] = process.argv.slice(2);

function say(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

async function update(hold: boolean): Promise<void> {
  using index = await openIndex(root, { indexFile, workers: 1 });
  let last = '';
  const report = await index.update({
    onProgress: ({ phase, waitingFor }) => {
      const state = waitingFor === undefined ? phase : 'waiting';
      if (state !== last) say({ state });
      last = state;
      if (hold && state === 'extract')
        for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
    },
  });
  say({ report });
}

/** Every search must see one version of the files: they all name a unit after it. */
async function read(): Promise<void> {
  let ended = false;
  process.stdin.on('end', () => {
    ended = true;
  });
  process.stdin.resume();
  using index = await openIndex(root, { indexFile, create: false });
  const generations = new Set<number>();
  const mixed: string[] = [];
  let searches = 0;
  say({ state: 'reading' });
  while (!ended) {
    const { hits, generation } = await index.search('synchronized version', { limit: 50 });
    const names = new Set(hits.map(hit => hit.name));
    if (names.size !== 1 || hits.length !== 5)
      mixed.push(`${generation}: ${hits.map(hit => hit.name).join(' ')}`);
    if (!generations.has(generation)) say({ seen: generation });
    generations.add(generation);
    searches++;
    if (searches % 10 === 0) await new Promise(resolve => setTimeout(resolve, 1));
  }
  say({ searches, generations: generations.size, mixed });
}

try {
  if (mode === 'read') await read();
  else await update(mode === 'hold');
} catch (error) {
  say({ error: error instanceof QuarryError ? error.code : String(error) });
  process.exitCode = 1;
}
