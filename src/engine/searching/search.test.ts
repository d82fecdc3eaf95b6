import { symlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scratch } from '../../../test/support/scratch.ts';
import { openIndex } from '../../library.ts';
import type { CodeIndex } from '../code-index.ts';

const files: Record<string, string> = {
  'src/client.ts': `import { retry } from './retry';

/** Sends requests and waits for answers. */
export class Client {
  send(url: string) {
    return retry(() => fetch(url), { attempts: 3 });
  }

  close() {
    this.socket.end();
  }
}
`,
  'src/retry.ts': `/** Calls a job again until it succeeds, with exponential backoff between attempts. */
export function retry(job: () => unknown, { attempts }: { attempts: number }) {
  for (let i = 0; i < attempts; i++) {
    try {
      return job();
    } catch {
      sleep(2 ** i * 100);
    }
  }
  throw new Error('gave up');
}
`,
  'src/sleep.go': `package jobs

// Sleep waits with jitter.
func Sleep(ms int) {
	time.Sleep(ms + rand.Intn(ms))
}
`,
  'test/retry.test.ts': `import { retry } from '../src/retry';

test('retry gives up', () => {
  expect(() => retry(fail, { attempts: 2 })).toThrow('gave up');
});
`,
  'notes/[draft].md': '# Retry policy\n\nretry( is called from the client.\n',
};
const scratch = new Scratch(files);
let index: CodeIndex;

beforeAll(async () => {
  index = await openIndex(scratch.root, { indexFile: scratch.indexFile() });
  await index.update();
});
afterAll(() => {
  index.close();
  scratch[Symbol.dispose]();
});

async function places(query: string, perFile = 1): Promise<string[]> {
  const { hits } = await index.search(query, { perFile });
  return hits
    .flatMap(hit => [hit, ...hit.more])
    .map(hit => `${hit.path}:${hit.firstLine} ${hit.qualifiedName}`);
}

describe('a query', () => {
  test('of a literal has the exact places', async () => {
    const { hits, words, confidence, total } = await index.search('"gave up"');
    expect({ words, confidence, total }).toEqual({ words: '', confidence: 'high', total: 2 });
    expect(hits[0]).toMatchObject({
      path: 'src/retry.ts',
      qualifiedName: 'retry',
      matches: [{ line: 10, start: 19, end: 26 }],
    });
    expect(files['src/retry.ts']!.split('\n')[9]!.slice(19, 26)).toBe('gave up');
    expect(hits[1]!.path).toBe('test/retry.test.ts');
  });

  test('of an expression and words filters by the one and ranks by the others', async () => {
    expect(await places('/retry\\(/ lang:ts -is:test waits for answers')).toEqual([
      'src/client.ts:5 Client.send',
      'src/retry.ts:2 retry',
    ]);
    expect(await places('/retry\\(/ exponential backoff -is:test lang:ts')).toEqual([
      'src/retry.ts:2 retry',
      'src/client.ts:5 Client.send',
    ]);
  });

  test('of names finds definitions', async () => {
    expect(await places('sym:Client', 5)).toEqual(['src/client.ts:4 Client']);
    expect(await places('sym:client.s')).toEqual(['src/client.ts:5 Client.send']);
    expect(await places('kind:method -sym:send')).toEqual(['src/client.ts:9 Client.close']);
  });

  test('without a filter is taken as it was before there were any', async () => {
    const asked = 'call a job again, with backoff';
    const words = await index.search(asked, { syntax: 'words' });
    const operators = await index.search(asked);
    expect(operators.hits).toEqual(words.hits);
    expect(operators.words).toBe(asked);
  });

  test('is nothing but words where that is asked for', async () => {
    const { hits, words } = await index.search('lang:go "jitter"', { syntax: 'words' });
    expect(words).toBe('lang:go "jitter"');
    expect(hits[0]!.path).toBe('src/sleep.go');
    expect(hits[0]!.matches).toBeUndefined();
  });

  test('can be all negations', async () => {
    expect((await places('-lang:ts -lang:md')).map(place => place.split(':')[0])).toEqual(['src/sleep.go']);
  });

  test('goes together with a filter given apart', async () => {
    const { hits } = await index.search('"retry("', { filter: { paths: ['src/**'] } });
    expect(hits.map(({ path }) => path)).toEqual(['src/retry.ts', 'src/client.ts']);
  });

  test('of a file with an odd name finds it', async () => {
    expect(await places('path:"notes/[draft].md" retry')).toEqual(['notes/[draft].md:1 Retry policy']);
  });

  test('that is none says where and what to do', async () => {
    await expect(index.search('retry lnag:go')).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/column 7/),
      hint: expect.stringMatching(/lang:/),
    });
    await expect(index.search('lang:gow x')).rejects.toMatchObject({ code: 'usage' });
    await expect(index.search('/(/ x')).rejects.toMatchObject({ code: 'usage' });
  });

  test('with a stopped signal is stopped', async () => {
    await expect(index.search('"retry"', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
  });

  test('whose time for contents is over says so', async () => {
    const { notes } = await index.search('/r.*y/', { contentBudgetMs: 0 });
    expect(notes.join()).toMatch(/not (?:all|looked)/);
  });
});

