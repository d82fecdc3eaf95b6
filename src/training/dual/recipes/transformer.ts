import type { Recipe } from '../../loop/recipe.ts';

/** The shipped encoder that sees order and neighbours; start it from a static one (`--init`), whose table it goes on from. */
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
  batch: 192,
  epochs: 1,
  rate: 5e-4,
  schedule: 'cosine',
  warmUp: 0.05,
  decay: 0.01,
  clip: 1,
  dropout: 0.1,
  sameLanguage: 0.5,
  patience: 0,
  validations: 4,
};
