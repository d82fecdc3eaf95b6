import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { markOf, sourceFile } from '../../../test/support/code.ts';
import { answerOf, contentsOf } from '../../../test/support/contents.ts';
import { Random, Scratch } from '../../../test/support/scratch.ts';
import { QuarryError } from '../../core/errors.ts';
import { openIndex } from '../../library.ts';
import { formatVersion } from '../../store/container.ts';
import { IndexStore } from '../../store/store.ts';
import { examine, repair } from './doctor.ts';

const random = new Random(4711);
const scratch = new Scratch();
const queries = [
  markOf(3, 0),
  markOf(17, 0),
  'merges the cursor',
  'read header',
  'session',
  'file f7',
  'encode records',
];
/** An index in several segments, the answers it gives, and what it holds. */
let good: string;
let answers: unknown[];
let contents: Map<string, string>;

beforeAll(async () => {
  good = scratch.indexFile();
  using index = await openIndex(scratch.root, { indexFile: good, workers: 1 });
  for (let round = 0; round < 3; round++) {
    for (let i = round * 10; i < round * 10 + 10; i++) {
      const language = random.pick(['ts', 'py', 'go', 'md'] as const);
      scratch.write(`d${i % 3}/f${i}.${language}`, sourceFile(random, language, markOf(i, 0)));
    }
    await index.update();
  }
  expect((await index.status()).segments).toBe(3);
  answers = await answersOf(good);
  contents = contentsOf(good);
  index.close();
});
afterAll(() => scratch[Symbol.dispose]());

async function answersOf(indexFile: string): Promise<unknown[]> {
  using index = await openIndex(scratch.root, { indexFile, create: false });
  const found: unknown[] = [];
  for (const query of queries) found.push(answerOf(await index.search(query, { limit: 50, perFile: 3 })));
  return found;
}

/** A copy of the good index to be damaged. */
function copy(): string {
  const file = scratch.indexFile();
  copyFileSync(good, file);
  return file;
}

function sql(file: string, statement: string, ...values: Array<string | number | Uint8Array>): void {
  const db = new DatabaseSync(file);
  try {
    db.prepare(statement).run(...values);
  } finally {
    db.close();
  }
}

/** Every search of a damaged index gives what the whole index gives, or says that it cannot. */
async function searchAll(file: string, note: string): Promise<'right' | 'refused'> {
  let index: Awaited<ReturnType<typeof openIndex>> | undefined;
  let refused = false;
  try {
    index = await openIndex(scratch.root, { indexFile: file, create: false });
  } catch (error) {
    expect(error, note).toBeInstanceOf(QuarryError);
    return 'refused';
  }
  try {
    for (const [i, query] of queries.entries()) {
      try {
        expect(answerOf(await index.search(query, { limit: 50, perFile: 3 })), note).toEqual(answers[i]);
      } catch (error) {
        if (!(error instanceof QuarryError)) throw error;
        expect(error.code, note).toBe('corrupt');
        expect(error.hint, note).toContain('quarry doctor');
        refused = true;
      }
    }
    try {
      expect((await index.status()).files, note).toBe(30);
    } catch (error) {
      expect(error, note).toBeInstanceOf(QuarryError);
    }
  } finally {
    index.close();
  }
  return refused ? 'refused' : 'right';
}

/** After a repair and an update, an index is what it was before the damage. */
async function heal(file: string, note: string): Promise<{ done: string[]; parsedBytes: number }> {
  const { done } = await repair(file, scratch.root);
  using index = await openIndex(scratch.root, { indexFile: file, workers: 1 });
  const { parsedBytes } = await index.update();
  expect(contentsOf(file), note).toEqual(contents);
  const after = await examine(file, scratch.root);
  expect(
    after.findings.filter(finding => finding.severity !== 'ok'),
    note,
  ).toEqual([]);
  expect(after.repairable, note).toBe(false);
  return { done, parsedBytes };
}

async function problemsOf(file: string): Promise<string[]> {
  const { findings, repairable } = await examine(file, scratch.root);
  expect(repairable).toBe(findings.some(finding => finding.repair !== undefined));
  for (const { what, repair: cure } of findings)
    expect(`${what}${cure ?? ''}`).not.toMatch(/\n|undefined|NaN/);
  return findings.filter(finding => finding.severity === 'error').map(finding => finding.what);
}

