import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openExternalEncoder } from '../external/open.ts';
import { Folder, tinyTokenizer } from '../external/tiny.testing.ts';
import { type DownloadOptions, type DownloadProgress, downloadModel } from './download.ts';
import { filesBelow, Hub, modelFiles } from './hub.testing.ts';
import { knownModels } from './locate.ts';

const big = randomBytes(300_000);

const fast = { retryMs: 1, idleMs: 5000 };
const folderName = 'some--model@0123456789ab';

test('fetches what is needed, checks it, and it opens', async () => {
  await using hub = await Hub.start(modelFiles());
  using folder = new Folder();
  const steps: DownloadProgress[] = [];
  const directory = join(folder.path, 'deep', 'models');
  const options = {
    directory,
    endpoint: `${hub.endpoint}/`,
    ...fast,
    onProgress: (step: DownloadProgress) => steps.push(step),
  };
  const found = await downloadModel('some/model', options);
  expect(found).toMatchObject({ directory: join(directory, folderName), present: false });
  expect(found.record).toMatchObject({
    id: 'some/model',
    revision: 'main',
    commit: hub.commit,
    quantized: false,
  });
  expect(filesBelow(found.directory)).toEqual([
    '1_Pooling/config.json',
    'README.md',
    'config.json',
    'onnx/model.onnx',
    'quarry-model.json',
    'tokenizer.json',
  ]);
  expect(readdirSync(directory)).toEqual([folderName]);
  expect(steps.at(-1)!.bytesDone).toBe(steps.at(-1)!.bytesTotal);
  expect(steps.map(step => step.bytesDone)).toEqual(steps.map(step => step.bytesDone).sort((a, b) => a - b));
  expect((await openExternalEncoder(found.directory)).id).toBe('some/model');
  const count = hub.seen.length;
  expect((await downloadModel('some/model', options)).present).toBe(true);
  // Nothing but the lists and the settings is asked for again.
  expect(hub.seen.slice(count).filter(({ path }) => path.includes('onnx'))).toEqual([]);
  const small = await downloadModel('some/model@v1', { ...options, quantized: true });
  expect(filesBelow(small.directory)).toContain('onnx/model_quantized.onnx');
  expect(filesBelow(small.directory)).not.toContain('onnx/model.onnx');
  expect(knownModels({ packageModels: '', userModels: directory }).map(({ name }) => name)).toEqual([
    'some/model',
    'some/model',
  ]);
});

test('a page can be named in place of an id; static models come without a network', async () => {
  await using hub = await Hub.start({
    'config.json': { model_type: 'model2vec' },
    'tokenizer.json': tinyTokenizer(),
    'model.safetensors': 'table',
    'onnx/model.onnx': 'not needed',
  });
  using folder = new Folder();
  const { directory } = await downloadModel(`${hub.endpoint}/some/model/tree/v1`, {
    directory: folder.path,
    ...fast,
  });
  expect(filesBelow(directory)).toEqual([
    'config.json',
    'model.safetensors',
    'quarry-model.json',
    'tokenizer.json',
  ]);
});

test('a cut connection is taken up where it was cut', async () => {
  await using hub = await Hub.start(modelFiles({ 'onnx/model.onnx': big }));
  using folder = new Folder();
  hub.cuts = [100_000, 50_000];
  const { directory } = await downloadModel('some/model', {
    directory: folder.path,
    endpoint: hub.endpoint,
    ...fast,
  });
  expect(readFileSync(join(directory, 'onnx/model.onnx')).equals(big)).toBe(true);
  const asked = hub.seen.filter(({ path }) => path.startsWith('/cdn/'));
  expect(asked.map(({ range }) => range)).toEqual([undefined, 'bytes=100000-', 'bytes=150000-']);
  expect(asked[1]!.ifRange).toBe('"first"');
});

test('a stopped download goes on with the next call', async () => {
  await using hub = await Hub.start(modelFiles({ 'onnx/model.onnx': big }));
  using folder = new Folder();
  const stop = new AbortController();
  const options: DownloadOptions = { directory: folder.path, endpoint: hub.endpoint, ...fast };
  hub.cuts = [120_000];
  const stopped = downloadModel('some/model', {
    ...options,
    signal: stop.signal,
    retryMs: 60_000,
    onProgress: ({ file, bytesDone }) => {
      if (file.endsWith('.onnx') && bytesDone >= 120_000) setTimeout(() => stop.abort(), 60);
    },
  });
  await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
  const part = join(folder.path, `${folderName}.partial`, 'onnx/model.onnx.part');
  expect(statSync(part).size).toBe(120_000);
  expect(knownModels({ packageModels: '', userModels: folder.path })).toEqual([]);
  const { directory } = await downloadModel('some/model', options);
  expect(readFileSync(join(directory, 'onnx/model.onnx')).equals(big)).toBe(true);
  expect(hub.seen.at(-1)).toMatchObject({ range: 'bytes=120000-', ifRange: '"first"' });
  // Small files are not fetched twice.
  expect(hub.seen.filter(({ path }) => path.endsWith('/tokenizer.json'))).toHaveLength(1);
});

