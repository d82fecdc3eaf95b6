import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import { architectureById, type ModelShape, Preparer } from '../../models/index.ts';
import { type Tokenizer, trainBpe } from '../../text/index.ts';
import type { SourceContext } from '../data/example.ts';
import { PreparedSet } from '../data/prepared-set.ts';
import { examplesOf, parseSource, type SourceSpec } from '../data/sources.ts';
import type { Recipe } from '../loop/recipe.ts';
import { type PreparedPool, preparePool } from '../loop/validate.ts';

export interface PrepareProgress {
  phase: 'tokenizer' | 'read' | 'encode';
  /** Texts or examples so far. */
  done: number;
}

export interface PrepareOptions {
  context: SourceContext;
  /** A tokenizer that is there already; otherwise one is trained on the examples. */
  tokenizer?: Tokenizer;
  onProgress?: (progress: PrepareProgress) => void;
}

/** What training needs besides the recipe. */
export interface PreparedRun {
  tokenizer: Tokenizer;
  shape: ModelShape;
  set: PreparedSet;
  pools: PreparedPool[];
}

/** The shape of a recipe's model. Throws QuarryError `usage` for sizes the architecture does not have. */
export function shapeOf(recipe: Recipe, vocabulary: number): ModelShape {
  const architecture = architectureById(recipe.architecture);
  const sizes = { weighted: 0, ...architecture.sizes };
  const unknown = Object.keys(recipe.sizes ?? {}).find(size => !(size in sizes));
  if (unknown !== undefined)
    throw new QuarryError(
      'usage',
      `${recipe.architecture} has no size ${JSON.stringify(unknown)}`,
      `it has ${Object.keys(sizes).join(', ')}`,
    );
  return {
    architecture: architecture.id,
    vocabulary,
    dims: recipe.dims,
    towers: recipe.towers,
    preparation: { ...architecture.preparation, ...recipe.preparation },
    sizes: { ...sizes, ...recipe.sizes },
  };
}

/** Reads all sources of a recipe and makes numbers of them; the tokenizer is trained first if there is none. */
export async function prepareRun(recipe: Recipe, options: PrepareOptions): Promise<PreparedRun> {
  const specs = recipe.sources.map(parseSource);
  const { context, onProgress } = options;
  const tokenizer = options.tokenizer ?? (await trainTokenizer(recipe, specs, options));
  const shape = shapeOf(recipe, tokenizer.vocabularySize);
  const preparer = new Preparer(tokenizer, shape.preparation);
  const set = new PreparedSet();
  for (const spec of specs) {
    for await (const example of examplesOf(spec, context)) {
      if (set.size % 1000 === 0) {
        throwIfAborted(context.signal);
        onProgress?.({ phase: 'read', done: set.size });
      }
      set.add(example, preparer, spec.repeat);
    }
  }
  if (set.size < recipe.batch)
    throw new QuarryError(
      'usage',
      `${set.size} examples are less than a batch of ${recipe.batch}`,
      'add sources, or lower --batch',
    );
  const pools: PreparedPool[] = [];
  for (const { source, argument } of specs)
    for (const pool of await source.pools(argument, context)) pools.push(preparePool(pool, preparer));
  return { tokenizer, shape, set, pools };
}

async function trainTokenizer(
  recipe: Recipe,
  specs: readonly SourceSpec[],
  { context, onProgress }: PrepareOptions,
): Promise<Tokenizer> {
  async function* texts(): AsyncGenerator<string> {
    let done = 0;
    for (const spec of specs) {
      for await (const { query, unit } of examplesOf(spec, context)) {
        if (done++ % 1000 === 0) onProgress?.({ phase: 'tokenizer', done });
        // Queries are short and matter as much as code: without the weight, few of their words would be tokens.
        yield query;
        yield query;
        yield unit.name;
        yield unit.doc;
        yield unit.code;
      }
    }
  }
  return trainBpe(texts(), {
    vocabularySize: recipe.vocabulary,
    ...(context.signal ? { signal: context.signal } : {}),
  });
}
