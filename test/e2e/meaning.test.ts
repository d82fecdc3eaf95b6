import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tensors, tinyTokenizer } from '../../src/models/external/tiny.testing.ts';
import { Scratch } from '../support/scratch.ts';

/** Search by meaning through the command line, with a static model of a few words in which some mean the same. */

const main = resolve(import.meta.dirname, '../../src/cli/main.ts');
const words = [
  'evict',
  'expel',
  'oldest',
  'send',
  'transmit',
  'request',
  'width',
  'height',
  'area',
  'surface',
];
const same: Record<string, string> = { expel: 'evict', transmit: 'send', surface: 'area' };
const dims = 32;

let scratch: Scratch;
let model: string;

beforeAll(() => {
  scratch = new Scratch({
    'src/cache.py':
      'class Cache:\n    def evict(self):\n        """The oldest entry first."""\n        self.x.pop()\n',
    'src/http.py': 'def send(url):\n    """Send a request."""\n    return url\n',
    'src/shape.py': 'def area(width, height):\n    return width * height\n',
    'docs/notes.md': '# Notes\n\nHow we count the height of a tower.\n',
  });
  model = join(scratch.directory, 'model');
  mkdirSync(model);
  const plain = tinyTokenizer(words) as { model: { vocab: Record<string, number> } };
  const { vocab } = plain.model;
  const rows = new Float32Array(Object.keys(vocab).length * dims);
  for (const [word, id] of Object.entries(vocab)) {
    const meant = vocab[same[word] ?? word]!;
    for (let i = 0; i < dims; i++) rows[id * dims + i] = Math.sin(meant * 12.9898 + i * 78.233 + meant * i);
  }
  const bytes = new Uint8Array(rows.buffer);
  const shape = [rows.length / dims, dims];
  writeFileSync(join(model, 'tokenizer.json'), JSON.stringify(plain));
  writeFileSync(join(model, 'model.safetensors'), tensors({ embeddings: { dtype: 'F32', shape, bytes } }));
  writeFileSync(join(model, 'config.json'), JSON.stringify({ model_type: 'model2vec', normalize: true }));
});
afterAll(() => scratch[Symbol.dispose]());

function quarry(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  return new Promise(done => {
    execFile(
      process.execPath,
      [main, ...args],
      {
        cwd: scratch.root,
        env: {
          PATH: process.env['PATH'],
          HOME: scratch.directory,
          QUARRY_INDEX_DIR: join(scratch.directory, 'indexes'),
          QUARRY_THREADS: '1',
          ...env,
        },
      },
      (error, out, err) => done({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

test('a word that is nowhere finds what means the same; words only find nothing', async () => {
  const found = await quarry(['expel', '--model', model, '-l', '-k', '1']);
  expect(found).toMatchObject({ code: 0, out: 'src/cache.py\n' });
  expect((await quarry(['expel', '--model', model])).err).toMatch(/not found anywhere: expel/);
  for (const flags of [
    ['--model', 'none'],
    ['--mode', 'lexical', '--model', model],
  ])
    expect(await quarry(['expel', ...flags])).toMatchObject({ code: 1, out: '' });
  const dense = await quarry(['transmit', '--mode=dense', '-l', '-k1'], { QUARRY_MODEL: model });
  expect(dense).toMatchObject({ code: 0, out: 'src/http.py\n' });
  const json = JSON.parse((await quarry(['surface', '--json', '--model', model])).out);
  expect(json.dense).toMatchObject({ used: true });
  expect(json.results[0].signals.map((signal: { name: string }) => signal.name)).toContain('meaning');
});

test('status and doctor know the model', async () => {
  const status = await quarry(['status', '--model', model]);
  expect(status.out).toMatch(/^model +\S+ \([0-9a-f]{12}\), all units encoded$/m);
  expect((await quarry(['status', '--model', 'none'])).out).toMatch(/^model +none/m);
  const sound = await quarry(['doctor', '--model', model]);
  expect(sound.code).toBe(0);
  expect(sound.out).toMatch(/ok +the model .* encodes/);
  expect(sound.out).toMatch(/ok +the cache of vectors is sound \(1\)/);
});

test('a model that is not there, a mode that is none, and a damaged model are one line', async () => {
  const missing = await quarry(['area', '--model', './nowhere']);
  expect(missing).toMatchObject({ code: 2, out: '' });
  expect(missing.err).toMatch(/nowhere/);
  expect((await quarry(['area', '--mode', 'dens'])).err).toMatch(/did you mean dense/);
  expect((await quarry(['area', '--mode', 'dense', '--model', 'none'])).code).toBe(2);
  const broken = join(scratch.directory, 'broken');
  mkdirSync(broken);
  writeFileSync(join(broken, 'model.safetensors'), 'x');
  writeFileSync(join(broken, 'tokenizer.json'), '{}');
  const damaged = await quarry(['area', '--model', broken]);
  expect(damaged).toMatchObject({ code: 2, out: '' });
  expect(damaged.err.trim().split('\n').length).toBeLessThanOrEqual(2);
  expect((await quarry(['doctor', '--model', broken])).code).toBe(1);
});

test('a project may not choose the model', async () => {
  scratch.write('quarry.config.json', '{ "model": "./model" }');
  const { code, err } = await quarry(['area']);
  scratch.remove('quarry.config.json');
  expect(code).toBe(2);
  expect(err).toMatch(/model is the user's choice/);
});

test('a broken cache is found and mended, and clear --all takes it away', async () => {
  const caches = join(scratch.directory, 'indexes', 'embeddings');
  const [name] = readdirSync(caches).filter(file => file.endsWith('.sqlite'));
  for (const file of readdirSync(caches)) writeFileSync(join(caches, file), 'no database at all '.repeat(99));
  const found = await quarry(['doctor', '--model', model]);
  expect(found.code).toBe(1);
  expect(found.out).toMatch(/the cache of vectors .* is damaged/);
  expect((await quarry(['doctor', '--repair', '--model', model])).code).toBe(0);
  expect(readdirSync(caches)).not.toContain(name);
  await quarry(['index', '--force', '--model', model]);
  expect(readdirSync(caches)).toContain(name);
  const cleared = await quarry(['clear', '--all']);
  expect(cleared.out).toMatch(/embeddings/);
  expect(readdirSync(caches).filter(file => file.endsWith('.sqlite'))).toEqual([]);
});
