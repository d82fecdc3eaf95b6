import type { Recipe } from '../recipe.ts';

/** The shipped stronger encoder; start it from a static one (`--init`), whose table it goes on from. */
export const transformerRecipe: Recipe = {
  id: 'transformer',
  title: 'Transformer dual encoder',
  source: 'Chen 2025, Table 2; SPENCER formulas 1–4',
  architecture: 'transformer',
  dims: 256,
  towers: 'shared',
  vocabulary: 16_384,
  sources: ['corpus', 'cosqa:disjoint', 'conala', 'staqc', 'codenn'],
  loss: { kind: 'info-nce', temperature: 0.05, symmetric: true },
  batch: 64,
  epochs: 2,
  rate: 4e-4,
  schedule: 'cosine',
  warmUp: 0.05,
  decay: 0.01,
  clip: 1,
  dropout: 0.1,
  sameLanguage: 0.5,
  patience: 0,
  validations: 4,
};
