import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { Scratch } from '../../../test/support/scratch.ts';
import type { UpdateProgress } from '../../core/progress.ts';
import { type CodeIndex, openTreeIndex } from '../code-index.ts';
import { examine, repair } from '../health/doctor.ts';
import { snapshotOf } from '../indexing/memory-index.ts';
import { indexSetup, type OpenOptions } from '../open-options.ts';
import { counted, type HashingModel, hashingSource } from './hashing-encoder.testing.ts';
import type { ModelSource } from './model.ts';
import { cacheDirectory } from './vector-cache.ts';

const files = {
  'src/http/client.ts':
    '/** Sends a request and waits for the answer. */\nexport async function sendRequest(url: string) {\n  return fetch(url);\n}\n',
  'src/cache.py':
    'class LruCache:\n    """Forgets the oldest entry first."""\n\n    def evict(self):\n        self.entries.popitem(last=False)\n',
  'src/shapes.go': 'package shapes\n\nfunc Area(w, h int) int {\n\treturn w * h\n}\n',
  'docs/guide.md': '# Guide\n\nHow to warm things before the first visit.\n',
};
const synonyms = ['evict expel', 'area surface', 'fetch download'];

function modelIn(scratch: Scratch, model: HashingModel): ModelSource {
  const directory = join(scratch.directory, `model-${model.name}`);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'model.json'), JSON.stringify(model));
  return hashingSource(directory);
}

function open(
  scratch: Scratch,
  indexFile: string,
  model: ModelSource | undefined,
  options: OpenOptions = {},
): CodeIndex {
  const setup = { ...indexSetup({ ...options, model: false }, process.env), model };
  return openTreeIndex(scratch.root, { indexFile, workers: 2, ...options }, setup);
}

async function first(index: CodeIndex, query: string): Promise<string | undefined> {
  return (await index.search(query, { limit: 1 })).hits[0]?.path;
}

function cacheFiles(scratch: Scratch): string[] {
  const directory = cacheDirectory(scratch.directory);
  return existsSync(directory) ? readdirSync(directory).filter(name => name.endsWith('.sqlite')) : [];
}

/** Generation, coverage and the hits by meaning, which must be those of an index made in one go. */
async function answers(index: CodeIndex): Promise<unknown> {
  const found = [];
  for (const query of ['expel', 'surface', 'download', 'visit']) {
    const { hits, dense } = await index.search(query, { mode: 'dense' });
    found.push({ dense, hits: hits.map(({ path, name, score }) => [path, name, score.toFixed(4)]) });
  }
  return found;
}

