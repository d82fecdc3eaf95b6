import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { Scratch } from '../../../test/support/scratch.ts';
import { corpusHost } from '../../cli/corpus/host.ts';
import { type BuildOptions, buildCorpus } from './build.ts';
import { checkCorpus } from './check.ts';
import { readCorpus, readCorpusInfo } from './corpus.ts';
import { evaluationSets } from './decontaminate.ts';
import { evaluationRepositories } from './evaluation-repositories.ts';
import { parseManifest } from './manifest.ts';

const scratch = new Scratch();
afterAll(() => scratch[Symbol.dispose]());

const verbs = ['merge', 'split', 'count', 'reverse', 'escape', 'rotate', 'compress', 'encode'];
const nouns = ['runs', 'paths', 'headers', 'colours'];

/** Functions that share neither words nor structure beyond a line. */
function source(owner: number): string {
  return nouns
    .map((noun, i) => {
      const verb = verbs[(owner * 2 + i) % verbs.length]!;
      const lines = Array.from(
        { length: 8 },
        (_, j) => `    ${verb}_${noun}_${j} = ${verb}(${noun}${owner}, ${j + i})`,
      );
      return `def ${verb}_${noun}_${owner}(n):\n    """${verb} the ${noun} of owner number ${owner} carefully."""\n${lines.join('\n')}\n    return n\n`;
    })
    .join('\n');
}

for (const owner of [0, 1, 2]) scratch.write(`sources/o/r${owner}/src/a.py`, source(owner));
const planted = source(1)
  .split('\n\n')[0]!
  .split('\n')
  .filter(line => !line.includes('"""'))
  .join('\n');
const row = (fields: object) => `${JSON.stringify(fields)}\n`;
scratch.write(
  'data/thirty_seconds/pairs.jsonl.gz',
  gzipSync(
    row({
      id: 'a',
      lang: 'python',
      query: 'something else entirely',
      code: planted.replaceAll(' = ', '  =  '),
      split: 'all',
    }) +
      row({
        id: 'b',
        lang: 'python',
        query: 'count the headers of owner number 0, carefully!',
        code: 'x = 1',
        split: 'all',
      }),
  ),
);
scratch.write('data/repo-queries/EVAL-REPOS.txt', 'psf/requests\n');
const data = scratch.path('data');

async function options(out: string, more: Partial<BuildOptions> = {}): Promise<BuildOptions> {
  const sources = ['o/r0', 'o/r1', 'o/r2'].map(name => ({ name, licence: 'MIT' }));
  const list = [
    ...sources,
    { name: 'psf/requests', licence: 'Apache-2.0' },
    { name: 'o/absent', licence: 'MIT' },
  ];
  return {
    manifest: parseManifest(JSON.stringify({ sources: list }), 'm.json'),
    sources: scratch.path('sources'),
    out: scratch.path(out),
    host: corpusHost,
    code: 'c',
    seed: 1,
    commits: 0,
    decontaminator: await evaluationSets(data, corpusHost),
    repositories: evaluationRepositories(data),
    ...more,
  };
}

function bytesOf(out: string): Record<string, string> {
  const files = readdirSync(scratch.path(out), { recursive: true, withFileTypes: true }).filter(entry =>
    entry.isFile(),
  );
  return Object.fromEntries(
    files.map(file => {
      const path = join(file.parentPath, file.name);
      return [path.slice(scratch.path(out).length), readFileSync(path).toString('base64')];
    }),
  );
}

test('a planted pair is removed and reported, evaluation repositories are refused', async () => {
  const info = await buildCorpus(await options('one'));
  expect(info.refused).toEqual([
    { name: 'psf/requests', reason: 'psf/requests is an evaluation repository (EVAL-REPOS.txt)' },
  ]);
  expect(info.missing).toEqual(['o/absent']);
  expect(info.removed).toEqual({ 'in an evaluation set': 2 });
  const set = info.decontamination!.sets.find(one => one.set === '30-seconds all')!;
  expect(set).toMatchObject({ codes: 2, queries: 2, removed: { code: 1, nearCode: 0, query: 1 } });
  expect(info.pairs).toBe(10);
  const names = (await Array.fromAsync(readCorpus(scratch.path('one')))).map(pair => pair.name);
  expect(names).not.toContain('count_paths_1');
  expect(names.length).toBe(10);
});

test('nearly equal code of an evaluation set is removed too', async () => {
  const against = await options('near');
  const near = `${planted}\n# the end`;
  expect(against.decontaminator!.check({ query: 'nothing of this', code: near })).toEqual({
    set: '30-seconds all',
    by: 'nearCode',
  });
  expect(against.decontaminator!.check({ query: 'nothing of this', code: source(2) })).toBeUndefined();
});