describe('a sound index', () => {
  test('has nothing to repair, and repairing it changes nothing', async () => {
    const file = copy();
    const { findings, repairable } = await examine(file, scratch.root);
    expect(findings.map(finding => finding.severity)).toEqual(findings.map(() => 'ok'));
    expect(findings.length).toBeGreaterThanOrEqual(4);
    expect(repairable).toBe(false);
    const before = readFileSync(file);
    expect(await repair(file, scratch.root)).toEqual({ done: [] });
    expect(await answersOf(file)).toEqual(answers);
    expect(statSync(file).size).toBe(before.length);
  });

  test('examining stops when the signal fires', async () => {
    const signal = AbortSignal.abort();
    await expect(examine(good, scratch.root, { signal })).rejects.toMatchObject({ code: 'aborted' });
  });

  test('is not repaired while another process writes to it', async () => {
    const file = copy();
    const insert = 'INSERT INTO writer (id, pid, host, started, since, beat) VALUES (1, 1, ?, ?, ?, ?)';
    sql(file, insert, 'another-machine.example.org', '', Date.now(), Date.now());
    await expect(repair(file, scratch.root)).rejects.toMatchObject({ code: 'busy' });
    const { findings } = await examine(file, scratch.root);
    expect(findings.map(finding => finding.what)).toContain('process 1 is updating the index');
  });
});

describe('damaged pages', () => {
  const parts = ['dictionary', 'postings', 'windows', 'documents', 'records', 'imports', 'trigrams'];

  test.each(parts)('a flipped byte in %s', async part => {
    const file = copy();
    const db = new DatabaseSync(file);
    const { data } = db.prepare('SELECT data FROM pages WHERE segment = 2 AND part = ?').get(part) as {
      data: Uint8Array;
    };
    data[random.below(data.length)]! ^= 1 << random.below(8);
    db.prepare('UPDATE pages SET data = ? WHERE segment = 2 AND part = ?').run(data, part);
    db.close();
    await searchAll(file, part);
    const { findings } = await examine(file, scratch.root);
    const found = findings.filter(finding => finding.severity === 'error');
    expect(found).toEqual([
      {
        severity: 'error',
        what: expect.stringContaining('segment 2 is damaged'),
        repair: 'drop segment 2 and its 10 files: they are read again at the next update',
      },
    ]);
    const { done, parsedBytes } = await heal(file, part);
    expect(done).toEqual([found[0]!.repair]);
    const second = [...contents.keys()].filter(path => /f1\d\./.test(path));
    expect(parsedBytes).toBe(second.reduce((sum, path) => sum + statSync(scratch.path(path)).size, 0));
  });

  test.each(parts)('a missing page of %s', async part => {
    const file = copy();
    sql(file, 'DELETE FROM pages WHERE segment = 3 AND part = ?', part);
    await searchAll(file, part);
    expect(await problemsOf(file)).toEqual([expect.stringContaining(`part ${part} of segment 3 is missing`)]);
    await heal(file, part);
  });

  test('pages in each other’s place', async () => {
    const file = copy();
    sql(file, "UPDATE pages SET segment = 99 WHERE segment = 1 AND part = 'postings'");
    sql(file, "UPDATE pages SET segment = 1 WHERE segment = 2 AND part = 'postings'");
    sql(file, "UPDATE pages SET segment = 2 WHERE segment = 99 AND part = 'postings'");
    expect(await searchAll(file, 'swapped')).toBe('refused');
    expect((await problemsOf(file)).length).toBe(2);
    await heal(file, 'swapped');
  });

  test('a page that lost its end', async () => {
    const file = copy();
    sql(file, "UPDATE pages SET data = substr(data, 1, 20) WHERE segment = 1 AND part = 'dictionary'");
    await searchAll(file, 'short');
    expect(await problemsOf(file)).toEqual([expect.stringContaining('segment 1 is damaged')]);
    await heal(file, 'short');
  });

  test('a page that is no blob any more', async () => {
    const file = copy();
    sql(file, "UPDATE pages SET data = 'text' WHERE segment = 1 AND part = 'windows'");
    await searchAll(file, 'text');
    await heal(file, 'text');
  });
});

