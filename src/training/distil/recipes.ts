import type { Recipe } from '../loop/recipe.ts';
import type { DistilSpec } from './spec.ts';

const spec: DistilSpec = {
  loss: 'both',
  strategy: 'adaptive',
  depths: [4, 3, 2, 1, 0],
  threshold: 0.01,
  sample: 60_000,
};

/** Makes the query tower of a Transformer smaller; `--init` names the run of the teacher. */
export const distilRecipe: Recipe = {
  id: 'distil',
  title: 'query tower distilled layer by layer, with an adaptive teaching assistant',
  source: 'SPENCER section 3.2, Algorithm 1',
  architecture: 'transformer',
  dims: 256,
  towers: 'shared',
  vocabulary: 16_384,
  sources: ['corpus', 'cosqa:disjoint*2', 'conala', 'staqc', 'codenn'],
  loss: { kind: 'info-nce', temperature: 0.07 },
  batch: 256,
  epochs: 1,
  rate: 5e-4,
  schedule: 'cosine',
  warmUp: 0.05,
  decay: 0.01,
  clip: 1,
  dropout: 0,
  sameLanguage: 0,
  patience: 0,
  validations: 1,
  distil: spec,
};

/** What SPENCER compares: losses at a fixed depth, and who teaches. */
export const distilComparisons: readonly Recipe[] = [
  {
    ...distilRecipe,
    id: 'distil-original',
    title: 'every student taught by the original tower',
    source: 'SPENCER Table 6',
    distil: { ...spec, strategy: 'original' },
  },
  {
    ...distilRecipe,
    id: 'distil-direct',
    title: 'small towers trained on the pairs, without a teacher',
    source: 'SPENCER Table 6',
    distil: { ...spec, strategy: 'none' },
  },
  ...(['single', 'dual', 'contrastive'] as const).map(
    (loss): Recipe => ({
      ...distilRecipe,
      id: `distil-${loss}`,
      title: `students by the loss ${loss}, taught by the original tower`,
      source: 'SPENCER Tables 3 and 4',
      distil: { ...spec, loss, strategy: 'original', depths: [4, 1, 0] },
    }),
  ),
];
