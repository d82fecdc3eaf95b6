import { Random } from '../core/random.ts';
import { DropoutMasks } from './dropout-masks.ts';
import type { Node } from './graph.ts';
import type { Weights } from './initialise.ts';
import { AdamW, type AdamWOptions, type OptimizerState } from './optimizer.ts';
import { clipByGlobalNorm } from './row-gradients.ts';
import type { Elements, ProgramOptions } from './session.ts';
import { TrainingStep } from './training-step.ts';
import { adoptWeights, copyWeights } from './weights.ts';

export interface BackendOptions extends Pick<ProgramOptions, 'threads' | 'optimise'> {
  /** Where training starts. The backend copies them: what it has learned comes from `weights()` and `state()`. */
  readonly weights: Weights;
  /**
   * The loss, a float32 scalar of a new graph, for a bucket of the data, such as "32×128": graphs have static shapes,
   * so every shape is one more. Called once for each key, when it is first used. Parameters are found by name.
   */
  readonly build: (key: string) => Node;
  readonly optimizer?: AdamWOptions;
  /** Largest Euclidean norm of all gradients together; default 1, `Infinity` for no limit. */
  readonly clip?: number;
  /** Of the dropout masks; default 0. */
  readonly seed?: number;
  /** Parameters that are not trained. */
  readonly frozen?: readonly string[];
}

export interface BackendStep {
  /** Before the update. */
  readonly loss: number;
  /** Of all gradients together, before they were clipped. */
  readonly gradientNorm: number;
}

/** Everything to go on from; with one thread on the CPU to the bit. A state of one device can go on on another. */
export interface BackendState {
  /**
   * As they are between two steps: rows of tables may still owe some weight decay, which `optimizer` knows of. To use
   * the weights for anything else, take `weights()`.
   */
  readonly weights: Weights;
  readonly optimizer: OptimizerState;
  /** `Random.state` of the dropout masks. */
  readonly random: number;
}

/**
 * What makes steps of training on a device: forward, backward, clipping and AdamW over one set of weights that all
 * buckets share. One call at a time.
 */
export interface TrainingBackend {
  readonly device: 'cpu' | 'webgpu';
  /** Number of updates so far, those before a restored state included. */
  readonly steps: number;
  /**
   * One update with the learning rate given. `feeds` has the inputs of the bucket's graph without the dropout masks,
   * which the backend draws. Errors: 'usage' for feeds that do not fit; 'corrupt' if the loss or a gradient is not
   * finite: then nothing was changed but the place in the stream of dropout masks.
   */
  step(key: string, feeds: Readonly<Record<string, Elements>>, rate: number): Promise<BackendStep>;
  /** A copy to evaluate or to export; taking it does not change how training goes on. */
  weights(): Promise<Weights>;
  /** A snapshot for a checkpoint; taking it does not change how training goes on. */
  state(): Promise<BackendState>;
  /** Goes on from a state of the same model; 'format' if it is of another one. */
  restore(state: BackendState): Promise<void>;
  close(): Promise<void>;
}

/** Gradients on the CPU by onnxruntime, the optimizer in TypeScript; see `TrainingStep` and `AdamW`. */
export function cpuBackend(options: BackendOptions): TrainingBackend {
  return new CpuBackend(options);
}

class CpuBackend implements TrainingBackend {
  readonly device = 'cpu';
  private readonly options: BackendOptions;
  private readonly current: Weights;
  private readonly adam: AdamW;
  private readonly masks: DropoutMasks;
  private random: Random;
  private readonly programs = new Map<string, TrainingStep>();

  constructor(options: BackendOptions) {
    this.options = options;
    this.current = copyWeights(options.weights);
    this.adam = new AdamW(this.current, options.optimizer);
    this.masks = new DropoutMasks(options.seed ?? 0);
    this.random = new Random(options.seed ?? 0);
  }

  get steps(): number {
    return this.adam.steps;
  }

  async step(key: string, feeds: Readonly<Record<string, Elements>>, rate: number): Promise<BackendStep> {
    const program = await this.program(key);
    const all = { ...feeds, ...this.masks.draw(program.dropout, this.random) };
    const { loss, gradients } = await program.run(all, this.current);
    const gradientNorm = clipByGlobalNorm(gradients, this.options.clip ?? 1);
    this.adam.update(gradients, rate);
    return { loss, gradientNorm };
  }

  async weights(): Promise<Weights> {
    const weights = copyWeights(this.current);
    const adam = new AdamW(weights, this.options.optimizer);
    adam.restore(this.adam.state());
    adam.settle();
    return weights;
  }

  async state(): Promise<BackendState> {
    const { step, logDecay, arrays } = this.adam.state();
    const copies = Array.from(
      arrays,
      ([name, { shape, data }]) => [name, { shape, data: data.slice() }] as const,
    );
    return {
      weights: copyWeights(this.current),
      optimizer: { step, logDecay, arrays: new Map(copies) },
      random: this.random.state,
    };
  }

  async restore(state: BackendState): Promise<void> {
    adoptWeights(this.current, state.weights);
    this.adam.restore(state.optimizer);
    this.random = new Random(state.random);
  }

  async close(): Promise<void> {
    for (const program of this.programs.values()) await program.close();
    this.programs.clear();
  }

  private async program(key: string): Promise<TrainingStep> {
    const known = this.programs.get(key);
    if (known) return known;
    const { build, frozen = [], threads = 1, optimise = 'all' } = this.options;
    const made = await TrainingStep.compile(build(key), { frozen, threads, optimise });
    this.programs.set(key, made);
    return made;
  }
}
