import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Folder } from '../external/tiny.testing.ts';
import { findKnown, knownModels, modelsDirectory, resolveModel } from './locate.ts';

function record(commit: string, addedAt: number, revision = 'main'): object {
  return { id: 'some/model', commit, revision, addedAt };
}

function places(folder: Folder): { packageModels: string; userModels: string; cwd: string } {
  const at = (name: string) => join(folder.path, name);
  return { packageModels: at('shipped'), userModels: at('cache'), cwd: at('work') };
}

const files = {
  'shipped/static/config.json': {},
  'shipped/transformer/config.json': {},
  'shipped/README.md': 'no model',
  'shipped/drafts/notes': 'no model',
  'cache/some--model@aaaaaaaaaaaa/quarry-model.json': record('aaaaaaaaaaaa1', 1, 'v1'),
  'cache/some--model@bbbbbbbbbbbb/quarry-model.json': record('bbbbbbbbbbbb1', 2),
  'cache/some--model@cccccccccccc.partial/quarry-model.json': record('cccccccccccc1', 3),
  'cache/.sums/x': '',
  'work/static/config.json': {},
  'work/some/model/config.json': {},
  'work/mine/model.onnx': '',
  'work/run/recipe.json': {},
  'work/run/model/config.json': {},
  'work/begun/recipe.json': {},
};

test('names are shipped models, then downloaded ones, then folders', () => {
  using folder = new Folder(files);
  const where = places(folder);
  expect(knownModels(where).map(({ name, source }) => `${source} ${name}`)).toEqual([
    'shipped static',
    'shipped transformer',
    'downloaded some/model',
    'downloaded some/model',
  ]);
  const cases: Array<[string, string]> = [
    ['static', 'shipped/static'],
    ['./static', 'work/static'],
    ['some/model', 'cache/some--model@bbbbbbbbbbbb'],
    ['some/model@v1', 'cache/some--model@aaaaaaaaaaaa'],
    ['some/model@aaaaaa', 'cache/some--model@aaaaaaaaaaaa'],
    ['./some/model', 'work/some/model'],
    ['mine', 'work/mine'],
    ['run', 'work/run/model'],
    ['./begun', 'work/begun'],
    ['../work/mine', 'work/mine'],
    [join(folder.path, 'work/mine'), 'work/mine'],
    ['.', 'work'],
  ];
  for (const [name, wanted] of cases) expect(resolveModel(name, where), name).toBe(join(folder.path, wanted));
  expect(findKnown('mine', where)).toBeUndefined();
});

test('what is not there is named, with the nearest one or how to get it', () => {
  using folder = new Folder(files);
  const where = places(folder);
  const cases: Array<[string, RegExp, RegExp | undefined]> = [
    ['statik', /there is no model "statik" here/, /did you mean static\?/],
    ['other', /no model "other"/, /see: quarry models/],
    ['far/away', /no model "far\/away"/, /^get it: quarry models add far\/away$/],
    ['some/modell', /no model/, /did you mean some\/model\? or get it: quarry models add some\/modell/],
    ['some/model@v9', /no model/, /quarry models add some\/model@v9/],
    ['./nowhere', /no such folder: \.\/nowhere/, /check the path/],
    ['mine/model.onnx', /is a file/, /name the folder/],
  ];
  for (const [name, message, hint] of cases) {
    let error: unknown;
    try {
      resolveModel(name, where);
    } catch (thrown) {
      error = thrown;
    }
    expect(error, name).toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint!),
    });
  }
  mkdirSync(join(folder.path, 'empty'));
  expect(knownModels({ packageModels: join(folder.path, 'nowhere'), userModels: '' })).toEqual([]);
});

test('where downloaded models are kept', () => {
  expect(modelsDirectory({ QUARRY_MODELS_DIR: '/m' })).toBe('/m');
  expect(modelsDirectory({ XDG_CACHE_HOME: '/c' })).toBe(join('/c', 'quarry', 'models'));
  expect(modelsDirectory({ HOME: '/h' })).toBe(join('/h', '.cache', 'quarry', 'models'));
});
