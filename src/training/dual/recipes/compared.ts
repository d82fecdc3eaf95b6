import type { Recipe } from '../../loop/recipe.ts';
import { staticRecipe } from './static.ts';
import { transformerRecipe } from './transformer.ts';

/**
 * Chen 2025, Tables 1 and 2: the same data and loss for other encoders. Epochs differ, for a step of an LSTM takes a
 * hundred times that of a static one; a comparison has to say for how long each was trained.
 */
const compared: Recipe = { ...transformerRecipe, sizes: {}, rate: 1e-3, batch: 64, epochs: 1 };

export const cnnRecipe: Recipe = {
  ...compared,
  id: 'cnn',
  title: 'CNN dual encoder',
  source: 'Chen 2025, Table 2',
  architecture: 'cnn',
};

export const lstmRecipe: Recipe = {
  ...compared,
  id: 'lstm',
  title: 'bidirectional LSTM dual encoder',
  source: 'Chen 2025, Tables 2 and 3',
  architecture: 'lstm',
};

/** The Transformer without the static vector beside it, from scratch. */
export const plainTransformerRecipe: Recipe = {
  ...compared,
  id: 'transformer-plain',
  title: 'Transformer dual encoder without the sum of token vectors',
  sizes: { bag: 0 },
};

/** Chen 2025, Table 6: learning rate and batch, from A to D. */
const configuration = (id: string, rate: number, batch: number, more: Partial<Recipe> = {}): Recipe => ({
  ...compared,
  sizes: transformerRecipe.sizes!,
  id: `chen-${id}`,
  title: `training configuration ${id.toUpperCase()}`,
  source: 'Chen 2025, Table 6; loss of formula 5',
  loss: { kind: 'weighted-cross-entropy' },
  rate,
  batch,
  epochs: 1,
  schedule: 'constant',
  warmUp: 0,
  clip: 1e9,
  dropout: 0,
  ...more,
});

export const chenRecipes: readonly Recipe[] = [
  configuration('a', 1e-4, 32),
  configuration('b', 5e-5, 32),
  configuration('c', 5e-5, 64),
  configuration('d', 3e-5, 64, { schedule: 'linear', warmUp: 0.1, clip: 1, dropout: 0.1 }),
];

/** Chen 2025, Table 4: how vectors are compared while training; CSSAM's loss beside them. */
const lossRecipe = (id: string, title: string, source: string, more: Partial<Recipe>): Recipe => ({
  ...staticRecipe,
  id,
  title,
  source,
  ...more,
});

export const lossRecipes: readonly Recipe[] = [
  lossRecipe('static-euclidean', 'contrast by Euclidean distance', 'Chen 2025, Table 4', {
    loss: { kind: 'info-nce', similarity: 'euclidean', symmetric: true },
  }),
  lossRecipe('static-weighted', 'contrast by weighted cosine', 'Chen 2025, Table 4', {
    sizes: { weighted: 1 },
  }),
  lossRecipe('static-self', 'self-supervised: no pairs, dropout makes the positives', 'Chen 2025, Table 4', {
    loss: { kind: 'self-supervised' },
  }),
  lossRecipe('static-margin', 'margin ranking loss', 'CSSAM formula 18', { loss: { kind: 'margin' } }),
  lossRecipe('static-separate', 'one table for queries, one for units', 'Chen 2025, formula 6', {
    towers: 'separate',
  }),
];
