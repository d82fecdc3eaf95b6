import { QuarryError } from '../core/errors.ts';
import { Random } from '../core/random.ts';
import type { BackendOptions, BackendState, BackendStep, TrainingBackend } from './backend.ts';
import { meanOf, nextOf, SCALARS, squareOf, wholeStep } from './device-graph.ts';
import { DropoutMasks, dropoutLayers } from './dropout-masks.ts';
import { Graph, type Node } from './graph.ts';
import type { Weights } from './initialise.ts';
import { AdamW, type AdamWOptions, adamWDefaults, type OptimizerState } from './optimizer.ts';
import { compile, type Device, type Elements, type Program, type Resident, type Value } from './session.ts';
import type { Shape } from './shape.ts';
import { adoptWeights, copyWeights } from './weights.ts';

interface Bucket {
  readonly program: Program;
  readonly parameters: readonly Node[];
  readonly trained: readonly string[];
  readonly dropout: readonly Node[];
}

/**
 * Training whose weights and moments stay on the device: one graph makes a whole step (`wholeStep`), each bucket has
 * its own, and all of them read and replace the same arrays. It takes three times the memory of the weights for them,
 * and as much again while a step makes the next ones.
 */
export class DeviceBackend implements TrainingBackend {
  readonly device: Device;
  private readonly options: BackendOptions;
  private readonly adam: Required<AdamWOptions>;
  /** Their shapes; the values are those of the start until `resident` is there. */
  private start: Weights;
  private readonly tables = new Set<string>();
  private readonly masks: DropoutMasks;
  private random: Random;
  private count = 0;
  private logDecay = 0;
  /** Weights by name, moments as in the optimizer's state; empty before the first step. */
  private readonly resident = new Map<string, Resident>();
  private readonly buckets = new Map<string, Bucket>();
  private up: Program | undefined;
  private down: Program | undefined;

  /** `device` 'cpu' does the same on the processor, slower than `cpuBackend`: it is how tests compare the two. */
  constructor(options: BackendOptions, device: Device) {
    this.options = options;
    this.device = device;
    this.adam = adamWDefaults(options.optimizer);
    this.start = copyWeights(options.weights);
    this.masks = new DropoutMasks(options.seed ?? 0);
    this.random = new Random(options.seed ?? 0);
  }

  get steps(): number {
    return this.count;
  }

