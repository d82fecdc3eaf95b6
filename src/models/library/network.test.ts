import { readdirSync } from 'node:fs';
import { setDefaultCACertificates } from 'node:tls';
import { expect, test } from 'vitest';
import { Folder } from '../external/tiny.testing.ts';
import { type DownloadOptions, downloadModel } from './download.ts';
import { filesBelow, Hub, modelFiles, TestProxy, testIdentity } from './hub.testing.ts';

const fast = { retryMs: 1, idleMs: 5000 };

test('refusals and strange answers, each in one line', async () => {
  await using hub = await Hub.start(modelFiles());
  using folder = new Folder();
  const options = { directory: folder.path, endpoint: hub.endpoint, ...fast };
  const answer = (status: number, type: string, body: string, path = '/') => {
    hub.before = (request, response) => {
      if (!request.url!.startsWith(path)) return false;
      response.writeHead(status, { 'content-type': type }).end(body);
      return true;
    };
  };
  const failing = async (id: string, message: RegExp, hint: RegExp, more: Partial<DownloadOptions> = {}) => {
    const error: unknown = await downloadModel(id, { ...options, ...more }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      name: 'QuarryError',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  };
  await failing('no model', /"no model" names no model/, /owner\/name/);
  await failing('some/../other', /names no model/, /owner/);
  await failing('some/other', /there is no model some\/other at/, /check name/);
  await failing('some/model', /has no quantised/, /leave --quantized out/, {
    endpoint: await bare(),
    quantized: true,
  });
  answer(401, 'application/json', '{}');
  await failing('some/model@v2', /no model some\/model@v2 at .*, or it is private/, /set HF_TOKEN/);
  await failing('some/model', /or it is private/, /whether HF_TOKEN may read it/, { token: 't' });
  answer(403, 'application/json', '{}');
  await failing('some/model', /does not give some\/model away/, /accept its terms at .*--model \.\/folder/);
  answer(500, 'text/plain', 'oh');
  await failing('some/model', /status 500/, /--model/);
  answer(200, 'text/html', '<html>Log in');
  await failing(
    'some/model',
    /answered with a web page in place of data/,
    /log in to this network, or fetch the model elsewhere/,
  );
  answer(200, 'text/html', '<html>Log in', '/cdn/');
  await failing('some/model', /a web page/, /log in/);
  answer(200, 'application/json', '{}');
  await failing('some/model', /names no commit/, /HF_ENDPOINT/);
  hub.before = (_, response) => {
    response.writeHead(302, { location: '/again' }).end();
    return true;
  };
  await failing('some/model', /redirects in circles/, /--model/);
  await failing('some/model', /cannot reach 127\.0\.0\.1:1: ECONNREFUSED/, /--model \.\/folder/, {
    endpoint: 'http://127.0.0.1:1',
  });
  await failing('some/model', /cannot find hub\.invalid: no network/, /fetch the model elsewhere/, {
    endpoint: 'https://hub.invalid',
  });
  await failing('some/model', /HF_ENDPOINT is no address/, /for example/, { endpoint: 'hub' });
});

/** A hub with a model of PyTorch's only. */
const bareHubs: Hub[] = [];
async function bare(): Promise<string> {
  const hub = await Hub.start({ 'config.json': {}, 'tokenizer.json': {}, 'pytorch_model.bin': 'x' });
  bareHubs.push(hub);
  return hub.endpoint;
}

test('models that cannot be run are refused before they are fetched', async () => {
  using folder = new Folder();
  const cases: Array<[Record<string, string | object>, RegExp]> = [
    [{ 'pytorch_model.bin': 'x', 'tokenizer.json': {} }, /no network in the ONNX format$/],
    [{ 'onnx/model_int8.onnx': 'x', 'tokenizer.json': {} }, /but a quantised one/],
    [{ 'onnx/model.onnx': 'x', 'onnx/model.onnx_data': 'y', 'tokenizer.json': {} }, /in a second file/],
    [{ 'onnx/model.onnx': 'x' }, /no tokenizer\.json/],
  ];
  for (const [files, message] of cases) {
    await using hub = await Hub.start({ 'config.json': {}, ...files });
    const options = { directory: folder.path, endpoint: hub.endpoint, ...fast };
    await expect(downloadModel('some/model', options)).rejects.toThrow(message);
  }
  expect(readdirSync(folder.path)).toEqual([]);
  for (const hub of bareHubs) await hub[Symbol.asyncDispose]();
});

test('the token goes to the hub, not where it redirects to, nor to other hosts', async () => {
  await using storage = await Hub.start(modelFiles());
  await using hub = await Hub.start(modelFiles());
  using folder = new Folder();
  hub.before = (request, response) => {
    if (!request.url!.startsWith('/cdn/')) return false;
    response.writeHead(307, { location: storage.endpoint + request.url }).end();
    return true;
  };
  const options = { directory: folder.path, endpoint: hub.endpoint, token: 'secret', ...fast };
  await downloadModel('some/model', options);
  expect(hub.seen.every(({ token }) => token === 'Bearer secret')).toBe(true);
  expect(storage.seen.map(({ token }) => token)).toEqual([undefined]);
  using other = new Folder();
  await downloadModel(`${storage.endpoint}/some/model`, { ...options, directory: other.path });
  expect(storage.seen.some(({ token }) => token !== undefined)).toBe(false);
});

test('through a proxy, with a login, and around it', async () => {
  await using hub = await Hub.start(modelFiles());
  await using proxy = await TestProxy.start();
  proxy.login = 'me:p@ss';
  using folder = new Folder();
  const options = { directory: folder.path, endpoint: hub.endpoint, ...fast };
  const env = { http_proxy: `http://127.0.0.1:${proxy.port}` };
  await expect(downloadModel('some/model', { ...options, env })).rejects.toThrow(
    /wants a user name and password/,
  );
  const right = { HTTP_PROXY: `http://me:p%40ss@127.0.0.1:${proxy.port}` };
  await downloadModel('some/model', { ...options, env: right });
  expect(proxy.asked.length).toBeGreaterThan(5);
  expect(proxy.asked.every(line => line.startsWith(`GET ${hub.endpoint}/`))).toBe(true);
  const count = proxy.asked.length;
  await downloadModel('some/model', { ...options, env: { ...right, NO_PROXY: 'localhost,127.0.0.1' } });
  expect(proxy.asked).toHaveLength(count);
  const socks = { HTTP_PROXY: 'socks5://127.0.0.1:1' };
  await expect(downloadModel('some/model', { ...options, env: socks })).rejects.toThrow(
    /the proxy socks5:\/\/127\.0\.0\.1:1 is not supported/,
  );
});

test('TLS through a tunnel: the proxy sees the name of the host and nothing else', async () => {
  await using hub = await Hub.start(modelFiles(), true);
  await using proxy = await TestProxy.start();
  proxy.target = { host: '127.0.0.1', port: hub.port };
  using folder = new Folder();
  const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: 'other.test, hub.test:8443' };
  const options = { directory: folder.path, endpoint: hub.endpoint, env, ...fast };
  await expect(downloadModel('some/model', options)).rejects.toMatchObject({
    message: expect.stringMatching(/certificate of hub\.test is not trusted/),
    hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
  });
  setDefaultCACertificates([testIdentity.cert]);
  const { directory } = await downloadModel('some/model', options);
  expect(filesBelow(directory)).toContain('onnx/model.onnx');
  expect(new Set(proxy.asked)).toEqual(new Set(['CONNECT hub.test:443']));
  proxy.target = undefined;
  await expect(downloadModel('some/model', options)).rejects.toThrow(
    /does not let this connection through \(status 502\)/,
  );
  proxy.login = 'a:b';
  await expect(downloadModel('some/model', options)).rejects.toThrow(/wants a user name/);
});