describe('damaged tables', () => {
  test('the catalog', async () => {
    const file = copy();
    sql(file, "UPDATE pages SET data = zeroblob(length(data)) WHERE part = 'catalog'");
    expect(await searchAll(file, 'catalog')).toBe('refused');
    expect(await problemsOf(file)).toEqual([expect.stringContaining('the catalog cannot be read')]);
    // The segments are all there: every file finds its document again.
    expect((await heal(file, 'catalog')).parsedBytes).toBe(0);
  });

  test('no catalog', async () => {
    const file = copy();
    sql(file, "DELETE FROM pages WHERE part = 'catalog'");
    expect(await searchAll(file, 'catalog')).toBe('refused');
    expect((await heal(file, 'catalog')).parsedBytes).toBe(0);
  });

  test.each(['dictionary', 'postings'])('the %s of the paths', async part => {
    for (const damage of [
      'UPDATE pages SET data = zeroblob(8) WHERE part = ?',
      'DELETE FROM pages WHERE part = ?',
    ]) {
      const file = copy();
      sql(file, damage, `path ${part}`);
      expect(await searchAll(file, part)).toBe('refused');
      expect(await problemsOf(file)).toEqual([
        expect.stringContaining('the index over the paths is damaged'),
      ]);
      expect(await heal(file, part)).toEqual({
        done: ['make the index over the paths again'],
        parsedBytes: 0,
      });
      expect(await answersOf(file)).toEqual(answers);
    }
  });

  test('a catalog of another generation', async () => {
    const file = copy();
    const store = IndexStore.open(file, { create: false });
    const catalog = store.read(view => view.catalog());
    catalog.files[4]!.document = 1000;
    catalog.files[5]!.segment = 77;
    store.commit({ catalog: () => catalog });
    store.close();
    expect(await searchAll(file, 'catalog')).toBe('refused');
    expect(await problemsOf(file)).toEqual([
      expect.stringContaining('2 files of the catalog have no content'),
    ]);
    expect((await heal(file, 'catalog')).parsedBytes).toBe(0);
  });

  test('a catalog out of order', async () => {
    const file = copy();
    const store = IndexStore.open(file, { create: false });
    const catalog = store.read(view => view.catalog());
    catalog.files.reverse();
    store.commit({ catalog: () => catalog });
    store.close();
    expect(await problemsOf(file)).toEqual([expect.stringContaining('the catalog cannot be read')]);
    await heal(file, 'catalog');
  });

  test('a segment without its row: what it left behind is found', async () => {
    const file = copy();
    sql(file, 'DELETE FROM segments WHERE id = 1');
    expect(await searchAll(file, 'row')).toBe('refused');
    const { findings } = await examine(file, scratch.root);
    expect(findings.map(finding => finding.what)).toContain('1 segment left pages behind');
    expect((await heal(file, 'row')).done).toHaveLength(2);
    const db = new DatabaseSync(file);
    expect(db.prepare('SELECT count(*) AS n FROM pages WHERE segment = 1').get()).toEqual({ n: 0 });
    db.close();
  });

  test.each(['not json', '{}', 'null', '{"documents":10,"windows":1}'])(
    'a segment described as %s',
    async info => {
      for (const crc of [0, crc32(info)]) {
        const file = copy();
        sql(file, 'UPDATE segments SET info = ?, crc = ? WHERE id = 2', info, crc);
        expect(await searchAll(file, info)).toBe('refused');
        expect(await problemsOf(file)).toHaveLength(1);
        await heal(file, info);
      }
    },
  );

  test.each(['meta', 'segments', 'pages', 'writer'])('no table %s', async table => {
    const file = copy();
    sql(file, `DROP TABLE ${table}`);
    await searchAll(file, table);
    expect(await problemsOf(file)).not.toEqual([]);
    await heal(file, table);
  });

  test.each(['root', 'generation'])('no %s', async key => {
    const file = copy();
    sql(file, 'DELETE FROM meta WHERE key = ?', key);
    await searchAll(file, key);
    expect(await problemsOf(file)).toEqual(['the index does not say what it belongs to']);
    await heal(file, key);
  });

  test('a writer that died, and an update that was interrupted', async () => {
    const file = copy();
    const store = IndexStore.open(file, { create: false });
    const catalog = store.read(view => view.catalog());
    store.commit({ catalog: () => ({ ...catalog, complete: false }) });
    store.close();
    const insert = 'INSERT INTO writer (id, pid, host, started, since, beat) VALUES (1, 4194300, ?, ?, 0, 0)';
    sql(file, insert, 'another-machine.example.org', '');
    expect(await searchAll(file, 'writer')).toBe('right');
    const { findings } = await examine(file, scratch.root);
    expect(findings.filter(finding => finding.severity !== 'ok')).toEqual([
      { severity: 'warning', what: 'the last update was not finished: the next one goes on from there' },
      {
        severity: 'warning',
        what: 'process 4194300 was updating the index and is gone',
        repair: "free the writer's place",
      },
    ]);
    expect(await heal(file, 'writer')).toEqual({ done: ["free the writer's place"], parsedBytes: 0 });
  });

  test('a file that is mostly free space', async () => {
    const file = copy();
    sql(file, 'CREATE TABLE junk AS SELECT randomblob(30000000) AS x');
    sql(file, 'DROP TABLE junk');
    const size = statSync(file).size;
    const { findings } = await examine(file, scratch.root);
    expect(findings).toContainEqual(
      expect.objectContaining({ severity: 'warning', repair: 'give the free space back' }),
    );
    await heal(file, 'space');
    expect(statSync(file).size).toBeLessThan(size / 10);
  });
});