  async step(key: string, feeds: Readonly<Record<string, Elements>>, rate: number): Promise<BackendStep> {
    const { program, parameters, trained, dropout } = await this.bucket(key);
    if (this.resident.size === 0) await this.upload(this.start, new Map());
    const { beta1, beta2, decay } = this.adam;
    const step = this.count + 1;
    const all: Record<string, Elements | Resident> = {
      ...feeds,
      ...this.masks.draw(dropout, this.random),
      [SCALARS.size]: Float32Array.of(rate / (1 - beta1 ** step)),
      [SCALARS.unbiased]: Float32Array.of(1 / (1 - beta2 ** step)),
      [SCALARS.decay]: Float32Array.of(rate * decay),
    };
    if (!program.inputs.some(({ name }) => name === SCALARS.decay)) delete all[SCALARS.decay];
    for (const { name } of parameters) all[name!] = this.resident.get(name!)!;
    for (const name of trained.flatMap(momentsOf)) all[name] = this.resident.get(name)!;
    const { values, kept } = await program.runKeeping(all);
    const [loss, gradientNorm] = ['step:loss', 'step:norm'].map(name => Number(values[name]!.data[0]));
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      for (const value of Object.values(kept)) value.release();
      const what = Number.isFinite(loss) ? 'a gradient is not finite' : `the loss is ${loss}`;
      throw new QuarryError('corrupt', what, 'try a lower learning rate');
    }
    for (const name of trained.flatMap(weight => [weight, ...momentsOf(weight)])) {
      this.resident.get(name)!.release();
      this.resident.set(name, kept[nextOf(name)]!);
    }
    this.count = step;
    this.logDecay += Math.log(1 - rate * decay);
    return { loss: loss!, gradientNorm: gradientNorm! };
  }

  async weights(): Promise<Weights> {
    return this.weightsOf(await this.download());
  }

  async state(): Promise<BackendState> {
    const values = await this.download();
    const arrays: OptimizerState['arrays'] = new Map();
    for (const [name, { shape }] of this.start) {
      for (const moment of momentsOf(name)) arrays.set(moment, { shape, data: values.get(moment)! });
      if (!this.tables.has(name)) continue;
      const rows: Shape = shape.slice(0, 1);
      const [height = 0] = rows;
      // Here no row is ever behind.
      arrays.set(`row-step/${name}`, { shape: rows, data: new Int32Array(height).fill(this.count) });
      arrays.set(`row-decay/${name}`, { shape: rows, data: new Float64Array(height).fill(this.logDecay) });
    }
    const optimizer = { step: this.count, logDecay: this.logDecay, arrays };
    return { weights: this.weightsOf(values), optimizer, random: this.random.state };
  }

  async restore(state: BackendState): Promise<void> {
    const weights = copyWeights(this.start);
    adoptWeights(weights, state.weights);
    const adam = new AdamW(weights, this.options.optimizer);
    adam.restore(state.optimizer);
    adam.settle();
    const settled = adam.state();
    await this.upload(
      weights,
      new Map(Array.from(settled.arrays, ([name, { data }]) => [name, data as Float32Array])),
    );
    for (const name of weights.keys()) if (settled.arrays.has(`row-step/${name}`)) this.tables.add(name);
    this.count = settled.step;
    this.logDecay = settled.logDecay;
    this.random = new Random(state.random);
  }

  async close(): Promise<void> {
    for (const value of this.resident.values()) value.release();
    this.resident.clear();
    for (const { program } of this.buckets.values()) await program.close();
    this.buckets.clear();
    await this.up?.close();
    await this.down?.close();
  }

  private async bucket(key: string): Promise<Bucket> {
    const known = this.buckets.get(key);
    if (known) return known;
    const { build, clip = 1, frozen = [], threads = 1, optimise = 'all' } = this.options;
    const loss = build(key);
    const dropout = dropoutLayers([loss]);
    const step = wholeStep(loss, this.start, { optimizer: this.adam, clip, frozen });
    const keep = Object.keys(step.outputs).filter(name => name.startsWith(nextOf('')));
    const program = await compile(step.outputs, { device: this.device, keep, threads, optimise });
    for (const name of step.tables) this.tables.add(name);
    const made = { program, parameters: step.parameters, trained: step.trained, dropout };
    this.buckets.set(key, made);
    return made;
  }

  /** Moments that are not given are 0. */
  private async upload(weights: Weights, moments: ReadonlyMap<string, Float32Array>): Promise<void> {
    this.up ??= await this.copier(true);
    const feeds: Record<string, Value> = {};
    for (const [name, weight] of weights) {
      feeds[name] = weight;
      for (const moment of momentsOf(name)) {
        const data = moments.get(moment) ?? new Float32Array(weight.data.length);
        feeds[moment] = { shape: weight.shape, data };
      }
    }
    const { kept } = await this.up.runKeeping(feeds);
    for (const name of Object.keys(feeds)) {
      this.resident.get(name)?.release();
      this.resident.set(name, kept[nextOf(name)]!);
    }
  }

  private async download(): Promise<Map<string, Float32Array>> {
    if (this.resident.size === 0) await this.upload(this.start, new Map());
    this.down ??= await this.copier(false);
    const values = await this.down.run(Object.fromEntries(this.resident));
    return new Map(
      Array.from(this.resident.keys(), name => [name, values[nextOf(name)]!.data as Float32Array]),
    );
  }

  /**
   * Copies all arrays to the device, or from it: asking a tensor on the device for its values would end the process,
   * so they come as outputs of a graph that does nothing.
   */
  private async copier(keep: boolean): Promise<Program> {
    const graph = new Graph();
    const outputs: Record<string, Node> = {};
    for (const [name, { shape }] of this.start) {
      for (const one of [name, ...momentsOf(name)]) outputs[nextOf(one)] = graph.input(one, shape);
    }
    return await compile(outputs, { device: this.device, keep: keep ? Object.keys(outputs) : [] });
  }

  private weightsOf(values: ReadonlyMap<string, Float32Array>): Weights {
    return new Map(
      Array.from(this.start, ([name, { shape }]) => [name, { shape, data: values.get(name)! }] as const),
    );
  }
}

function momentsOf(name: string): string[] {
  return [meanOf(name), squareOf(name)];
}
