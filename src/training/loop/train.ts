import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { QuarryError } from '../../core/errors.ts';
import {
  constantRate,
  cosineDecay,
  linearDecay,
  loadCheckpoint,
  type Node,
  type Schedule,
  type Shape,
  saveCheckpoint,
  type TrainingBackend,
  type Weights,
  warmUp,
} from '../../tensor/index.ts';
import type { TrainingLog } from './log.ts';
import type { Recipe } from './recipe.ts';
import type { TrainingTask } from './task.ts';

export interface TrainOptions<Batch = unknown> {
  recipe: Recipe;
  task: TrainingTask<Batch>;
  /** Directory of the run: `checkpoint.safetensors` and `best.safetensors` go there. */
  directory: string;
  seed: number;
  threads: number;
  /** Makes the device's backend. */
  backend: (options: {
    weights: Weights;
    build: (key: string) => Node;
    seed: number;
    threads: number;
    clip: number;
    decay: number;
    frozen: readonly string[];
  }) => Promise<TrainingBackend>;
  /** Where training starts instead of at random, as far as names and shapes are equal. */
  initial?: Weights;
  resume: boolean;
  log: TrainingLog;
  signal?: AbortSignal;
  onProgress?: (progress: TrainProgress) => void;
}

export interface TrainProgress {
  step: number;
  steps: number;
  epoch: number;
  loss: number;
  pairsPerSecond: number;
  /** Seconds left at the rate so far. */
  eta: number;
  /** Mean MRR of the last validation, NaN before the first, and of the best one, -1 before the first. */
  score: number;
  best: number;
}

export interface TrainResult {
  /** The weights of the best validation; the last ones if there are no pools. */
  weights: Weights;
  score: number;
  step: number;
  reason: 'finished' | 'early' | 'aborted';
  seconds: number;
}

/** Steps between two lines of the log. */
const logEvery = 20;
/** Seconds between two checkpoints. */
const saveEvery = 60;

/** What a checkpoint remembers besides weights. */
interface Place {
  epoch: number;
  /** Batches of the epoch that are done. */
  batch: number;
  best: number;
  bestStep: number;
  bad: number;
  seconds: number;
  seed: number;
}

/**
 * Trains what a task says by the recipe's epochs, schedule and patience. With a checkpoint and `resume` it goes on as if
 * it had never stopped.
 */
export async function train<Batch>(options: TrainOptions<Batch>): Promise<TrainResult> {
  mkdirSync(options.directory, { recursive: true });
  const trainer = new Trainer(options);
  return trainer.go();
}

class Trainer<Batch> {
  private readonly options: TrainOptions<Batch>;
  private readonly checkpoint: string;
  private readonly bestFile: string;
  private place: Place;
  private score = Number.NaN;

  constructor(options: TrainOptions<Batch>) {
    this.options = options;
    this.checkpoint = join(options.directory, 'checkpoint.safetensors');
    this.bestFile = join(options.directory, 'best.safetensors');
    this.place = { epoch: 0, batch: 0, best: -1, bestStep: 0, bad: 0, seconds: 0, seed: options.seed };
  }

  async go(): Promise<TrainResult> {
    const { recipe, task, seed, threads, log, signal } = this.options;
    const weights = task.initialWeights();
    const shapes = new Map([...weights].map(([name, { shape }]) => [name, shape]));
    if (this.options.initial) adopt(weights, this.options.initial);
    const unknown = recipe.frozen?.find(name => !weights.has(name));
    if (unknown !== undefined)
      throw new QuarryError(
        'usage',
        `there is no weight ${JSON.stringify(unknown)} to freeze`,
        `there are ${[...weights.keys()].join(', ')}`,
      );
    const backend = await this.options.backend({
      weights,
      build: key => task.lossGraph(key),
      seed,
      threads,
      clip: recipe.clip,
      decay: recipe.decay,
      frozen: [...task.frozen, ...(recipe.frozen ?? [])],
    });
    try {
      if (this.options.resume) await this.restore(backend, shapes);
      let planned: { epoch: number; batches: readonly Batch[] } | undefined;
      const plan = async (epoch: number) => {
        if (planned?.epoch !== epoch) planned = { epoch, batches: await task.plan(epoch, signal) };
        return planned.batches;
      };
      const perEpoch = (await plan(this.place.epoch)).length;
      if (perEpoch === 0)
        throw new QuarryError('usage', 'no batch can be filled', 'add sources, or lower --batch');
      const steps = Math.min(perEpoch * recipe.epochs, recipe.steps ?? Number.POSITIVE_INFINITY);
      const schedule = scheduleOf(recipe, steps);
      if (this.place.epoch === 0 && this.place.batch === 0) {
        log.write({
          type: 'start',
          recipe,
          seed,
          threads,
          device: backend.device,
          counts: Object.fromEntries(task.counts),
          examples: task.size,
          stepsPerEpoch: perEpoch,
          steps,
          parameters: [...weights.values()].reduce((sum, { data }) => sum + data.length, 0),
        });
      }
      const reason = await this.loop(backend, plan, steps, schedule);
      const { best, seconds } = this.place;
      log.write({ type: 'end', step: backend.steps, reason, best, seconds });
      const result = best >= 0 ? (await loadCheckpoint(this.bestFile)).weights : await backend.weights();
      return { weights: result, score: best, step: backend.steps, reason, seconds };
    } finally {
      await backend.close();
    }
  }