describe('an index with a model', () => {
  test('finds by meaning what has none of the words, and says so', async () => {
    using scratch = new Scratch(files);
    const source = modelIn(scratch, { name: 'a', synonyms });
    const index = open(scratch, scratch.indexFile(), source);
    const report = await index.update();
    // Workers have encoded what they read.
    expect(report).toMatchObject({ aborted: false, encoded: 0, notes: [] });
    const result = await index.search('expel', { perFile: 3 });
    expect(result.hits[0]).toMatchObject({ path: 'src/cache.py', qualifiedName: 'LruCache.evict' });
    expect(result.unknownWords).toEqual(['expel']);
    expect(result.dense).toMatchObject({ used: true });
    expect(result.dense.encodedUnits).toBe(result.dense.totalUnits);
    expect(result.notes).toEqual([]);
    const status = await index.status();
    expect(status.model).toMatchObject({ id: 'a', encodedUnits: status.units, totalUnits: status.units });
    expect((await index.search('expel', { mode: 'lexical' })).hits).toEqual([]);
    const filter = { paths: ['src/http'] };
    expect((await index.search('expel', { filter })).hits.every(hit => hit.path.startsWith('src/http'))).toBe(
      true,
    );
    await expect(index.search('x', { mode: 'odd' as 'dense' })).rejects.toMatchObject({ code: 'usage' });
    // Nothing changed: nothing is written.
    const { generation } = await index.update();
    expect((await index.update()).generation).toBe(generation);
    index.close();
  });

  test('has the vectors that the same texts have in memory', async () => {
    using scratch = new Scratch(files);
    const model = { name: 'a', synonyms };
    const index = open(scratch, scratch.indexFile(), modelIn(scratch, model));
    await index.update();
    const { hashingEncoder } = await import('./hashing-encoder.testing.ts');
    const { memorySearcher } = await import('../searching/memory-searcher.ts');
    const documents = Object.entries(files).map(([path, text]) => ({ path, text }));
    expect((await snapshotOf(documents)).segments[0]!.info.vectors).toBeUndefined();
    const memory = await memorySearcher(documents, { encoder: hashingEncoder(model) });
    for (const query of ['expel', 'surface', 'download', 'visit']) {
      const paths = (hits: ReadonlyArray<{ path: string; name: string }>) => hits.map(h => [h.path, h.name]);
      const there = await memory.search(query);
      expect(paths((await index.search(query)).hits)).toEqual(paths(there.hits));
    }
    index.close();
  });

  test('made without one gets its vectors in a phase of their own', async () => {
    using scratch = new Scratch(files);
    const file = scratch.indexFile();
    const lexical = open(scratch, file, undefined);
    await lexical.update();
    expect((await lexical.status()).model).toBeUndefined();
    await expect(lexical.search('x', { mode: 'dense' })).rejects.toMatchObject({ code: 'not-found' });
    lexical.close();
    const index = open(scratch, file, modelIn(scratch, { name: 'a', synonyms }));
    const before = await index.search('expel');
    expect(before.hits).toEqual([]);
    expect(before.dense).toMatchObject({ used: false, encodedUnits: 0, reason: 'no unit is encoded yet' });
    expect(before.notes[0]).toMatch(/units are found by their words only/);
    // Words are not affected.
    expect((await index.search('forgets the oldest entry')).hits[0]!.path).toBe('src/cache.py');
    await index.update({ encode: false });
    expect((await index.status()).model).toMatchObject({ encodedUnits: 0 });
    const steps: UpdateProgress[] = [];
    const report = await index.update({ onProgress: step => steps.push(step) });
    const { units } = await index.status();
    expect(report).toMatchObject({ encoded: units, parsedBytes: 0, added: 0 });
    const encoding = steps.filter(step => step.phase === 'encode');
    expect(encoding.at(-1)).toMatchObject({ encodeDone: units, encodeTotal: units });
    expect(await first(index, 'expel')).toBe('src/cache.py');
    index.close();
  });

  test('that changes is encoded anew, and vectors of two are never mixed', async () => {
    using scratch = new Scratch(files);
    const file = scratch.indexFile();
    const a = open(scratch, file, modelIn(scratch, { name: 'a', synonyms }));
    await a.update();
    const before = await answers(a);
    const b = open(scratch, file, modelIn(scratch, { name: 'b', synonyms }));
    expect((await b.search('expel')).dense).toMatchObject({ used: false, encodedUnits: 0 });
    scratch.write('src/new.py', 'def area_of_circle(r):\n    return 3 * r * r\n');
    const { encoded } = await b.update();
    expect(encoded).toBeGreaterThan(0);
    const { dense } = await b.search('expel');
    expect(dense.encodedUnits).toBe(dense.totalUnits);
    // The old one has no vectors left, and says so.
    expect((await a.search('expel')).dense).toMatchObject({ used: false, encodedUnits: 0 });
    scratch.remove('src/new.py');
    // Going back costs no encoding: the cache has it all.
    await a.update();
    expect(await answers(a)).toEqual(before);
    expect(cacheFiles(scratch)).toHaveLength(2);
    a.close();
    b.close();
  });

  test('keeps its vectors through changed files, copies and merges', async () => {
    using scratch = new Scratch(files);
    const source = modelIn(scratch, { name: 'a', synonyms });
    const index = open(scratch, scratch.indexFile(), source);
    await index.update();
    for (let i = 0; i < 12; i++) {
      scratch.write(`src/part${i}.py`, `def part_${i}(x):\n    return evict(x, ${i})\n`);
      await index.update();
    }
    scratch.write('src/copy.go', files['src/shapes.go']);
    await index.update();
    const status = await index.status();
    expect(status.segments).toBeLessThan(9);
    expect(status.model!.encodedUnits).toBe(status.units - 1); // A copy is the same document.
    expect((await index.search('surface')).hits.map(hit => hit.path).sort()).toEqual(
      expect.arrayContaining(['src/copy.go', 'src/shapes.go']),
    );
    const fresh = open(scratch, scratch.indexFile(), source);
    await fresh.update();
    expect(await answers(index)).toEqual(await answers(fresh));
    index.close();
    fresh.close();
  });
});

