import { QuarryError } from '../core/errors.ts';
import { freeSizes } from './dynamic.ts';
import { type EmitOptions, emitModel } from './emit.ts';
import type { Node } from './graph.ts';
import type { Weights } from './initialise.ts';
import { encodeOnnx } from './onnx.ts';
import { type QuantiseOptions, quantiser } from './quantise.ts';
import { type Elements, Program, type Value } from './session.ts';

export interface ExportOptions {
  /** Weights as int8 where that makes the model smaller and faster; default float32. */
  readonly quantise?: boolean | QuantiseOptions;
  /** Kept in the file, for people and tools. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * The part of a graph that the outputs need as a `.onnx` file with its weights inside. Its inputs are those of the
 * graph, with the graph's static shapes. Build the graph without dropout and its masks will not be among them.
 * `QuarryError` ('usage') names a weight that is missing or of another size.
 */
export function exportModel(
  outputs: Readonly<Record<string, Node>>,
  weights: Weights,
  options: ExportOptions = {},
): Uint8Array {
  return encodeOnnx(emitModel(outputs, emitOptions(weights, options)));
}

/**
 * The same with free sizes, such as the number of texts and of tokens, which get the names given: `build` makes the
 * graph for any sizes. One model then serves all of them. Nothing in the graph may depend on a free size but shapes:
 * learned places, for example, are gathered by ids that are fed (`freeSizes` says what can be done).
 */
export function exportDynamicModel(
  build: (sizes: Readonly<Record<string, number>>) => Readonly<Record<string, Node>>,
  names: readonly string[],
  weights: Weights,
  options: ExportOptions = {},
): Uint8Array {
  const { outputs, ...free } = freeSizes(build, names);
  return encodeOnnx(emitModel(outputs, { ...emitOptions(weights, options), free }));
}

function emitOptions(weights: Weights, { quantise = false, metadata = {} }: ExportOptions): EmitOptions {
  const rewrite = quantise && quantiser(weights, quantise === true ? {} : quantise);
  return { weights, metadata, ...(rewrite && { rewrite }) };
}

/** How far the outputs of two models are apart, over all runs. */
export interface Difference {
  /** Largest difference of two elements. */
  largest: number;
  /** Root of the mean squared difference. */
  rootMeanSquare: number;
  /** Cosine of two rows (along the last axis): mean and smallest; rows of zeros are left out. */
  meanCosine: number;
  leastCosine: number;
}

/** Feeds two models the same and compares an output, float32, that both have under the same name. */
export async function compareModels(
  reference: Uint8Array,
  other: Uint8Array,
  output: string,
  runs: ReadonlyArray<Readonly<Record<string, Elements | Value>>>,
): Promise<Difference> {
  const programs = [await Program.open(reference), await Program.open(other)];
  let [largest, squares, count, cosines, rows, least] = [0, 0, 0, 0, 0, 1];
  for (const feeds of runs) {
    const [a, b] = [await floats(programs[0]!, output, feeds), await floats(programs[1]!, output, feeds)];
    if (a.data.length !== b.data.length) throw new QuarryError('usage', `the models differ in '${output}'`);
    for (let i = 0; i < a.data.length; i++) {
      const difference = Math.abs(a.data[i]! - b.data[i]!);
      largest = Math.max(largest, difference);
      squares += difference ** 2;
    }
    count += a.data.length;
    for (let at = 0; at < a.data.length; at += a.width) {
      const cosine = cosineAt(a.data, b.data, at, a.width);
      if (Number.isNaN(cosine)) continue;
      cosines += cosine;
      least = Math.min(least, cosine);
      rows++;
    }
  }
  for (const program of programs) await program.close();
  return {
    largest,
    rootMeanSquare: Math.sqrt(squares / count),
    meanCosine: cosines / rows,
    leastCosine: least,
  };
}

async function floats(
  program: Program,
  output: string,
  feeds: Readonly<Record<string, Elements | Value>>,
): Promise<{ data: Float32Array; width: number }> {
  const value = (await program.run(feeds))[output];
  if (!(value?.data instanceof Float32Array)) {
    throw new QuarryError('usage', `there is no float32 output '${output}'`);
  }
  return { data: value.data, width: value.shape.at(-1) ?? 1 };
}

function cosineAt(a: Float32Array, b: Float32Array, at: number, width: number): number {
  let [dot, squareA, squareB] = [0, 0, 0];
  for (let i = at; i < at + width; i++) {
    dot += a[i]! * b[i]!;
    squareA += a[i]! ** 2;
    squareB += b[i]! ** 2;
  }
  return dot / Math.sqrt(squareA * squareB);
}
