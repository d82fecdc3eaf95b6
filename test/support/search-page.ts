import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { openTreeIndex } from '../../src/engine/code-index.ts';
import { hashingSource } from '../../src/engine/encoding/hashing-encoder.testing.ts';
import { type RunningServer, startServer } from '../../src/server/run.ts';
import { TokenStore } from '../../src/server/tokens.ts';
import type { Scratch } from './scratch.ts';

/** Builds the search page as it is now into a folder. */
export async function buildPage(directory: string): Promise<void> {
  await build({
    configFile: join(import.meta.dirname, '../../web/search/vite.config.ts'),
    logLevel: 'error',
    build: { outDir: directory },
  });
  if (!existsSync(join(directory, 'index.html'))) throw new Error('the page was not built');
}

interface Serving {
  page: string;
  needsToken?: boolean;
}

/** A server over a scratch tree, on any port of this machine, when its index is up to date. */
export async function serve(scratch: Scratch, { page, needsToken = false }: Serving): Promise<RunningServer> {
  const model = join(scratch.directory, 'model');
  mkdirSync(model, { recursive: true });
  writeFileSync(join(model, 'model.json'), JSON.stringify({ name: 'page', synonyms: ['evict expel'] }));
  const options = { indexFile: scratch.indexFile(), workers: 1 };
  const setup = { indexDirectory: '', ignore: {}, model: hashingSource(model), reranker: undefined };
  const index = openTreeIndex(scratch.root, options, setup);
  const server = await startServer({
    index,
    version: '0.0.0-test',
    host: '127.0.0.1',
    port: 0,
    tokens: tokensOf(scratch),
    needsToken,
    hosts: [],
    origins: [],
    ratePerMinute: 0,
    perClient: 16,
    deadlineMs: 30_000,
    memory: 0,
    logQueries: false,
    logLevel: 'silent',
    log: { write: () => undefined },
    page,
    updateAtStart: false,
  });
  await server.service.update();
  return server;
}

/** The tokens that a server over this tree knows. */
export function tokensOf(scratch: Scratch): TokenStore {
  return new TokenStore(join(scratch.directory, 'tokens.json'));
}

/** A name that is markup, for a file. */
export const nastyName = '<img src=x onerror=window.hacked=1>.py';

const body = (i: number) =>
  `def step_${i}(value):\n    """Step ${i} of the pipeline."""\n    return value + ${i}\n`;

/** A small tree with what a page must get along with. */
export const tree: Readonly<Record<string, string>> = {
  'src/retry.py': [
    '"""Calls that are tried again."""',
    '',
    'import time',
    '',
    '',
    'class Retrier:',
    '    """Tries a call again with exponential backoff."""',
    '',
    '    def retry(self, call, attempts=3):',
    '        """Retry a call until it succeeds, with exponential backoff between attempts."""',
    '        for attempt in range(attempts):',
    '            try:',
    '                return call()',
    '            except OSError:',
    '                time.sleep(2 ** attempt)',
    '        raise TimeoutError("out of attempts")',
    '',
    '    def reset(self):',
    '        """Forget the attempts so far."""',
    '        self.attempts = 0',
    '',
    '',
    'def retry_all(calls):',
    '    """Retry every call with backoff."""',
    '    return [Retrier().retry(call) for call in calls]',
    '',
  ].join('\n'),
  'src/cache.py':
    'class LruCache:\n    """Forgets the oldest entry first."""\n\n    def evict(self):\n        """Evict the oldest entry."""\n        self.entries.popitem(last=False)\n',
  'src/shapes.go':
    'package shapes\n\n// Area retries nothing: it multiplies.\nfunc Area(w, h int) int {\n\treturn w * h\n}\n',
  'src/backoff.go':
    'package backoff\n\n// Retry runs a call with exponential backoff.\nfunc Retry(call func() error) error {\n\treturn call()\n}\n',
  'tests/test_retry.py':
    'from retry import Retrier\n\n\ndef test_retry_with_backoff():\n    """Retry with exponential backoff is tested."""\n    assert Retrier().retry(lambda: 1) == 1\n',
  [`src/${nastyName}`]:
    'def inject_markup():\n    """Inject markup: </script><img src=x onerror=window.hacked=2> and <b>bold</b>."""\n    return "<script>window.hacked=3</script>"\n',
  'src/long.py': Array.from({ length: 5000 }, (_, i) => body(i)).join('\n'),
  ...Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [
      `src/many/worker_${i}.py`,
      `def widget_worker_${i}():\n    """A widget worker, number ${i}."""\n    return ${i}\n`,
    ]),
  ),
};
