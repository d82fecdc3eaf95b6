import type { Recipe } from '../../loop/recipe.ts';

/** The shipped fast encoder. */
export const staticRecipe: Recipe = {
  id: 'static',
  title: 'static encoder: token vectors with learned weights',
  source: 'Chen 2025, Table 1; loss of R2PS formula 3',
  architecture: 'static',
  dims: 256,
  towers: 'shared',
  vocabulary: 16_384,
  sources: ['corpus', 'names', 'cosqa:disjoint*2', 'conala', 'staqc', 'codenn'],
  loss: { kind: 'info-nce', temperature: 0.07, symmetric: true },
  batch: 1024,
  epochs: 6,
  rate: 4e-3,
  schedule: 'cosine',
  warmUp: 0.05,
  decay: 0.01,
  clip: 1,
  dropout: 0.1,
  sameLanguage: 0.5,
  patience: 0,
  validations: 1,
};

/** What a re-ranker starts from: a dual encoder that has not seen the pairs which the re-ranker learns from. */
export const staticPartRecipe: Recipe = {
  ...staticRecipe,
  id: 'static-part',
  title: 'static encoder on 60 % of the sources, for a re-ranker on the others',
  sources: staticRecipe.sources.map(source => source.replace(/(\*\d+)?$/, '%60$1')),
};
