import { QuarryError } from '../core/errors.ts';
import { gradients } from './autodiff.ts';
import { dropoutLayers } from './dropout-masks.ts';
import { type Node, reachable } from './graph.ts';
import type { Weights } from './initialise.ts';
import { addRowsTo, addUpRows, type Gradients, type Rows } from './row-gradients.ts';
import { compile, type Elements, type Program, type ProgramOptions, type Value } from './session.ts';

export interface TrainingStepOptions extends ProgramOptions {
  /** More values to hand out with the loss; their names must not contain a colon. */
  readonly outputs?: Readonly<Record<string, Node>>;
  /** Parameters that are not trained. */
  readonly frozen?: readonly string[];
}

export interface StepResult {
  readonly loss: number;
  /** Of the weights; their arrays, unlike the rows, are used again by the next run. */
  readonly gradients: Gradients;
  readonly outputs: Readonly<Record<string, Value>>;
}

/** One compiled graph with the loss and its gradients with respect to all parameters: forward and backward in a run. */
export class TrainingStep {
  /** What `DropoutMasks` has to feed. */
  readonly dropout: readonly Node[];
  private readonly parameters: readonly Node[];
  private readonly extra: readonly string[];
  private readonly program: Program;
  private readonly buffers: Record<string, Elements>;

  private constructor(loss: Node, parameters: readonly Node[], extra: readonly string[], program: Program) {
    this.dropout = dropoutLayers([loss]);
    this.parameters = parameters;
    this.extra = extra;
    this.program = program;
    this.buffers = program.buffers();
  }

  /** `loss` is a scalar; its graph grows by the gradients. */
  static async compile(loss: Node, options: TrainingStepOptions = {}): Promise<TrainingStep> {
    const { outputs = {}, frozen = [] } = options;
    const parameters = reachable([loss]).filter(node => node.op === 'Parameter');
    const trained = parameters.filter(({ name }) => !frozen.includes(name!));
    const all: Record<string, Node> = { ...outputs, 'step:loss': loss };
    for (const { of, dense, rows } of gradients(loss, trained)) {
      if (dense) all[`dense:${of.name}`] = dense;
      for (const [i, { ids, values }] of rows.entries()) {
        all[`ids${i}:${of.name}`] = ids;
        all[`rows${i}:${of.name}`] = values;
      }
    }
    return new TrainingStep(loss, parameters, Object.keys(outputs), await compile(all, options));
  }

  /**
   * `feeds` are the inputs and the dropout masks. Rows are added up. A loss that is not finite throws `QuarryError`
   * ('corrupt'): the weights would be spoilt by such a step.
   */
  async run(feeds: Readonly<Record<string, Elements>>, weights: Weights): Promise<StepResult> {
    const all: Record<string, Elements> = { ...feeds };
    for (const { name } of this.parameters) {
      const weight = weights.get(name!);
      if (!weight) throw new QuarryError('usage', `weight '${name}' is missing`);
      all[name!] = weight.data;
    }
    const results = await this.program.run(all, this.buffers);
    const loss = Number(results['step:loss']!.data[0]);
    if (!Number.isFinite(loss)) {
      throw new QuarryError('corrupt', `the loss is ${loss}`, 'try a lower learning rate');
    }
    const dense = new Map<string, Float32Array>();
    const rows = new Map<string, Rows>();
    for (const { name, shape } of this.parameters) {
      const whole = results[`dense:${name}`]?.data;
      const parts: Rows[] = [];
      for (let i = 0; results[`rows${i}:${name}`]; i++) {
        const ids = results[`ids${i}:${name}`]!.data as Int32Array;
        parts.push({ ids, values: results[`rows${i}:${name}`]!.data as Float32Array });
      }
      const [height, d] = shape as [number, number];
      const summed = parts.length > 0 ? addUpRows(parts, height, d) : undefined;
      if (whole) dense.set(name!, whole as Float32Array);
      if (whole && summed) addRowsTo(whole as Float32Array, summed);
      else if (summed) rows.set(name!, summed);
    }
    const outputs = Object.fromEntries(this.extra.map(name => [name, results[name]!]));
    return { loss, gradients: { dense, rows }, outputs };
  }

  async close(): Promise<void> {
    await this.program.close();
  }
}
