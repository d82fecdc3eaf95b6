import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ModelFacts } from '../../src/cli/models/facts.ts';
import { tinyDims, tinyOnnx, tinyTokenizer } from '../../src/models/external/tiny.testing.ts';
import { Hub, modelFiles } from '../../src/models/library/hub.testing.ts';
import { Scratch } from '../support/scratch.ts';

/** Runs `quarry models` as a process, against a hub on this machine. */

const main = resolve(import.meta.dirname, '../../src/cli/main.ts');
const scratch = new Scratch();
const kept = join(scratch.directory, 'models');
/** A tokenizer that knows the words of the check. */
const tokenizer = JSON.stringify(tinyTokenizer(['a', 'from', 'string', 'socket', 'connection', 'function']));
const table = tinyOnnx({ rows: 20 });
let hub: Hub;

beforeAll(async () => {
  hub = await Hub.start(
    modelFiles({
      'tokenizer.json': tokenizer,
      'onnx/model.onnx': table,
      'onnx/model_quantized.onnx': table,
      'README.md': '---\nlicense: mit\n---\n# Some model\n\nFinds things.\n',
      '1_Pooling/config.json': { pooling_mode_mean_tokens: true, word_embedding_dimension: tinyDims },
    }),
  );
  scratch.write('mine/model.onnx', table);
  scratch.write('mine/tokenizer.json', tokenizer);
  scratch.write('broken/model.onnx', table);
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  scratch[Symbol.dispose]();
});

async function models(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const env = {
    PATH: process.env['PATH'],
    HOME: scratch.directory,
    QUARRY_MODELS_DIR: kept,
    HF_ENDPOINT: hub.endpoint,
  };
  const child = spawn(process.execPath, [main, 'models', ...args], { cwd: scratch.root, env });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

async function downloaded(): Promise<ModelFacts[]> {
  const { out, code } = await models('--json');
  expect(code).toBe(0);
  const { models: all } = JSON.parse(out) as { models: ModelFacts[] };
  return all.filter(({ source }) => source === 'downloaded');
}

test('add, list, show, check and remove', async () => {
  expect(await downloaded()).toEqual([]);
  const added = await models('add', 'some/model');
  expect(added).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^some\/model @0123456789ab: .* downloaded\n$/),
  });
  expect(added.err).toContain('--model some/model');
  const [facts] = await downloaded();
  expect(facts).toMatchObject({
    name: 'some/model',
    format: 'onnx',
    dims: tinyDims,
    speed: 'fast',
    isDefault: false,
    directory: join(kept, 'some--model@0123456789ab'),
  });
  const listed = await models('list');
  expect(listed.out).toMatch(/name +dims +size +speed +from\n/);
  expect(listed.out).toMatch(/ some\/model +4 +[\d.]+ kB +fast +downloaded @0123456789ab\n/);
  const shown = await models('show', 'some/model');
  expect(shown.out).toMatch(/dimensions +4\n/);
  expect(shown.out).toMatch(/# Some model\n\nFinds things\.\n$/);
  expect(shown.out).not.toContain('license');
  const checked = await models('check', 'some/model', '--json');
  expect(JSON.parse(checked.out)).toMatchObject({ id: 'some/model', dims: tinyDims });
  expect([0, 1]).toContain(checked.code);
  expect((await models('add', 'some/model')).out).toContain('is here already');
  expect((await models('remove', 'some/model@0123456')).out).toMatch(/^removed some\/model, /);
  expect(existsSync(facts!.directory)).toBe(false);
  const small = await models('add', 'some/model', '--quantized', '--json');
  expect(JSON.parse(small.out)).toMatchObject({ quantized: true, present: false });
  expect((await models()).out).toContain('some/model (quantized)');
  expect((await models('remove', 'some/model')).code).toBe(0);
});

test('a folder needs no adding', async () => {
  const shown = await models('show', './mine', '--json');
  expect(JSON.parse(shown.out)).toMatchObject({ source: 'folder', format: 'onnx' });
  const checked = await models('check', 'mine');
  expect(checked.out).toMatch(/opened in .*, a question .*, a unit /);
  expect(checked.out).toMatch(/cosine with fitting code -?\d\.\d{3}, with other code -?\d\.\d{3}/);
  expect(checked.err).toBe('');
  const broken = await models('show', 'broken');
  expect(broken).toMatchObject({ code: 0, out: expect.stringContaining('no tokenizer.json') });
});

test('what is stopped goes on with the same command', async () => {
  let hold = true;
  hub.before = (request, response) => {
    if (!hold || !request.url!.startsWith('/cdn/')) return false;
    response.writeHead(200, { etag: hub.etag });
    response.write(table.subarray(0, 100));
    return true;
  };
  const env = {
    PATH: process.env['PATH'],
    HOME: scratch.directory,
    QUARRY_MODELS_DIR: kept,
    HF_ENDPOINT: hub.endpoint,
  };
  const child = spawn(process.execPath, [main, 'models', 'add', 'some/model'], { cwd: scratch.root, env });
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const part = join(kept, 'some--model@0123456789ab.partial/onnx/model.onnx.part');
  while (!existsSync(part) && child.exitCode === null) await new Promise(done => setTimeout(done, 20));
  await new Promise(done => setTimeout(done, 200));
  child.kill('SIGINT');
  const [code] = (await once(child, 'close')) as [number | null];
  expect(code).toBe(130);
  expect(err).toContain('the same command goes on from there');
  expect(await downloaded()).toEqual([]);
  hold = false;
  hub.seen.length = 0;
  expect((await models('add', 'some/model')).code).toBe(0);
  expect(hub.seen.at(-1)).toMatchObject({ range: 'bytes=100-' });
  expect(readdirSync(kept).filter(name => name.endsWith('.partial'))).toEqual([]);
  await models('remove', 'some/model');
});

test('what cannot be done is said in one line', async () => {
  const cases: Array<[string[], RegExp]> = [
    [['lst'], /^quarry: models: unknown "lst"\n {2}did you mean list\?/],
    [['add'], /^quarry: models add needs a name/],
    [['add', './mine'], /names no model\n.*a folder needs no adding/],
    [['add', 'some/other'], /^quarry: there is no model some\/other at http/],
    [['show', 'far/away'], /there is no model "far\/away" here\n {2}get it: quarry models add far\/away\n$/],
    [['check', './nowhere'], /no such folder: \.\/nowhere/],
    [['check', 'broken'], /no tokenizer\.json/],
    [['remove', './mine'], /there is no model "\.\/mine" here/],
  ];
  for (const [args, message] of cases) {
    const { code, err } = await models(...args);
    expect(err, args.join(' ')).toMatch(message);
    expect(code).toBe(2);
  }
});
