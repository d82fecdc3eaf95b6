import type { Recipe } from '../recipe.ts';

/**
 * What a static encoder (`--init`) does not see: order and neighbours. Its table stays as it is, and only the layers that add to
 * its vectors are trained; with the table trained on as well, both were worse than the table alone.
 */
export const transformerRecipe: Recipe = {
  id: 'transformer',
  title: 'Transformer dual encoder',
  source: 'Chen 2025, Table 2; SPENCER formulas 1–4',
  architecture: 'transformer',
  dims: 256,
  towers: 'shared',
  sizes: { inner: 512 },
  vocabulary: 16_384,
  sources: ['corpus', 'names', 'cosqa:disjoint*2', 'conala', 'staqc', 'codenn'],
  loss: { kind: 'info-nce', temperature: 0.07, symmetric: true },
  batch: 256,
  epochs: 1,
  steps: 500,
  rate: 1e-3,
  schedule: 'cosine',
  warmUp: 0.05,
  decay: 0.01,
  clip: 1,
  dropout: 0.2,
  sameLanguage: 0.25,
  similar: 0.5,
  frozen: ['tokens', 'gates'],
  patience: 0,
  validations: 4,
};