describe('the cache of vectors', () => {
  test('is shared by indexes, and by trees with the same content', async () => {
    using scratch = new Scratch(files);
    using other = new Scratch(files);
    const index = open(scratch, scratch.indexFile(), modelIn(scratch, { name: 'a', synonyms }), {
      workers: 1,
    });
    await index.update();
    // The same model, but it cannot encode a unit any more.
    const silent = modelIn(scratch, { name: 'a', synonyms, noUnits: true });
    const again = open(other, scratch.indexFile(), silent, { workers: 1 });
    await again.update();
    expect(await answers(again)).toEqual(await answers(index));
    index.close();
    again.close();
  });

  test('that is broken or cannot be written is done without, with a note', async () => {
    using scratch = new Scratch(files);
    const source = modelIn(scratch, { name: 'a', synonyms });
    const index = open(scratch, scratch.indexFile(), source);
    await index.update();
    const expected = await answers(index);
    index.close();
    const cache = join(cacheDirectory(scratch.directory), cacheFiles(scratch)[0]!);
    writeFileSync(cache, 'this is no database, and no database has ever been like this. '.repeat(100));
    const second = open(scratch, scratch.indexFile(), source);
    const report = await second.update();
    expect(report.notes.join()).toMatch(/cache of vectors .* cannot be used/);
    expect(await answers(second)).toEqual(expected);
    second.close();
  });

  test('never gives rows that were changed, or that belong to other units', async () => {
    using scratch = new Scratch(files);
    const source = modelIn(scratch, { name: 'a', synonyms });
    const index = open(scratch, scratch.indexFile(), source);
    await index.update();
    const expected = await answers(index);
    index.close();
    const db = new DatabaseSync(join(cacheDirectory(scratch.directory), cacheFiles(scratch)[0]!));
    const count = Number(db.prepare('SELECT count(*) AS n FROM documents').get()!['n']);
    expect(count).toBe(4);
    db.exec('UPDATE documents SET rows = zeroblob(length(rows))');
    db.close();
    const second = open(scratch, scratch.indexFile(), source);
    await second.update();
    expect(await answers(second)).toEqual(expected);
    second.close();
  });
});

describe('encoding that is stopped', () => {
  const many = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [
      `src/f${i}.py`,
      Array.from({ length: 10 }, (_, k) => `def work_${i}_${k}(a):\n    return a + ${i * k}\n`).join('\n'),
    ]),
  );

  test('goes on from there', async () => {
    using scratch = new Scratch({ ...many, ...files });
    const file = scratch.indexFile();
    const source = modelIn(scratch, { name: 'a', synonyms, slow: 1 });
    const lexical = open(scratch, file, undefined);
    await lexical.update();
    lexical.close();
    const index = open(scratch, file, source);
    const stop = new AbortController();
    const onProgress = ({ encodeDone = 0 }: UpdateProgress) => {
      if (encodeDone > 100) stop.abort();
    };
    const report = await index.update({ signal: stop.signal, onProgress });
    expect(report.aborted).toBe(true);
    expect(report.encoded).toBeGreaterThan(0);
    const partly = await index.search('expel');
    expect(partly.dense.encodedUnits).toBe(report.encoded);
    expect(partly.dense.encodedUnits).toBeLessThan(partly.dense.totalUnits);
    expect(partly.notes[0]).toMatch(/are not encoded yet/);
    const rest = await index.update();
    expect(rest.encoded + report.encoded).toBe(partly.dense.totalUnits);
    expect(await first(index, 'expel')).toBe('src/cache.py');
    index.close();
  });

  test('in the workers loses no file', async () => {
    using scratch = new Scratch({ ...many, ...files });
    const source = modelIn(scratch, { name: 'a', synonyms, slow: 3 });
    const index = open(scratch, scratch.indexFile(), source);
    const stop = new AbortController();
    const begun = performance.now();
    setTimeout(() => stop.abort(), 900);
    const report = await index.update({ signal: stop.signal });
    expect(performance.now() - begun).toBeLessThan(5000);
    await index.update();
    const { model, units } = await index.status();
    expect(model).toMatchObject({ encodedUnits: units });
    expect(report.files).toBeLessThanOrEqual(44);
    index.close();
  });
});

