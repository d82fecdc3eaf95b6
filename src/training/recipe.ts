import { QuarryError } from '../core/errors.ts';
import type { ModelShape } from '../models/index.ts';
import type { LossSpec } from './losses/loss.ts';

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
  /** `ID`, `ID:ARGUMENT` or `ID*REPEAT`; `corpus` without a directory means the one given on the command line. */
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
  if (recipe.batch < 2)
    throw new QuarryError('usage', 'a batch needs 2 pairs or more: the others are the negatives');
}