  private async loop(
    backend: TrainingBackend,
    plan: (epoch: number) => Promise<readonly Batch[]>,
    steps: number,
    schedule: Schedule,
  ): Promise<TrainResult['reason']> {
    const { recipe, log, signal, onProgress } = this.options;
    const { place } = this;
    let since = { loss: 0, norm: 0, steps: 0, pairs: 0, begun: performance.now() };
    let saved = performance.now();
    let clock = performance.now();
    const tick = () => {
      const now = performance.now();
      place.seconds += (now - clock) / 1000;
      clock = now;
    };
    for (; place.epoch < recipe.epochs; place.epoch++, place.batch = 0) {
      const batches = await plan(place.epoch);
      const every = Math.max(1, Math.ceil(Math.min(batches.length, steps) / recipe.validations));
      while (place.batch < batches.length && backend.steps < steps) {
        if (signal?.aborted) {
          tick();
          await this.save(backend);
          return 'aborted';
        }
        const batch = batches[place.batch]!;
        const rate = schedule(backend.steps + 1);
        const step = await this.step(backend, batch, rate);
        place.batch++;
        since.loss += step.loss;
        since.norm += step.gradientNorm;
        since.pairs += step.examples;
        since.steps++;
        const isLast = place.batch === batches.length || backend.steps === steps;
        const pairsPerSecond = (since.pairs / (performance.now() - since.begun)) * 1000;
        const loss = since.loss / since.steps;
        const epoch = place.epoch + place.batch / batches.length;
        onProgress?.({
          step: backend.steps,
          steps,
          epoch,
          loss,
          pairsPerSecond,
          eta: ((steps - backend.steps) * recipe.batch) / pairsPerSecond,
          score: this.score,
          best: place.best,
        });
        if (since.steps === logEvery || isLast) {
          tick();
          log.write({
            type: 'step',
            step: backend.steps,
            epoch,
            loss,
            gradientNorm: since.norm / since.steps,
            rate,
            pairsPerSecond,
            seconds: place.seconds,
          });
          since = { loss: 0, norm: 0, steps: 0, pairs: 0, begun: performance.now() };
        }
        if (place.batch % every === 0 || isLast) {
          const isOver = await this.validated(backend, tick);
          since.begun = performance.now();
          if (isOver) {
            await this.save(backend);
            return 'early';
          }
        }
        if (performance.now() - saved > saveEvery * 1000) {
          tick();
          await this.save(backend);
          saved = performance.now();
        }
        await setImmediate();
      }
    }
    tick();
    await this.save(backend);
    return 'finished';
  }

  /** True if training should stop. */
  private async validated(backend: TrainingBackend, tick: () => void): Promise<boolean> {
    const { task, log, recipe, signal } = this.options;
    if (signal?.aborted) return false;
    const weights = await backend.weights();
    const pools = await task.validate(weights);
    if (pools.length === 0) return false;
    tick();
    const { place } = this;
    this.score = pools.reduce((sum, pool) => sum + pool.mrr, 0) / pools.length;
    const isBest = this.score > place.best;
    if (isBest) {
      place.best = this.score;
      place.bestStep = backend.steps;
      place.bad = 0;
      const empty = { step: 0, logDecay: 0, arrays: new Map() };
      await saveCheckpoint(this.bestFile, { weights, optimizer: empty, random: {}, metadata: { ...place } });
    } else place.bad++;
    log.write({
      type: 'validation',
      step: backend.steps,
      pools,
      score: this.score,
      isBest,
      seconds: place.seconds,
    });
    return recipe.patience > 0 && place.bad >= recipe.patience;
  }

  private async step(
    backend: TrainingBackend,
    batch: Batch,
    rate: number,
  ): Promise<{ loss: number; gradientNorm: number; examples: number }> {
    const { key, feeds, examples } = this.options.task.feeds(batch);
    try {
      return { ...(await backend.step(key, feeds, rate)), examples };
    } catch (error) {
      if (!(error instanceof QuarryError) || error.code !== 'corrupt') throw error;
      const { epoch, batch: done } = this.place;
      throw new QuarryError(
        'corrupt',
        `step ${backend.steps + 1} (batch ${done + 1} of epoch ${epoch + 1}): ${error.message}`,
        'the checkpoint before it is kept; try a lower --rate',
        { cause: error },
      );
    }
  }

  private async save(backend: TrainingBackend): Promise<void> {
    const { weights, optimizer, random } = await backend.state();
    await saveCheckpoint(this.checkpoint, {
      weights,
      optimizer,
      random: { masks: random },
      metadata: { ...this.place },
    });
  }

  private async restore(backend: TrainingBackend, shapes: ReadonlyMap<string, Shape>): Promise<void> {
    const checkpoint = await loadCheckpoint(this.checkpoint, shapes);
    const place = checkpoint.metadata as unknown as Place;
    if (place.seed !== this.options.seed)
      throw new QuarryError(
        'usage',
        `the run began with the seed ${place.seed}`,
        'go on with that one, or train in another directory',
      );
    await backend.restore({
      weights: checkpoint.weights,
      optimizer: checkpoint.optimizer,
      random: checkpoint.random['masks'] ?? 0,
    });
    this.place = { ...place };
    this.options.log.rewind(backend.steps);
    this.options.log.write({ type: 'resume', step: backend.steps });
  }
}

function scheduleOf(recipe: Recipe, steps: number): Schedule {
  const { rate } = recipe;
  const after =
    recipe.schedule === 'constant'
      ? constantRate(rate)
      : recipe.schedule === 'linear'
        ? linearDecay(rate, steps)
        : cosineDecay(rate, steps);
  return warmUp(Math.round(steps * recipe.warmUp), after);
}

/** Takes over the weights that have the same name and shape. */
function adopt(weights: Weights, from: Weights): void {
  for (const [name, { data }] of weights) {
    const other = from.get(name);
    if (other && other.data.length === data.length) data.set(other.data);
  }
}