describe('a damaged file', () => {
  test('cut off at any point', async () => {
    const size = statSync(good).size;
    let refused = 0;
    const rounds = 30;
    for (let round = 0; round < rounds; round++) {
      const file = copy();
      const length = round === 0 ? 2 : round === 1 ? 100 : 2 + random.below(size - 2);
      truncateSync(file, length);
      const note = `cut to ${length} of ${size}`;
      if ((await searchAll(file, note)) === 'refused') refused++;
      // What was cut off may have been the unused end of the last page.
      if ((await problemsOf(file)).length === 0) expect(contentsOf(file), note).toEqual(contents);
      else if (round % 6 === 0) await heal(file, note);
    }
    expect(refused).toBeGreaterThan(rounds / 2);
  });

  test('overwritten anywhere', async () => {
    const bytes = readFileSync(good);
    for (let round = 0; round < 60; round++) {
      const file = copy();
      const damaged = Uint8Array.from(bytes);
      const length = 1 << random.below(12);
      const at = random.below(bytes.length - length);
      for (let i = 0; i < length; i++) damaged[at + i] = random.below(256);
      writeFileSync(file, damaged);
      const note = `${length} bytes at ${at}`;
      await searchAll(file, note);
      // What the damage hit may be free space: then nothing is wrong.
      if ((await problemsOf(file)).length > 0 && round % 8 === 0) await heal(file, note);
    }
  });

  test('overwritten at the beginning', async () => {
    for (const [from, to] of [
      [0, 16],
      [16, 24],
      [24, 100],
      [0, 100],
      [100, 2000],
    ]) {
      const file = copy();
      const bytes = readFileSync(file);
      bytes.fill(0x55, from, to);
      writeFileSync(file, bytes);
      const note = `bytes ${from} to ${to}`;
      await searchAll(file, note);
      expect(await problemsOf(file), note).not.toEqual([]);
      await heal(file, note);
    }
  });

  test('of another format', async () => {
    const file = copy();
    sql(file, `PRAGMA user_version = ${formatVersion + 7}`);
    expect(await searchAll(file, 'format')).toBe('refused');
    expect(await problemsOf(file)).toEqual([expect.stringContaining(`index format ${formatVersion + 7}`)]);
    expect((await heal(file, 'format')).done).toEqual([
      'delete the index file: the next update builds it afresh',
    ]);
  });

  test('that is not ours is left alone', async () => {
    const file = `${scratch.indexFile()}.txt`;
    const text = 'somebody’s letters, which nobody may delete. '.repeat(200);
    writeFileSync(file, text);
    const { findings, repairable } = await examine(file, scratch.root);
    expect(findings.at(-1)!.severity).toBe('error');
    expect(repairable).toBe(false);
    expect(await repair(file, scratch.root)).toEqual({ done: [] });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('that is missing or empty', async () => {
    const missing = scratch.indexFile();
    expect(await problemsOf(missing)).toEqual([]);
    expect(await repair(missing, scratch.root)).toEqual({ done: [] });
    expect(statSync(missing, { throwIfNoEntry: false })).toBeUndefined();
    const empty = scratch.indexFile();
    writeFileSync(empty, '');
    expect((await examine(empty, scratch.root)).findings.at(-1)!.what).toContain('is empty');
    expect(statSync(empty).size).toBe(0);
    await heal(empty, 'empty');
  });

  test('of another tree, and a tree that is gone', async () => {
    const file = copy();
    using other = new Scratch();
    expect((await examine(file, other.root)).findings.at(-1)!.what).toContain('the index belongs to');
    await repair(file, other.root);
    expect(await answersOf(file)).toEqual(answers);
    const { findings } = await examine(file, `${scratch.root}/gone`);
    expect(findings[0]).toMatchObject({ severity: 'error', what: expect.stringContaining('is gone') });
  });
});
