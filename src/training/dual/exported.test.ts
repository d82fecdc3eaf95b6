import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Encoder } from '../../core/encoder.ts';
import {
  architectureById,
  initialWeights,
  longestOf,
  openEncoder,
  Preparer,
  writeModel,
} from '../../models/index.ts';
import type { Weights } from '../../tensor/index.ts';
import type { Tokenizer } from '../../text/index.ts';
import type { Recipe } from '../loop/recipe.ts';
import { ValidationEncoder } from '../loop/validate.ts';
import { Runs, tinyExamples, tinyRecipe, tinyTokenizer } from '../tiny.testing.ts';
import { shapeOf } from './prepare-run.ts';

/** What is exported gives the vectors that validation saw. */

const runs = new Runs();
afterAll(() => runs[Symbol.dispose]());

const examples = tinyExamples(20);
const queries = examples.map(({ query }) => query);
const units = examples.map(({ unit }) => unit);
let tokenizer: Tokenizer;
beforeAll(async () => {
  tokenizer = await tinyTokenizer(tinyExamples(100));
});

/** Weights that no gate and no last matrix of zeros keeps from mattering. */
function stirred(weights: Weights): Weights {
  for (const [name, { data }] of weights)
    for (let i = 0; i < data.length; i++) data[i]! += 0.05 * Math.sin(1.3 * i + name.length);
  return weights;
}

interface Both {
  /** Of validation. */
  query: Float32Array;
  unit: Float32Array;
  exported(precision: 'fp32' | 'int8'): Promise<{ query: Float32Array; unit: Float32Array }>;
}

async function vectorsOf(name: string, changes: Partial<Recipe>): Promise<Both> {
  const shape = shapeOf(tinyRecipe(changes), tokenizer.vocabularySize);
  const architecture = architectureById(shape.architecture);
  const weights = stirred(initialWeights(architecture, shape, 1));
  const preparer = new Preparer(tokenizer, shape.preparation);
  const longest = longestOf(shape);
  const encoder = new ValidationEncoder(shape, architecture.isUnrolled ? [longest] : [32, longest], 1);
  const query = await encoder.encode(
    'query',
    queries.map(text => preparer.query(text)),
    weights,
  );
  const unit = await encoder.encode(
    'unit',
    units.map(text => preparer.unit(text)),
    weights,
  );
  await encoder.close();
  return {
    query,
    unit,
    async exported(precision) {
      const directory = runs.path(`${name}-${precision}`);
      await writeModel(directory, shape, weights, tokenizer, { id: name, precision });
      const opened: Encoder = await openEncoder(directory);
      try {
        return { query: await opened.encodeQueries(queries), unit: await opened.encodeUnits(units) };
      } finally {
        await opened.close();
      }
    },
  };
}

function furthest(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length);
  return a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);
}

function leastCosine(a: Float32Array, b: Float32Array, dims: number): number {
  let least = 1;
  for (let at = 0; at < a.length; at += dims) {
    let dot = 0;
    for (let k = at; k < at + dims; k++) dot += a[k]! * b[k]!;
    least = Math.min(least, dot);
  }
  return least;
}

const small = { query: 8, name: 4, doc: 4, code: 8 };

test.each<[string, Partial<Recipe>]>([
  ['static', {}],
  ['static-weighted', { sizes: { weighted: 1 } }],
  ['static-separate', { towers: 'separate' }],
  ['transformer', { architecture: 'transformer', sizes: { layers: 1, heads: 2, inner: 32 } }],
  [
    'transformer-separate',
    {
      architecture: 'transformer',
      towers: 'separate',
      sizes: { layers: 1, heads: 2, inner: 32 },
      preparation: small,
    },
  ],
  ['cnn', { architecture: 'cnn', sizes: { channels: 16 } }],
  ['lstm', { architecture: 'lstm', sizes: { hidden: 8 }, preparation: small }],
])('%s', async (name, changes) => {
  const { query, unit, exported } = await vectorsOf(name, changes);
  const exact = await exported('fp32');
  expect(furthest(exact.query, query)).toBeLessThan(1e-5);
  expect(furthest(exact.unit, unit)).toBeLessThan(1e-5);
  const coarse = await exported('int8');
  const least = name.startsWith('static') ? 0.999 : 0.99;
  expect(leastCosine(coarse.query, query, 16)).toBeGreaterThan(least);
  expect(leastCosine(coarse.unit, unit, 16)).toBeGreaterThan(least);
});

test('a text without a token gives zeros', async () => {
  await vectorsOf('zeros', {}).then(both => both.exported('int8'));
  const encoder = await openEncoder(runs.path('zeros-int8'));
  expect([...(await encoder.encodeQueries(['', '()']))]).toEqual(Array.from({ length: 32 }, () => 0));
  await encoder.close();
});

test('a model that is damaged or of another version is refused by what is wrong', async () => {
  const { exported } = await vectorsOf('broken', {});
  const directory = runs.path('broken-fp32');
  const config = join(directory, 'config.json');
  const changed = (change: (text: string) => string) =>
    writeFileSync(config, change(readFileSync(config, 'utf8')));
  const attempt = async (spoil: () => void | Promise<void>) => {
    await exported('fp32');
    await spoil();
    return openEncoder(directory).then(
      () => 'opened',
      (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
    );
  };
  const table = join(directory, 'model.safetensors');
  expect(await attempt(() => undefined)).toBe('opened');
  expect(await attempt(() => rmSync(table))).toMatch(/^not-found: .*model\.safetensors cannot be read/);
  expect(await attempt(() => writeFileSync(table, 'x'))).toMatch(
    /^corrupt: .*is not the file its model was made with/,
  );
  const tokenizerOf = async () => {
    const other = await tinyTokenizer(tinyExamples(30, 9));
    const shape = shapeOf(tinyRecipe(), other.vocabularySize);
    const weights = initialWeights(architectureById('static'), shape, 1);
    const place = runs.path('other');
    await writeModel(place, shape, weights, other, { id: 'other', precision: 'fp32' });
    const theirs = JSON.parse(readFileSync(join(place, 'config.json'), 'utf8')) as {
      files: Record<string, string>;
    };
    const sum = theirs.files['tokenizer.json']!;
    writeFileSync(join(directory, 'tokenizer.json'), readFileSync(join(place, 'tokenizer.json')));
    changed(text => text.replace(/("tokenizer.json": )"\w+"/, `$1"${sum}"`));
  };
  expect(await attempt(tokenizerOf)).toMatch(
    /^corrupt: .*(the fingerprint is not that|they belong|the tokenizer has)/,
  );
  expect(await attempt(() => changed(text => text.replace('quarry-encoder-1', 'quarry-encoder-9')))).toMatch(
    /^format: .*quarry-encoder-9/,
  );
  expect(await attempt(() => changed(text => text.replace(/("preparationVersion": )\d+/, '$1999')))).toMatch(
    /^format: /,
  );
  expect(await attempt(() => changed(() => '{'))).toMatch(/^corrupt: .*not JSON/);
  expect(await attempt(() => changed(text => text.replace(/"dims": \d+/, '"dims": 17')))).toMatch(
    /^corrupt: /,
  );
});
