import { readFile } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import type { Encoder, UnitText } from '../../core/encoder.ts';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import { Program, type Signature, type Value } from '../../tensor/session.ts';
import { batchesOf } from './batches.ts';
import type { ModelFolder } from './folder.ts';
import { normalise, pool } from './pooling.ts';
import { checkModules, type Preparation, promisedDims } from './preparation.ts';
import type { TextTokenizer } from './tokenizer.ts';
import { unitText } from './unit-text.ts';

export interface OnnxEncoderParts {
  readonly id: string;
  readonly fingerprint: string;
  readonly folder: ModelFolder;
  readonly preparation: Preparation;
  readonly tokenizer: TextTokenizer;
  readonly threads: number;
}

/** Tokens of one run, padding included: the memory of a run grows with them. */
const batchTokens = 4096;
const batchRows = 64;

/** Outputs with one vector per text, and with one per token. Of others the first is taken, by its shape. */
const outputNames = ['sentence_embedding', 'last_hidden_state', 'token_embeddings'];
const inputNames = ['input_ids', 'attention_mask', 'token_type_ids', 'position_ids'];

/** A network of others, run by onnxruntime. */
export class OnnxEncoder implements Encoder {
  readonly id: string;
  readonly fingerprint: string;
  readonly dims: number;
  private readonly program: Program;
  private readonly parts: OnnxEncoderParts;
  private readonly output: Signature;
  private readonly most: number;

  private constructor(program: Program, parts: OnnxEncoderParts, output: Signature, dims: number) {
    this.id = parts.id;
    this.fingerprint = parts.fingerprint;
    this.dims = dims;
    this.program = program;
    this.parts = parts;
    this.output = output;
    // A network whose shapes are fixed takes as many tokens as it says.
    const fixed = program.inputs[0]!.shape[1]!;
    this.most = fixed > 0 ? Math.min(fixed, parts.preparation.maxTokens) : parts.preparation.maxTokens;
  }

  /**
   * Opens a network and runs it once, with the largest token id there is. Errors: 'unsupported' (no native runtime),
   * 'corrupt' (does not open), 'format' (inputs, outputs, dimensions or token ids that do not fit).
   */
  static async open(parts: OnnxEncoderParts): Promise<OnnxEncoder> {
    const { model, directory } = parts.folder;
    const program = await openProgram(model, parts.threads);
    try {
      checkInputs(model, program.inputs);
      const output = chooseOutput(model, program.outputs);
      const encoder = new OnnxEncoder(program, parts, output, 0);
      const { shape } = await encoder.probe();
      const dims = shape.at(-1)!;
      // A network that gives one vector per text has all modules inside.
      if (shape.length === 3) checkModules(directory);
      const promised = shape.length === 3 ? promisedDims(directory) : undefined;
      if (promised && promised.dims !== dims)
        throw new QuarryError(
          'format',
          `${model} gives vectors of ${dims} numbers, but ${promised.file} says ${promised.dims}`,
          'the files belong to different models',
        );
      return new OnnxEncoder(program, parts, output, dims);
    } catch (error) {
      await program.close();
      throw error;
    }
  }

