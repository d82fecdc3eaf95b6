import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  architectureById,
  initialWeights,
  openEncoder,
  Preparer,
  writeModel,
  writeStudent,
} from '../../models/index.ts';
import { shapeOf } from '../dual/prepare-run.ts';
import type { Recipe } from '../loop/recipe.ts';
import { ValidationEncoder } from '../loop/validate.ts';
import { recipeById } from '../recipes.ts';
import { Runs, tinyExamples, tinyRecipe, tinyTokenizer, trainTiny } from '../tiny.testing.ts';
import { type Decision, DistilStopped, distil } from './distil.ts';
import type { DistilSet } from './distil-set.ts';
import { decisionsPlot } from './plot.ts';
import { type QueryTower, towerOf } from './query-tower.ts';
import { checkDistil, type DistilSpec } from './spec.ts';

const runs = new Runs();
afterAll(() => runs[Symbol.dispose]());

const teacherRecipe = tinyRecipe({
  architecture: 'transformer',
  sizes: { layers: 2, heads: 2, inner: 32 },
  preparation: { query: 10, name: 6, doc: 6, code: 16 },
  epochs: 2,
});

async function prepared(): Promise<{
  teacher: QueryTower;
  set: DistilSet;
  tokenizer: Awaited<ReturnType<typeof tinyTokenizer>>;
}> {
  const examples = tinyExamples(300);
  const tokenizer = await tinyTokenizer(examples);
  const { weights } = await trainTiny(runs.path('teacher'), teacherRecipe);
  const shape = shapeOf(teacherRecipe, tokenizer.vocabularySize);
  const preparer = new Preparer(tokenizer, shape.preparation);
  const encoder = new ValidationEncoder(shape, [16, 28], 1);
  const encode = (of: typeof examples) =>
    encoder.encode(
      'unit',
      of.map(({ unit }) => preparer.unit(unit)),
      weights,
    );
  const held = tinyExamples(60, 7);
  const set: DistilSet = {
    queries: examples.map(({ query }) => query),
    units: await encode(examples),
    dims: shape.dims,
    counts: new Map([['tiny', 300]]),
    pools: [{ name: 'tiny', queries: held.map(({ query }) => query), units: await encode(held) }],
  };
  await encoder.close();
  await writeModel(runs.path('teacher-model'), shape, weights, tokenizer, {
    id: 'teacher',
    precision: 'fp32',
  });
  return { teacher: { shape, weights }, set, tokenizer };
}

const ready = prepared();

function recipeOf(changes: Partial<DistilSpec> = {}): Recipe & { distil: DistilSpec } {
  const distil: DistilSpec = {
    loss: 'both',
    strategy: 'adaptive',
    depths: [2, 1, 0],
    threshold: 1,
    sample: 300,
    ...changes,
  };
  return { ...recipeById('distil'), dims: 16, batch: 32, epochs: 2, rate: 5e-3, validations: 1, distil };
}

async function distilled(name: string, changes: Partial<DistilSpec> = {}, stop?: AbortController) {
  const decisions: Decision[] = [];
  const result = await distil({
    ...(await ready),
    recipe: recipeOf(changes),
    directory: runs.path(name),
    seed: 1,
    threads: 1,
    ...(stop ? { signal: stop.signal, onProgress: ({ step }) => step === 5 && stop.abort() } : {}),
    onDecision: decision => decisions.push(decision),
  });
  expect(decisions).toEqual(result.decisions);
  return result;
}

test('two teachers, and the better student is kept (Algorithm 1)', async () => {
  const { original, students, chosen, decisions } = await distilled('adaptive');
  expect(original).toMatchObject({ layers: 2 });
  expect(decisions.map(({ layers }) => layers)).toEqual([1, 0]);
  expect(decisions[0]!.teachers.map(({ layers }) => layers)).toEqual([2]);
  expect(decisions[1]!.teachers.map(({ layers }) => layers)).toEqual([2, 1]);
  for (const { score, teachers, fall } of decisions) {
    expect(score).toBe(Math.max(...teachers.map(teacher => teacher.score)));
    expect(fall).toBeCloseTo(original.score - score, 9);
  }
  expect(chosen).toBe(students.at(-1));
  expect(chosen!.tower.shape.architecture).toBe('static');
  // A student that has learned is close to its teacher.
  expect(decisions[0]!.score).toBeGreaterThan(original.score * 0.8);
});

test('it ends where a student falls beyond the threshold', async () => {
  const { chosen, decisions } = await distilled('strict', { threshold: 0 });
  // Nothing is strictly less than 0 below, unless a student is better than its teacher.
  for (const [i, { isWithin, fall }] of decisions.entries()) {
    expect(isWithin).toBe(fall < 0);
    if (!isWithin) expect(i).toBe(decisions.length - 1);
  }
  if (!decisions[0]!.isWithin) expect(chosen).toBeUndefined();
});

