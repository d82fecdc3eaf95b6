import type { RankingSpec, Recipe } from '../loop/recipe.ts';

const ranking: RankingSpec = {
  negatives: 'ps',
  pool: 'all',
  start: 1,
  end: 50,
  count: 7,
  recalled: false,
  siblings: 0.4,
  sample: 15_000,
  questions: 0.4,
  paths: 0.7,
};

/** The shipped re-ranker; start it (`--init`) from the static dual encoder, whose token vectors it keeps. */
export const rankerRecipe: Recipe = {
  id: 'ranker',
  title: 'cross-encoder with match features, hard negatives by rank',
  source: 'R2PS section 3.3; SPENCER section 3.3',
  architecture: 'cross',
  dims: 256,
  towers: 'shared',
  vocabulary: 16_384,
  sources: ['corpus', 'cosqa:disjoint', 'conala', 'staqc', 'codenn'],
  loss: { kind: 'info-nce', temperature: 0.07 },
  batch: 16,
  epochs: 1,
  rate: 5e-4,
  schedule: 'cosine',
  warmUp: 0.05,
  decay: 0.01,
  clip: 1,
  dropout: 0.1,
  sameLanguage: 0,
  patience: 0,
  validations: 2,
  ranking,
};

/** What R2PS compares, and the levers of this cross-encoder, on the same data with the same number of lists. */
export const rankerComparisons: readonly Recipe[] = [
  {
    ...rankerRecipe,
    id: 'r2ps',
    title: 'PS: negatives from ranks 1 to 100, 32 of them, τ .05',
    source: 'R2PS section 3.3',
    loss: { kind: 'info-nce', temperature: 0.05 },
    batch: 4,
    ranking: { ...ranking, end: 100, count: 32, siblings: 0 },
  },
  {
    ...rankerRecipe,
    id: 'rr',
    title: 'RR: the other units of the batch as negatives',
    source: 'R2PS section 3.2',
    ranking: { ...ranking, negatives: 'rr', siblings: 0 },
  },
  {
    ...rankerRecipe,
    id: 'rr-ps',
    title: 'half of the negatives by rank, half from the batch',
    source: 'R2PS sections 3.2 and 3.3',
    ranking: { ...ranking, negatives: 'both' },
  },
  {
    ...rankerRecipe,
    id: 'ranker-bce',
    title: 'binary cross-entropy in place of InfoNCE',
    source: 'SPENCER formula 5',
    loss: { kind: 'binary-cross-entropy', temperature: 0.07 },
  },
  {
    ...rankerRecipe,
    id: 'ranker-plain',
    title: 'without match features',
    source: 'R2PS section 3.2',
    sizes: { matching: 0 },
  },
];