test.each(['"password"', '/passw\\w+/'])(
  'a folder that has become a link to elsewhere is not looked through: %s',
  async query => {
    using tree = new Scratch({ 'inner/a.ts': 'export const password = 1;\n', 'b.ts': 'export {};\n' });
    using elsewhere = new Scratch({ 'a.ts': 'export const password = "hunter2";\n' });
    using own = await openIndex(tree.root, { indexFile: tree.indexFile() });
    await own.update();
    expect((await own.search(query)).hits).toHaveLength(1);
    tree.remove('inner');
    symlinkSync(elsewhere.root, tree.path('inner'));
    const { hits, notes } = await own.search(query);
    expect(hits).toEqual([]);
    expect(notes.join()).toMatch(/1 file could not be read/);
  },
);

describe('related code', () => {
  test('is other code that says the same', async () => {
    const { hits } = await index.related('src/sleep.go', 5);
    expect(hits.map(({ path }) => path)).not.toContain('src/sleep.go');
    expect(hits[0]!.path).toBe('src/retry.ts');
  });

  test('needs a line that is there', async () => {
    await expect(index.related('src/gone.ts', 1)).rejects.toMatchObject({ code: 'not-found' });
    await expect(index.related('../secret', 1)).rejects.toMatchObject({ code: 'not-found' });
    await expect(index.related('src/retry.ts', 99)).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('symbols', () => {
  test('have definitions and references', async () => {
    const { definitions, references, truncated } = await index.symbols('retry', { find: 'both' });
    expect(definitions.map(({ path, firstLine }) => `${path}:${firstLine}`)).toEqual(['src/retry.ts:2']);
    expect(references.map(({ path, line, symbol }) => `${path}:${line} ${symbol}`)).toEqual([
      'notes/[draft].md:3 Retry policy',
      'src/client.ts:1 ',
      'src/client.ts:6 Client.send',
      'test/retry.test.ts:1 ',
      'test/retry.test.ts:3 ',
      'test/retry.test.ts:4 ',
    ]);
    expect(truncated).toBe(false);
  });

  test('are found in other case, and by a part, where nothing is exact', async () => {
    expect((await index.symbols('CLIENT')).definitions.map(hit => hit.name)).toEqual(['Client']);
    expect((await index.symbols('Client.send')).definitions.map(hit => hit.qualifiedName)).toEqual([
      'Client.send',
    ]);
    expect((await index.symbols('clos')).definitions.map(hit => hit.name)).toEqual(['close']);
    expect((await index.symbols('nothingLikeIt')).definitions).toEqual([]);
    await expect(index.symbols('  ')).rejects.toMatchObject({ code: 'usage' });
  });

  test('stop at a limit and say so', async () => {
    const { references, truncated } = await index.symbols('retry', { find: 'references', limit: 2 });
    expect(references).toHaveLength(2);
    expect(truncated).toBe(true);
  });
});