test('an original deeper than the teacher is trained first; every depth is there for comparisons', async () => {
  const { original, students } = await distilled('deep', {
    depths: [3, 1, 0],
    strategy: 'original',
    threshold: 0,
  });
  expect(original).toMatchObject({ layers: 3 });
  expect(students.map(({ layers }) => layers)).toEqual([1, 0]);
  const direct = await distilled('direct', { strategy: 'none', threshold: 0 });
  expect(direct.decisions.map(({ teachers }) => teachers)).toEqual([[], []]);
});

test.each(['single', 'dual', 'contrastive'] as const)('students learn by the loss %s', async loss => {
  const { decisions, original } = await distilled(`loss-${loss}`, { loss, depths: [2, 1] });
  expect(decisions[0]!.score).toBeGreaterThan(original.score * 0.5);
});

test('what is finished is not trained again; a stopped student goes on', async () => {
  await expect(distilled('resumed', {}, new AbortController())).rejects.toBeInstanceOf(DistilStopped);
  const one = await distilled('resumed');
  const weights = () => statSync(join(runs.path('resumed'), '1-layers', 'best.safetensors')).mtimeMs;
  const written = weights();
  const two = await distilled('resumed');
  expect(two.decisions).toEqual(one.decisions);
  expect(weights()).toBe(written);
});

test('a model with a student has its teacher’s fingerprint and vectors of units, and the student’s of queries', async () => {
  const { teacher, tokenizer } = await ready;
  for (const layers of [0, 1]) {
    const { shape, weights } = towerOf(teacher, layers, 1);
    const folder = runs.path(`student-${layers}`);
    const config = await writeStudent(runs.path('teacher-model'), folder, shape, weights, {
      id: `student-${layers}`,
      precision: 'fp32',
    });
    expect(config.student).toMatchObject({
      id: `student-${layers}`,
      runtime: layers === 0 ? 'table' : 'onnx',
    });
    const [own, taught] = [await openEncoder(runs.path('teacher-model')), await openEncoder(folder)];
    expect(taught.fingerprint).toBe(own.fingerprint);
    const units = tinyExamples(5).map(({ unit }) => unit);
    expect(await taught.encodeUnits(units)).toEqual(await own.encodeUnits(units));
    const query = tinyExamples(1)[0]!.query;
    const [a, b] = [await taught.encodeQueries([query]), await own.encodeQueries([query])];
    expect(a).not.toEqual(b);
    const preparer = new Preparer(tokenizer, shape.preparation);
    const encoder = new ValidationEncoder(shape, [shape.preparation.query], 1);
    const expected = await encoder.encode('query', [preparer.query(query)], weights);
    await encoder.close();
    for (const [k, x] of expected.entries()) expect(a[k]).toBeCloseTo(x, 4);
    expect(taught.late?.queryTerms(query)).toEqual(own.late?.queryTerms(query));
    await taught.close();
    await own.close();
  }
});

test('layers are taken from the teacher; further ones add nothing at first', async () => {
  const { teacher, set, tokenizer } = await ready;
  const deep = towerOf(teacher, 4, 1);
  const preparer = new Preparer(tokenizer, teacher.shape.preparation);
  const texts = set.queries.slice(0, 20).map(text => preparer.query(text));
  const vectors = async ({ shape, weights }: QueryTower) => {
    const encoder = new ValidationEncoder(shape, [10], 1);
    const found = await encoder.encode('query', texts, weights);
    await encoder.close();
    return found;
  };
  const [a, b] = [await vectors(teacher), await vectors(deep)];
  for (const [k, x] of a.entries()) expect(b[k]).toBeCloseTo(x, 4);
  const other = shapeOf(tinyRecipe({ architecture: 'cnn' }), tokenizer.vocabularySize);
  const weights = initialWeights(architectureById('cnn'), other, 1);
  expect(() => towerOf({ shape: other, weights }, 1, 1)).toThrow('no layers to take away');
});

test.each<[Partial<DistilSpec>, string]>([
  [{ loss: 'none' as never }, 'loss must be'],
  [{ strategy: 'none-at-all' as never }, 'strategy must be'],
  [{ depths: [2] }, 'depths'],
  [{ depths: [1, 2] }, 'depths'],
  [{ threshold: 2 }, 'threshold'],
  [{ sample: 0 }, 'sample'],
])('%j is refused', (changes, message) => {
  expect(() => checkDistil(recipeOf(changes).distil)).toThrow(message);
});

test('the picture of the decisions names every student and both teachers', () => {
  const svg = decisionsPlot(
    {
      original: { layers: 4, score: 0.5 },
      decisions: [
        { layers: 2, teachers: [{ layers: 4, score: 0.498 }], score: 0.498, fall: 0.002, isWithin: true },
        {
          layers: 0,
          teachers: [
            { layers: 4, score: 0.47 },
            { layers: 2, score: 0.48 },
          ],
          score: 0.48,
          fall: 0.02,
          isWithin: false,
        },
      ],
      chosen: 2,
    },
    0.01,
  );
  for (const words of [
    'original 0.5000',
    'by 4 0.4980',
    'by 4 0.4700',
    'by 2 0.4800',
    '>static<',
    'threshold',
  ])
    expect(svg).toContain(words);
  expect(svg).not.toMatch(/NaN|Infinity/);
});
