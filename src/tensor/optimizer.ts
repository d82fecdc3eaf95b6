import { QuarryError } from '../core/errors.ts';
import type { Weight, Weights } from './initialise.ts';
import type { Gradients, Rows } from './row-gradients.ts';
import { formatShape, type Shape, sameShape } from './shape.ts';

export interface AdamWOptions {
  /** Share of the old mean gradient that is kept; default 0.9. */
  readonly beta1?: number;
  /** Share of the old mean square that is kept; default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Weight decay λ, times the learning rate per step; default 0.01. */
  readonly decay?: number;
  /** Which weights decay; by default those with two axes or more, so neither biases nor norms. */
  readonly decays?: (name: string, weight: Weight) => boolean;
}

/** The options with the defaults in place of what is left out. */
export function adamWDefaults(options: AdamWOptions = {}): Required<AdamWOptions> {
  return {
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    decay: 0.01,
    decays: (_, weight) => weight.shape.length >= 2,
    ...options,
  };
}

/** Everything an optimizer remembers; arrays are named `mean/<weight>`, `square/<weight>` and so on. */
export interface OptimizerState {
  readonly step: number;
  /** Σ log(1 - rate · λ) over all steps so far. */
  readonly logDecay: number;
  readonly arrays: Map<string, { shape: Shape; data: Float32Array | Float64Array | Int32Array }>;
}

/** When the rows of a table were last brought up to date. */
interface RowTimes {
  /** The step; 0 for never. */
  readonly step: Int32Array;
  /** `logDecay` then. */
  readonly logDecay: Float64Array;
}

interface Moments {
  readonly mean: Float32Array;
  readonly square: Float32Array;
  rows?: RowTimes | undefined;
}

/**
 * Adam with decoupled weight decay (Kingma & Ba 2015; Loshchilov & Hutter 2019), in place:
 * θ ← θ (1 - rate · λ) - rate · m̂ / (√v̂ + ε).
 *
 * Of a table whose gradient comes as rows only those rows are touched; what the others missed – decay of the weights
 * and of both moments – is made up for when they are touched next, or by `settle`. Unlike in dense Adam a row does not
 * drift on without a gradient.
 */
export class AdamW {
  private step = 0;
  private logDecay = 0;
  private readonly weights: Weights;
  private readonly moments = new Map<string, Moments>();
  private readonly options: Required<AdamWOptions>;

  constructor(weights: Weights, options: AdamWOptions = {}) {
    this.weights = weights;
    this.options = adamWDefaults(options);
    for (const [name, { data }] of weights) {
      this.moments.set(name, { mean: new Float32Array(data.length), square: new Float32Array(data.length) });
    }
  }

  /** Number of updates so far. */
  get steps(): number {
    return this.step;
  }

  /**
   * One update of all weights that have a gradient; those without are left alone. Rows must be added up
   * (`addUpRows`): of two rows of the same id the second would count as one more step.
   */
  update(gradients: Gradients, rate: number): void {
    this.step++;
    this.logDecay += Math.log(1 - rate * this.options.decay);
    for (const [name, gradient] of gradients.dense) {
      const { weight, moments } = this.find(name);
      if (gradient.length !== weight.data.length || moments.rows) {
        throw new QuarryError('usage', `the gradient of '${name}' is not of the kind or size it was`);
      }
      const shrink = this.options.decays(name, weight) ? 1 - rate * this.options.decay : 1;
      this.adam(weight.data, 0, gradient, 0, gradient.length, moments, shrink, rate);
    }
    for (const [name, rows] of gradients.rows) this.updateRows(name, rows, rate);
  }

  /** Brings every row up to date, so that the weights can be read; before an evaluation or an export. */
  settle(): void {
    for (const [name, moments] of this.moments) {
      const { rows } = moments;
      if (!rows) continue;
      const weight = this.weights.get(name)!;
      const decays = this.options.decays(name, weight);
      const height = rows.step.length;
      const d = weight.data.length / height;
      for (let row = 0; row < height; row++) {
        catchUp(moments, rows.step[row]!, row * d, d, this.step, this.options);
        const factor = decays ? Math.exp(this.logDecay - rows.logDecay[row]!) : 1;
        for (let i = row * d; i < (row + 1) * d; i++) weight.data[i]! *= factor;
      }
      rows.step.fill(this.step);
      rows.logDecay.fill(this.logDecay);
    }
  }