test('a build that was stopped goes on and gives the same bytes', async () => {
  const stop = new AbortController();
  const seen: string[] = [];
  const halted = await options('two', {
    signal: stop.signal,
    onProgress: ({ source: name, done, files }) => {
      seen.push(name);
      if (done === 1 && files === 0) stop.abort();
    },
  });
  await expect(buildCorpus(halted)).rejects.toMatchObject({ code: 'aborted' });
  expect(() => readCorpusInfo(scratch.path('two'))).toThrow('no corpus');
  expect(readdirSync(scratch.path('two/mined')).length).toBe(2);
  const mined: string[] = [];
  await buildCorpus(
    await options('two', {
      onProgress: ({ source: name, phase, files }) => phase === 'mine' && files > 0 && mined.push(name),
    }),
  );
  expect(new Set(mined)).toEqual(new Set(['o/r1', 'o/r2']));
  expect(bytesOf('two')).toEqual(bytesOf('one'));
});

test('a source that changed is mined again, the others are not', async () => {
  await buildCorpus(await options('three'));
  scratch.write('sources/o/r2/src/b.py', source(7));
  const mined = new Set<string>();
  const info = await buildCorpus(
    await options('three', {
      onProgress: ({ source: name, phase, files }) => void (phase === 'mine' && files > 0 && mined.add(name)),
    }),
  );
  expect([...mined]).toEqual(['o/r2']);
  expect(info.pairs).toBe(14);
  expect(readdirSync(scratch.path('three/mined')).length).toBe(6);
  scratch.remove('sources/o/r2/src/b.py');
});

test('a build of some sources leaves what was mined of the others', async () => {
  await buildCorpus(await options('seven'));
  const before = readdirSync(scratch.path('seven/mined')).sort();
  const manifest = parseManifest(JSON.stringify({ sources: [{ name: 'o/r0', licence: 'MIT' }] }), 'm.json');
  await buildCorpus(await options('seven', { manifest }));
  expect(readdirSync(scratch.path('seven/mined')).sort()).toEqual(before);
});

test('pairs are read by split, language and kind; repositories are in one split', async () => {
  const entries = [
    { name: 'o/r0', licence: 'MIT', split: 'valid' },
    { name: 'o/r1', licence: 'MIT', split: 'train' },
  ];
  const manifest = parseManifest(JSON.stringify({ sources: entries }), 'm.json');
  await buildCorpus(await options('four', { manifest, limit: 2 }));
  const directory = scratch.path('four');
  const valid = await Array.fromAsync(readCorpus(directory, { split: 'valid' }));
  expect(valid.every(pair => pair.repository === 'o/r0' && pair.split === 'valid')).toBe(true);
  expect(valid.length).toBeGreaterThan(0);
  expect(valid.length).toBeLessThanOrEqual(2);
  expect(await Array.fromAsync(readCorpus(directory, { languages: ['go'] }))).toEqual([]);
  expect(await Array.fromAsync(readCorpus(directory, { kinds: ['test'] }))).toEqual([]);
  const all = await Array.fromAsync(readCorpus(directory, { kinds: ['doc'], languages: ['python'] }));
  expect(all.length).toBe(readCorpusInfo(directory).pairs);
});

test('a check finds nothing in a sound corpus, and what was changed or planted', async () => {
  const { decontaminator, repositories, ...careless } = await options('five');
  await buildCorpus(careless);
  const directory = scratch.path('five');
  expect((await checkCorpus(directory)).findings).toEqual([]);
  const found = await checkCorpus(directory, {
    decontaminator: decontaminator!,
    repositories: repositories!,
  });
  expect(found.findings.length).toBe(2);
  expect(found.findings.join()).toContain('code of 30-seconds all');
  const [shard] = readCorpusInfo(directory).shards;
  const file = join(directory, shard!.file);
  writeFileSync(file, gzipSync(gunzipSync(readFileSync(file)).toString().replace('merge', 'Merge')));
  expect((await checkCorpus(directory)).findings.join()).toContain('was changed since it was written');
  await expect(Array.fromAsync(readCorpus(directory))).rejects.toMatchObject({ code: 'corrupt' });
});

test('without any source there is a clear error', async () => {
  const manifest = parseManifest(
    JSON.stringify({ sources: [{ name: 'o/absent', licence: 'MIT' }] }),
    'm.json',
  );
  await expect(buildCorpus(await options('six', { manifest }))).rejects.toThrow(
    'none of the 1 sources can be used',
  );
});
