import { QuarryError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import type { Recipe } from '../recipe.ts';
import { chenRecipes, cnnRecipe, lossRecipes, lstmRecipe, plainTransformerRecipe } from './compared.ts';
import { distilComparisons, distilRecipe } from './distil.ts';
import { rankerComparisons, rankerRecipe } from './rankers.ts';
import { staticPartRecipe, staticRecipe } from './static.ts';
import { transformerRecipe } from './transformer.ts';

/** All recipes; a new one is a file and a line here. */
export const recipes: readonly Recipe[] = [
  staticRecipe,
  staticPartRecipe,
  transformerRecipe,
  cnnRecipe,
  lstmRecipe,
  plainTransformerRecipe,
  ...lossRecipes,
  ...chenRecipes,
  rankerRecipe,
  ...rankerComparisons,
  distilRecipe,
  ...distilComparisons,
];

/** Throws QuarryError `usage` that names the nearest one. */
export function recipeById(id: string): Recipe {
  const found = recipes.find(recipe => recipe.id === id);
  if (found) return found;
  const ids = recipes.map(recipe => recipe.id);
  const close = nearest(id, ids);
  throw new QuarryError(
    'usage',
    `there is no recipe ${JSON.stringify(id)}`,
    close ? `did you mean ${close}?` : `there are ${ids.join(', ')}`,
  );
}