  /** The state; its arrays are the optimizer's own, so save them before the next step. */
  state(): OptimizerState {
    const arrays: OptimizerState['arrays'] = new Map();
    for (const [name, { mean, square, rows }] of this.moments) {
      const { shape } = this.weights.get(name)!;
      arrays.set(`mean/${name}`, { shape, data: mean });
      arrays.set(`square/${name}`, { shape, data: square });
      if (!rows) continue;
      arrays.set(`row-step/${name}`, { shape: shape.slice(0, 1), data: rows.step });
      arrays.set(`row-decay/${name}`, { shape: shape.slice(0, 1), data: rows.logDecay });
    }
    return { step: this.step, logDecay: this.logDecay, arrays };
  }

  /** Goes on from a state of an optimizer of the same weights; 'format' if they are not. */
  restore(state: OptimizerState): void {
    this.step = state.step;
    this.logDecay = state.logDecay;
    for (const [name, moments] of this.moments) {
      const { shape } = this.weights.get(name)!;
      moments.mean.set(stored(state, `mean/${name}`, shape, Float32Array));
      moments.square.set(stored(state, `square/${name}`, shape, Float32Array));
      moments.rows = state.arrays.has(`row-step/${name}`)
        ? {
            step: stored(state, `row-step/${name}`, shape.slice(0, 1), Int32Array).slice(),
            logDecay: stored(state, `row-decay/${name}`, shape.slice(0, 1), Float64Array).slice(),
          }
        : undefined;
    }
  }

  private updateRows(name: string, { ids, values }: Rows, rate: number): void {
    const { weight, moments } = this.find(name);
    const height = weight.shape[0]!;
    const d = weight.data.length / height;
    if (values.length !== ids.length * d) {
      throw new QuarryError('usage', `the rows of '${name}' must have ${d} values each`);
    }
    moments.rows ??= { step: new Int32Array(height), logDecay: new Float64Array(height) };
    const { rows: times } = moments;
    const decays = this.options.decays(name, weight);
    for (let i = 0; i < ids.length; i++) {
      const row = ids[i]!;
      catchUp(moments, times.step[row]!, row * d, d, this.step - 1, this.options);
      const shrink = decays ? Math.exp(this.logDecay - times.logDecay[row]!) : 1;
      this.adam(weight.data, row * d, values, i * d, d, moments, shrink, rate);
      times.step[row] = this.step;
      times.logDecay[row] = this.logDecay;
    }
  }

  private find(name: string): { weight: Weight; moments: Moments } {
    const weight = this.weights.get(name);
    const moments = this.moments.get(name);
    if (!weight || !moments) throw new QuarryError('usage', `a gradient for '${name}', which is no weight`);
    return { weight, moments };
  }

  /** From `at` on `count` weights and moments; `from` is where their gradients are. */
  private adam(
    weights: Float32Array,
    at: number,
    gradient: Float32Array,
    from: number,
    count: number,
    { mean, square }: Moments,
    shrink: number,
    rate: number,
  ): void {
    const { beta1, beta2, epsilon } = this.options;
    const size = rate / (1 - beta1 ** this.step);
    const unbiased = 1 / (1 - beta2 ** this.step);
    for (let i = at, j = from; i < at + count; i++, j++) {
      const g = gradient[j]!;
      const m = beta1 * mean[i]! + (1 - beta1) * g;
      const v = beta2 * square[i]! + (1 - beta2) * g * g;
      mean[i] = m;
      square[i] = v;
      weights[i] = weights[i]! * shrink - (size * m) / (Math.sqrt(v * unbiased) + epsilon);
    }
  }
}

/** Decays the `d` moments of a row, from `at` on, for the steps after its last one up to `until`. */
function catchUp(
  { mean, square }: Moments,
  last: number,
  at: number,
  d: number,
  until: number,
  { beta1, beta2 }: Required<AdamWOptions>,
): void {
  // Before its first update the moments are 0.
  if (last === 0 || last >= until) return;
  const forMean = beta1 ** (until - last);
  const forSquare = beta2 ** (until - last);
  for (let i = at; i < at + d; i++) {
    mean[i]! *= forMean;
    square[i]! *= forSquare;
  }
}

/** An array of a state, checked. */
function stored<T extends Float32Array | Float64Array | Int32Array>(
  state: OptimizerState,
  name: string,
  shape: Shape,
  type: abstract new (...args: never[]) => T,
): T {
  const found = state.arrays.get(name);
  if (!found || !sameShape(found.shape, shape) || !(found.data instanceof type)) {
    throw new QuarryError(
      'format',
      `optimizer state '${name}': needed ${formatShape(shape)}, found ${found ? formatShape(found.shape) : 'nothing'}`,
      'the checkpoint belongs to another model',
    );
  }
  return found.data;
}
