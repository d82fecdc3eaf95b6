import { QuarryError } from '../../core/errors.ts';
import { architectureById, initialWeights, type ModelShape } from '../../models/index.ts';
import type { Weights } from '../../tensor/index.ts';

/** A query tower: its shape, whose towers are `shared`, for it is one, and its weights. */
export interface QueryTower {
  shape: ModelShape;
  weights: Weights;
}

/**
 * The teacher's tower with another number of layers, as its training begins (ModelCompression in SPENCER, Algorithm 1):
 * the first layers are the teacher's; further ones add nothing at first. With 0 layers it is a static encoder with the
 * teacher's table.
 */
export function towerOf(teacher: QueryTower, layers: number, seed: number): QueryTower {
  const { shape, weights: from } = teacher;
  if (shape.architecture !== 'transformer' && shape.architecture !== 'static')
    throw new QuarryError(
      'usage',
      `a tower of the architecture ${shape.architecture} has no layers to take away`,
      'distil a Transformer',
    );
  const architecture = architectureById(layers === 0 ? 'static' : 'transformer');
  const own: ModelShape =
    layers === 0
      ? {
          ...shape,
          architecture: 'static',
          towers: 'shared',
          preparation: { ...architecture.preparation, query: shape.preparation.query },
          sizes: { weighted: 0, ...architecture.sizes },
        }
      : { ...shape, towers: 'shared', sizes: { ...shape.sizes, layers } };
  const weights = initialWeights(architecture, own, seed);
  for (const [name, { data }] of weights) {
    const known = from.get(name) ?? from.get(`query.${name}`);
    if (known?.data.length === data.length) data.set(known.data);
    // What a new layer adds to its input begins at nothing.
    else if (/^\d+\.(out|down)$/.test(name)) data.fill(0);
  }
  return { shape: own, weights };
}
