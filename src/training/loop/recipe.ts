import { QuarryError } from '../../core/errors.ts';
import type { ModelShape } from '../../models/index.ts';
import { checkDistil, type DistilSpec } from '../distil/spec.ts';
import type { LossSpec } from '../dual/losses/loss.ts';

/** Everything that decides a training run but its data's place on this machine. A recipe is data: flags change fields of it. */
export interface Recipe {
  id: string;
  title: string;
  /** Paper and place. */
  source: string;
  architecture: string;
  dims: number;
  towers: ModelShape['towers'];
  /** The architecture's own sizes where they are not its defaults. */
  sizes?: Readonly<Record<string, number>>;
  preparation?: Partial<ModelShape['preparation']>;
  /** Tokens of a tokenizer that is trained with the model. */
  vocabulary: number;
  /** `ID`, `ID:ARGUMENT`, `ID%PART` or `ID*REPEAT`; `corpus` without a directory means the one given on the command line. */
  sources: readonly string[];
  loss: LossSpec;
  /** Pairs per step; all others of the batch are negatives. */
  batch: number;
  epochs: number;
  /** Most steps: what ends a run before its epochs do. The rate falls to its end within them. */
  steps?: number;
  /** Highest learning rate. */
  rate: number;
  schedule: 'constant' | 'linear' | 'cosine';
  /** Share of the steps in which the rate rises. */
  warmUp: number;
  /** Weight decay λ of AdamW. */
  decay: number;
  /** Largest norm of a step's gradients. */
  clip: number;
  /** Share of activations (of tokens, in the static encoder) left out in training. */
  dropout: number;
  /** Share of examples in batches of one language. */
  sameLanguage: number;
  /** Share of examples in batches of similar ones; such a run needs a model to start from. */
  similar?: number;
  /** Weights that stay as they are in the model that training starts from. */
  frozen?: readonly string[];
  /** Validations without a better one after which training stops; 0: never. */
  patience: number;
  /** Validations per epoch. */
  validations: number;
  /** Makes it a recipe of a re-ranker: `architecture` is `cross`, and a batch is of so many lists. */
  ranking?: RankingSpec;
  /** Makes it a recipe that distils the query tower of the run it starts from. */
  distil?: DistilSpec;
}

/** How a cross-encoder gets its lists: a right unit and negatives for each query (R2PS, section 3.3). */
export interface RankingSpec {
  /**
   * `ps`, ranking-based hard negatives: from a window of the ranks that the dual encoder gives all units; `rr`: other units
   * of the batch, whatever they are; `both`: half of each.
   */
  negatives: 'ps' | 'rr' | 'both';
  /** Units that are ranked: all there are in the query's language, or those of the epoch's sample. */
  pool: 'all' | 'sample';
  /** First and last rank of the window, from 1. What stands before it may be right as well. */
  start: number;
  end: number;
  /** Negatives of a list. */
  count: number;
  /**
   * Only queries whose right unit is in the window as well. Otherwise negatives are chosen by their similarity and right units are not,
   * and a ranker that sees similarities learns to rely on them less.
   */
  recalled: boolean;
  /** Share of the negatives that come from the query's own repository, where that is known: look-alikes. */
  siblings: number;
  /** Examples of an epoch that lists are made of: a sample. */
  sample: number;
  /** Share of the sample that is not from a corpus: questions of people, as far as there are so many. */
  questions: number;
  /** Share of the lists that show the path of their units, where it is known. */
  paths: number;
}

/** Throws QuarryError `usage` that names the field. */
export function checkRecipe(recipe: Recipe): void {
  const whole: Array<keyof Recipe> = ['dims', 'vocabulary', 'batch', 'epochs', 'validations'];
  for (const field of whole) {
    const value = recipe[field] as number;
    if (!Number.isInteger(value) || value < 1)
      throw new QuarryError('usage', `${field} must be a whole number from 1, not ${value}`);
  }
  if (recipe.steps !== undefined && !(Number.isInteger(recipe.steps) && recipe.steps >= 1))
    throw new QuarryError('usage', `steps must be a whole number from 1, not ${recipe.steps}`);
  const between = (field: keyof Recipe, low: number, high: number) => {
    const value = recipe[field] as number;
    if (!(value >= low && value <= high))
      throw new QuarryError('usage', `${field} must be from ${low} to ${high}, not ${value}`);
  };
  between('rate', 1e-7, 1);
  between('warmUp', 0, 1);
  between('decay', 0, 1);
  between('clip', 1e-6, 1e9);
  between('dropout', 0, 0.9);
  between('sameLanguage', 0, 1);
  if (recipe.similar !== undefined) between('similar', 0, 1 - recipe.sameLanguage);
  between('patience', 0, 1e6);
  if (recipe.distil) checkDistil(recipe.distil);
  if (recipe.ranking) checkRanking(recipe.ranking, recipe.batch);
  else if (recipe.batch < 2)
    throw new QuarryError('usage', 'a batch needs 2 pairs or more: the others are the negatives');
}

function checkRanking(
  { negatives, start, end, count, siblings, paths, questions, sample }: RankingSpec,
  batch: number,
): void {
  const isWhole = (value: number, low: number) => Number.isInteger(value) && value >= low;
  if (!isWhole(start, 1) || !isWhole(end, start))
    throw new QuarryError('usage', `the window of ranks ${start}–${end} is none`, 'it begins at 1 or later');
  if (!isWhole(count, 1) || end - start + 1 < count)
    throw new QuarryError('usage', `${count} negatives do not fit ranks ${start}–${end}`, 'widen the window');
  if (negatives !== 'ps' && batch <= count)
    throw new QuarryError(
      'usage',
      `${count} negatives do not fit a batch of ${batch} lists, whose other units they are`,
      'raise --batch',
    );
  if (!isWhole(sample, 1))
    throw new QuarryError('usage', `sample must be a whole number from 1, not ${sample}`);
  for (const [name, value] of Object.entries({ siblings, paths, questions }))
    if (!(value >= 0 && value <= 1))
      throw new QuarryError('usage', `${name} must be from 0 to 1, not ${value}`);
}