test('damaged vectors are never compared; the doctor finds and drops them', async () => {
  using scratch = new Scratch(files);
  const file = scratch.indexFile();
  const source = modelIn(scratch, { name: 'a', synonyms });
  const index = open(scratch, file, source);
  await index.update();
  const expected = await answers(index);
  index.close();
  const db = new DatabaseSync(file);
  const changed = db.prepare("UPDATE pages SET data = zeroblob(length(data)) WHERE part = 'vectors'").run();
  expect(changed.changes).toBeGreaterThan(0);
  db.close();
  const damaged = open(scratch, file, source);
  await expect(damaged.search('expel')).rejects.toMatchObject({ code: 'corrupt' });
  expect((await damaged.search('entry', { mode: 'lexical' })).hits).toHaveLength(1);
  damaged.close();
  const { findings, repairable } = await examine(file, scratch.root);
  expect(findings.map(({ what }) => what).join()).toMatch(/segment \d+ is damaged: page 0 of part vectors/);
  expect(repairable).toBe(true);
  await repair(file, scratch.root);
  const mended = open(scratch, file, source);
  await mended.update();
  expect(await answers(mended)).toEqual(expected);
  mended.close();
});

describe('a process that is killed while it encodes', () => {
  const program = `
    const [root, indexFile, directory, indexing, hashing] = process.argv.slice(2);
    const { openTreeIndex } = await import(indexing);
    const { hashingSource } = await import(hashing);
    const setup = { indexDirectory: '', ignore: {}, model: hashingSource(directory), reranker: undefined };
    const index = openTreeIndex(root, { indexFile, workers: 1 }, setup);
    await index.update({ onProgress: step => process.stdout.write(step.phase + ' ' + step.encodeDone + '\\n') });
  `;

  test('leaves an index that is sound, and the cache has what was done', async () => {
    const content = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [
        `f${i}.py`,
        Array.from({ length: 20 }, (_, k) => `def work_${i}_${k}(a):\n    return a + ${i * k}\n`).join('\n'),
      ]),
    );
    using scratch = new Scratch({ ...content, ...files });
    const file = scratch.indexFile();
    const source = modelIn(scratch, { name: 'a', synonyms, slow: 2 });
    const lexical = open(scratch, file, undefined);
    await lexical.update();
    lexical.close();
    const given = [
      scratch.root,
      file,
      source.directory,
      new URL('../code-index.ts', import.meta.url).href,
      source.module!,
    ];
    // A file, because threads inherit the flags of a program that is none.
    const script = join(scratch.directory, 'child.mjs');
    writeFileSync(script, program);
    const child = spawn(process.execPath, [script, ...given], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    for await (const text of child.stdout.setEncoding('utf8')) {
      said += text;
      if (/^encode (?:[2-9]\d\d|\d{4})$/m.test(said)) child.kill('SIGKILL');
    }
    expect(said).toMatch(/^encode [2-9]\d\d$/m);
    const { findings } = await examine(file, scratch.root, { model: undefined });
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    const index = open(scratch, file, source);
    const { dense } = await index.search('expel');
    expect([0, dense.totalUnits]).toContain(dense.encodedUnits);
    // What the killed process did is read from the cache: the encoder sees the rest only.
    const before = counted.units;
    const report = await index.update();
    expect(report.encoded).toBe(dense.totalUnits - dense.encodedUnits);
    expect(counted.units - before).toBeLessThanOrEqual(report.encoded - 128);
    expect(await first(index, 'expel')).toBe('src/cache.py');
    index.close();
  });
});

describe('a model that cannot be opened', () => {
  test('for want of a runtime leaves search by words, with a note', async () => {
    using scratch = new Scratch(files);
    const index = open(scratch, scratch.indexFile(), modelIn(scratch, { name: 'a', noRuntime: true }));
    const report = await index.update();
    expect(report.notes).toEqual([expect.stringMatching(/native runtime .*; searching by words only$/)]);
    const found = await index.search('oldest entry');
    expect(found.hits[0]!.path).toBe('src/cache.py');
    expect(found.notes).toEqual(report.notes);
    expect(found.dense.used).toBe(false);
    expect((await index.status()).notes).toEqual(report.notes);
    await expect(index.search('x', { mode: 'dense' })).rejects.toMatchObject({ code: 'not-found' });
    index.close();
  });

  test('because it is damaged is an error', async () => {
    using scratch = new Scratch(files);
    const directory = join(scratch.directory, 'broken');
    mkdirSync(directory);
    const index = open(scratch, scratch.indexFile(), hashingSource(directory));
    await expect(index.update()).rejects.toMatchObject({ code: 'corrupt' });
    await index.update({ encode: false });
    await expect(index.search('entry')).rejects.toMatchObject({ code: 'corrupt' });
    expect((await index.search('entry', { mode: 'lexical' })).hits[0]!.path).toBe('src/cache.py');
    index.close();
    expect(dirname(index.indexFile)).toBe(scratch.directory);
  });
});
