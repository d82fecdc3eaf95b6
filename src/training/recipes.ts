import { QuarryError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { rankerComparisons, rankerRecipe } from './cross/recipes.ts';
import { distilComparisons, distilRecipe } from './distil/recipes.ts';
import {
  chenRecipes,
  cnnRecipe,
  lossRecipes,
  lstmRecipe,
  plainTransformerRecipe,
} from './dual/recipes/compared.ts';
import { staticPartRecipe, staticRecipe } from './dual/recipes/static.ts';
import { transformerRecipe } from './dual/recipes/transformer.ts';
import type { Recipe } from './loop/recipe.ts';

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
