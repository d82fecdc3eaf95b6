import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Encoder, UnitText } from '../src/core/encoder.ts';
import { openReranker } from '../src/models/cross/open.ts';
import { openEncoder, readConfig } from '../src/models/index.ts';

const folder = resolve(import.meta.dirname, '../models');
const names = readdirSync(folder);
const isReranker = (name: string) =>
  readFileSync(join(folder, name, 'config.json'), 'utf8').includes('quarry-reranker');
const encoders = names.filter(name => !isReranker(name));
const unit = (name: string, code: string): UnitText => ({ name, doc: '', code, language: 'python' });
const units = [
  unit('load_settings', 'def load_settings(p):\n    with open(p) as f:\n        return json.load(f)'),
  unit('median', 'def median(xs):\n    s = sorted(xs)\n    return s[len(s) // 2]'),
  unit(
    'send_mail',
    'def send_mail(to, body):\n    with smtplib.SMTP(HOST) as s:\n        s.sendmail(ME, to, body)',
  ),
  unit(
    'retry',
    'def retry(f, n):\n    for i in range(n):\n        try:\n            return f()\n        except Exception:\n            time.sleep(2 ** i)',
  ),
];

test('all shipped weights together are small', () => {
  const bytes = names
    .flatMap(name => readdirSync(join(folder, name)).map(file => join(folder, name, file)))
    .reduce((sum, file) => sum + statSync(file).size, 0);
  expect(bytes).toBeLessThan(60e6);
});

const asked: Array<[query: string, right: number]> = [
  ['read configuration from a json file', 0],
  ['middle value of a list of numbers', 1],
  ['deliver an email', 2],
  ['try again after a failure with a growing delay', 3],
];

describe.each(encoders)('%s', name => {
  const directory = join(folder, name);
  const open: Promise<Encoder> = openEncoder(directory);
  afterAll(async () => (await open).close());

  test('the files are those it was made with, and the card speaks of them', async () => {
    const config = await readConfig(directory);
    expect((await open).fingerprint).toBe(config!.fingerprint);
    const card = readFileSync(join(directory, 'README.md'), 'utf8');
    expect(card).toContain(config!.fingerprint.slice(0, 12));
  });

  test.each(asked)('%s', async (query, right) => {
    const encoder = await open;
    const [q, u] = [await encoder.encodeQueries([query]), await encoder.encodeUnits(units)];
    const { dims } = encoder;
    const scores = units.map((_, i) => q.reduce((sum, x, k) => sum + x * u[i * dims + k]!, 0));
    expect(scores.indexOf(Math.max(...scores))).toBe(right);
  });
});

describe.each(names.filter(isReranker))('%s', name => {
  const directory = join(folder, name);
  const open = openReranker(directory);
  afterAll(async () => (await open).close());

  test('the files are those it was made with, and the card speaks of them', async () => {
    const card = readFileSync(join(directory, 'README.md'), 'utf8');
    expect(card).toContain((await open).fingerprint.slice(0, 12));
  });

  test.each(asked)('%s', async (query, right) => {
    const reranker = await open;
    const scores = await reranker.score(
      query,
      units.map(each => ({ ...each, path: '' })),
    );
    expect(scores.indexOf(Math.max(...scores))).toBe(right);
    expect(reranker.relevanceOf(scores[right]!)).toBeGreaterThan(reranker.relevanceOf(Math.min(...scores)));
  });
});