  encodeQueries(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array> {
    return this.encode(texts, this.parts.preparation.queryPrefix, signal);
  }

  encodeUnits(units: readonly UnitText[], signal?: AbortSignal): Promise<Float32Array> {
    return this.encode(units.map(unitText), this.parts.preparation.documentPrefix, signal);
  }

  close(): Promise<void> {
    return this.program.close();
  }

  private async encode(
    texts: readonly string[],
    prefix: string,
    signal?: AbortSignal,
  ): Promise<Float32Array> {
    const { tokenizer, preparation } = this.parts;
    const result = new Float32Array(texts.length * this.dims);
    const bare = tokenizer.known(tokenizer.encode(prefix, this.most));
    const ids: Array<readonly number[]> = [];
    for (const [i, text] of texts.entries()) {
      if (i % 64 === 0) await pause(signal);
      const found = tokenizer.encode(prefix + text, this.most);
      ids.push(tokenizer.known(found) > bare ? found : []);
    }
    const { rows, tokens: fixed } = this.fixedSizes();
    const lengths = ids.map(list => list.length);
    for (const batch of batchesOf(lengths, batchTokens, rows ?? batchRows)) {
      await pause(signal);
      const { data, shape } = await this.run(
        batch.rows.map(row => ids[row]!),
        rows ?? batch.rows.length,
        fixed ?? batch.tokens,
      );
      const own = batch.rows.map(row => lengths[row]!);
      if (shape.length === 3)
        pool(data as Float32Array, shape[1]!, this.dims, own, preparation.pooling, result, batch.rows);
      else
        for (const [i, row] of batch.rows.entries()) {
          const out = result.subarray(row * this.dims, (row + 1) * this.dims);
          out.set((data as Float32Array).subarray(i * this.dims, (i + 1) * this.dims));
          normalise(out);
        }
    }
    return result;
  }

  /** `rows` and `tokens` are the sizes fed; what the lists do not fill is padding. */
  private async run(lists: ReadonlyArray<readonly number[]>, rows: number, tokens: number): Promise<Value> {
    const ids = new Int32Array(rows * tokens).fill(this.parts.tokenizer.padId);
    const mask = new Int32Array(rows * tokens);
    for (const [row, list] of lists.entries()) {
      ids.set(list, row * tokens);
      mask.fill(1, row * tokens, row * tokens + list.length);
    }
    // Some networks divide by the number of tokens: rows that are all padding have one.
    for (let row = lists.length; row < rows; row++) mask[row * tokens] = 1;
    const feeds: Record<string, Value> = {};
    for (const { name, type } of this.program.inputs) {
      let data = ids;
      if (name === 'attention_mask') data = mask;
      else if (name === 'token_type_ids') data = new Int32Array(ids.length);
      else if (name === 'position_ids') data = ids.map((_, i) => i % tokens);
      const shape = [rows, tokens];
      feeds[name] = { data: type === 'int64' ? BigInt64Array.from(data, BigInt) : data, shape };
    }
    return (await this.program.run(feeds))[this.output.name]!;
  }

  private async probe(): Promise<Value> {
    const { folder, tokenizer } = this.parts;
    const { rows, tokens } = this.fixedSizes();
    let value: Value;
    try {
      value = await this.run([[tokenizer.largestId]], rows ?? 1, tokens ?? 1);
    } catch (error) {
      if (!(error instanceof QuarryError) || !/out of (data )?bounds|indices element/.test(error.message))
        throw error;
      throw new QuarryError(
        'format',
        `${folder.tokenizer} has ids up to ${tokenizer.largestId}, which the model has no vector for`,
        'the tokenizer belongs to another model',
        { cause: error },
      );
    }
    const { data, shape } = value;
    const fits = shape.length === 3 || (shape.length === 2 && shape[0] === (rows ?? 1));
    if (data instanceof Float32Array && fits && shape.at(-1)! > 0) return value;
    throw new QuarryError(
      'format',
      `${folder.model}: the output ${this.output.name} of the shape [${shape.join(', ')}] is neither vectors of texts nor of tokens`,
    );
  }

  private fixedSizes(): { rows: number | undefined; tokens: number | undefined } {
    const [rows, tokens] = this.program.inputs[0]!.shape;
    return { rows: rows! > 0 ? rows : undefined, tokens: tokens! > 0 ? tokens : undefined };
  }
}

async function openProgram(model: string, threads: number): Promise<Program> {
  const bytes = await readFile(model).catch((cause: NodeJS.ErrnoException) => {
    throw new QuarryError('unreadable', `${model} cannot be read (${cause.code})`, undefined, { cause });
  });
  try {
    return await Program.open(bytes, { threads });
  } catch (error) {
    if (!(error instanceof QuarryError) || error.code !== 'corrupt') throw error;
    const why = error.message.replace('the model cannot be opened: ', '');
    throw new QuarryError('corrupt', `${model} cannot be opened: ${why}`, 'fetch the file again', {
      cause: error,
    });
  }
}

function checkInputs(model: string, inputs: readonly Signature[]): void {
  for (const { name, type, shape } of inputs) {
    if (inputNames.includes(name) && ['int64', 'int32'].includes(type) && shape.length === 2) continue;
    throw new QuarryError(
      'format',
      `${model}: cannot feed the input ${name} (${type}, ${shape.length} axes)`,
      `known inputs: ${inputNames.join(', ')}, [texts, tokens] each, int64`,
    );
  }
  if (!inputs.some(({ name }) => name === 'input_ids'))
    throw new QuarryError('format', `${model} has no input input_ids`, 'it is no encoder of texts');
}

function chooseOutput(model: string, outputs: readonly Signature[]): Signature {
  const named = outputNames.map(name => outputs.find(output => output.name === name)).find(output => output);
  const output = named ?? outputs[0]!;
  if (output.type !== 'float32')
    throw new QuarryError(
      'format',
      `${model}: the output ${output.name} is ${output.type}, not float32`,
      'use an export whose outputs are float32',
    );
  return output;
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  // A run keeps this thread busy: without a turn of the event loop no Ctrl-C would be seen.
  await turn();
  throwIfAborted(signal);
}
