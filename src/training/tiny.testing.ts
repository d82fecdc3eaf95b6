import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../core/random.ts';
import { Preparer } from '../models/index.ts';
import { openBackend } from '../tensor/open-backend.ts';
import { type Tokenizer, trainBpe } from '../text/index.ts';
import type { TrainingExample } from './data/example.ts';
import { PreparedSet } from './data/prepared-set.ts';
import { type PreparedRun, shapeOf } from './dual/prepare-run.ts';
import { dualTask } from './dual/task.ts';
import { TrainingLog } from './loop/log.ts';
import type { Recipe } from './loop/recipe.ts';
import { type TrainOptions, type TrainResult, train } from './loop/train.ts';
import { preparePool } from './loop/validate.ts';
import { recipeById } from './recipes.ts';

const verbs = [
  'parse',
  'read',
  'write',
  'count',
  'sort',
  'merge',
  'split',
  'fetch',
  'close',
  'open',
  'find',
  'draw',
];
const things = [
  'date',
  'file',
  'token',
  'header',
  'socket',
  'matrix',
  'string',
  'tree',
  'page',
  'queue',
  'image',
  'key',
];
const languages = ['python', 'go', 'rust'];

/** Pairs of a verb and a thing with some words by chance: a model that learns finds them again. */
export function tinyExamples(count: number, seed = 1): TrainingExample[] {
  const random = new Random(seed);
  const pick = (list: readonly string[]) => list[random.below(list.length)]!;
  return Array.from({ length: count }, (_, i) => {
    const [verb, thing, other] = [
      verbs[i % verbs.length]!,
      things[Math.floor(i / verbs.length) % things.length]!,
      pick(things),
    ];
    return {
      query: `how to ${verb} the ${thing} of a ${other}`,
      unit: {
        name: `${verb}_${thing}`,
        doc: random.next() < 0.3 ? `uses the ${other}` : '',
        code: `def ${verb}_${thing}(${other}):\n    for x in range(${i}):\n        ${pick(verbs)}(${other}, x)\n    return ${thing}`,
        language: languages[i % languages.length]!,
      },
      kind: 'tiny',
    };
  });
}

export async function tinyTokenizer(examples: readonly TrainingExample[]): Promise<Tokenizer> {
  async function* texts(): AsyncGenerator<string> {
    for (const { query, unit } of examples) yield* [query, unit.name, unit.code];
  }
  return trainBpe(texts(), { vocabularySize: 400 });
}

/** A recipe that takes a second. */
export function tinyRecipe(changes: Partial<Recipe> = {}): Recipe {
  return {
    ...recipeById('static'),
    dims: 16,
    vocabulary: 400,
    sources: [],
    batch: 16,
    epochs: 2,
    rate: 1e-2,
    ...changes,
  };
}

let known: Promise<{ examples: TrainingExample[]; tokenizer: Tokenizer }> | undefined;

/** What `prepareRun` would give for 300 examples. */
export async function tinyRun(recipe: Recipe): Promise<PreparedRun> {
  known ??= (async () => {
    const examples = tinyExamples(300);
    return { examples, tokenizer: await tinyTokenizer(examples) };
  })();
  const { examples, tokenizer } = await known;
  const shape = shapeOf(recipe, tokenizer.vocabularySize);
  const preparer = new Preparer(tokenizer, shape.preparation);
  const set = new PreparedSet();
  for (const example of examples) set.add(example, preparer, 1);
  const held = tinyExamples(40, 7);
  const pool = { name: 'tiny', queries: held.map(e => e.query), units: held.map(e => e.unit) };
  return { tokenizer, shape, set, pools: [preparePool(pool, preparer)] };
}

/** A directory for runs that goes with its scope. */
export class Runs {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'quarry-train-'));

  path(name: string): string {
    return join(this.directory, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Trains the tiny model on one thread. */
export async function trainTiny(
  directory: string,
  recipe: Recipe,
  options: Partial<Pick<TrainOptions, 'initial' | 'seed' | 'resume' | 'signal' | 'onProgress'>> = {},
): Promise<TrainResult> {
  const { seed = 1, initial } = options;
  const run = await tinyRun(recipe);
  const task = dualTask({ recipe, run, seed, threads: 1, ...(initial ? { initial } : {}) });
  try {
    return await train({
      recipe,
      task,
      directory,
      seed,
      threads: 1,
      resume: false,
      log: new TrainingLog(join(directory, 'log.jsonl')),
      backend: ({ decay, ...rest }) => openBackend({ ...rest, optimizer: { decay } }),
      ...options,
    });
  } finally {
    await task.close();
  }
}