test('a part that belongs to something else is noticed, and fetched anew', async () => {
  await using hub = await Hub.start(modelFiles({ 'onnx/model.onnx': big }));
  using folder = new Folder({ [`${folderName}.partial/onnx/model.onnx.part`]: 'something else' });
  const { directory } = await downloadModel('some/model', {
    directory: folder.path,
    endpoint: hub.endpoint,
    ...fast,
  });
  expect(readFileSync(join(directory, 'onnx/model.onnx')).equals(big)).toBe(true);
});

test.each([
  ['has another file now', (hub: Hub) => void (hub.etag = '"second"')],
  ['knows no ranges', (hub: Hub) => void (hub.ranges = false)],
])('begins again with a server that %s', async (_, change) => {
  await using hub = await Hub.start(modelFiles({ 'onnx/model.onnx': big }));
  using folder = new Folder();
  hub.cuts = [100_000];
  hub.before = () => {
    if (hub.cuts.length === 0) change(hub);
    return false;
  };
  const { directory } = await downloadModel('some/model', {
    directory: folder.path,
    endpoint: hub.endpoint,
    ...fast,
  });
  expect(readFileSync(join(directory, 'onnx/model.onnx')).equals(big)).toBe(true);
});

test('a file that is not the one the hub lists is thrown away', async () => {
  await using hub = await Hub.start(modelFiles({ 'onnx/model.onnx': big }));
  using folder = new Folder();
  const options = { directory: folder.path, endpoint: hub.endpoint, ...fast };
  hub.lie = { 'onnx/model.onnx': { lfs: { oid: '00'.repeat(32), size: big.length } } };
  await expect(downloadModel('some/model', options)).rejects.toMatchObject({
    code: 'corrupt',
    message: expect.stringMatching(/^onnx\/model\.onnx: the checksum is not/),
  });
  expect(existsSync(join(folder.path, folderName))).toBe(false);
  expect(
    filesBelow(join(folder.path, `${folderName}.partial`)).filter(name => name.includes('model.onnx')),
  ).toEqual([]);
  hub.lie = { 'config.json': { oid: '00'.repeat(20) } };
  using other = new Folder();
  await expect(downloadModel('some/model', { ...options, directory: other.path })).rejects.toThrow(
    /config\.json: the checksum/,
  );
  hub.lie = { 'onnx/model.onnx': { lfs: { oid: '00'.repeat(32), size: 1000 } } };
  await expect(downloadModel('some/model', options)).rejects.toThrow(/is larger than/);
  hub.lie = {};
  expect((await downloadModel('some/model', options)).present).toBe(false);
});

test('a server that keeps failing', async () => {
  await using hub = await Hub.start(modelFiles({ 'onnx/model.onnx': big }));
  using folder = new Folder();
  hub.before = (request, response) => {
    if (!request.url!.startsWith('/cdn/')) return false;
    response.writeHead(503).end();
    return true;
  };
  const options = { directory: folder.path, endpoint: hub.endpoint, ...fast };
  await expect(downloadModel('some/model', options)).rejects.toThrow(
    /answered with status 503, 5 times in a row/,
  );
  // Silence.
  hub.before = request => request.url!.startsWith('/cdn/');
  await expect(downloadModel('some/model', { ...options, idleMs: 50 })).rejects.toThrow(
    /no answer, 5 times in a row/,
  );
});

test('a folder that cannot be written', async () => {
  await using hub = await Hub.start(modelFiles());
  using folder = new Folder({ taken: 'a file' });
  writeFileSync(join(folder.path, 'taken'), 'x');
  const options = { directory: join(folder.path, 'taken'), endpoint: hub.endpoint, ...fast };
  await expect(downloadModel('some/model', options)).rejects.toMatchObject({
    code: 'unreadable',
    hint: expect.stringContaining('QUARRY_MODELS_DIR'),
  });
});

test.skipIf(!existsSync('/dev/full'))('a full disk', async () => {
  await using hub = await Hub.start(modelFiles());
  using folder = new Folder();
  const network = join(folder.path, `${folderName}.partial`, 'onnx');
  mkdirSync(network, { recursive: true });
  symlinkSync('/dev/full', join(network, 'model.onnx.part'));
  const options = { directory: folder.path, endpoint: hub.endpoint, ...fast };
  await expect(downloadModel('some/model', options)).rejects.toMatchObject({
    code: 'no-space',
    hint: expect.stringMatching(/what is there is kept.*QUARRY_MODELS_DIR/),
  });
});
