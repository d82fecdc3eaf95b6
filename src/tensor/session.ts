import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { QuarryError } from '../core/errors.ts';
import { emitModel } from './emit.ts';
import type { Node } from './graph.ts';
import { encodeOnnx } from './onnx.ts';
import { formatShape, type Shape, sizeOf } from './shape.ts';
import { forWebgpu } from './webgpu-kernels.ts';

type Runtime = typeof import('onnxruntime-node');

/** What the runtime takes and gives: float32, int32, int64, uint8, int8. */
export type Elements = Float32Array | Int32Array | BigInt64Array | Uint8Array | Int8Array;

/** Elements, row-major, with their shape. */
export interface Value {
  readonly data: Elements;
  readonly shape: Shape;
}

/** An input or output; a size of -1 is decided at run time. */
export interface Signature {
  readonly name: string;
  readonly type: string;
  readonly shape: Shape;
}

/** Where programs run: on the processor, or through WebGPU (Vulkan, Metal, Direct3D 12) on a graphics card. */
export type Device = 'cpu' | 'webgpu';

export interface ProgramOptions {
  /**
   * Default 'cpu'. What WebGPU has no kernel for runs on the CPU all the same; `threads` counts for that part only.
   * Sums are done in another order there, so results agree closely, but not to the bit.
   */
  readonly device?: Device;
  /** Outputs that stay on the device: `run` hands them out as `kept`, to be fed to the next run. */
  readonly keep?: readonly string[];
  /**
   * Threads inside of one operator; default 1, which gives the same bits on every run. With more, sums can be split in
   * other places: weights of short trainings agreed within 1e-3.
   */
  readonly threads?: number;
  /** How much the runtime may rewrite the graph; default 'all'. */
  readonly optimise?: 'disabled' | 'basic' | 'extended' | 'all';
}

/**
 * An output that stayed on the device. It belongs to nobody: `release` it when no run is to read it any more, or the
 * device's memory fills up.
 */
export class Resident {
  readonly shape: Shape;
  /** For `Program` only: its values cannot be read from here (asking for them ends the process). */
  readonly tensor: Tensor;

  constructor(tensor: Tensor) {
    this.tensor = tensor;
    this.shape = tensor.dims;
  }

  release(): void {
    // A tensor on the CPU is the garbage collector's.
    if (this.tensor.location !== 'cpu') this.tensor.dispose();
  }
}

export interface Results {
  readonly values: Record<string, Value>;
  /** Those that the program was told to keep on the device. */
  readonly kept: Record<string, Resident>;
}

const ARRAYS = {
  float32: Float32Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  int8: Int8Array,
} as const;

/**
 * A model that can be run. One run at a time; a run keeps its JavaScript thread busy, so long ones belong into
 * a worker. Make few programs and keep them: the runtime does not give all of their memory back.
 */
export class Program {
  readonly inputs: readonly Signature[];
  readonly outputs: readonly Signature[];
  private readonly runtime: Runtime;
  private readonly session: InferenceSession;
  private readonly keep: ReadonlySet<string>;

  private constructor(runtime: Runtime, session: InferenceSession, keep: readonly string[]) {
    this.runtime = runtime;
    this.session = session;
    this.keep = new Set(keep);
    this.inputs = session.inputMetadata.map(signatureOf);
    this.outputs = session.outputMetadata.map(signatureOf);
  }

  /**
   * Opens a model. Errors: 'unsupported' if the native runtime cannot be loaded here, 'not-found' if there is no such device
   * (`webgpuAvailable` asks without an error, and without what the drivers print), 'corrupt' if the bytes are no model
   * that it can run.
   */
  static async open(model: Uint8Array, options: ProgramOptions = {}): Promise<Program> {
    const runtime = await loadRuntime();
    const { device = 'cpu', keep = [] } = options;
    try {
      const session = await runtime.InferenceSession.create(model, {
        intraOpNumThreads: options.threads ?? 1,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: options.optimise ?? 'all',
        // What goes wrong is thrown; the runtime need not print it as well.
        logSeverityLevel: 4,
        // Threads that spin while they wait take the cores from the optimizer and from other processes.
        extra: { session: { intra_op: { allow_spinning: '0' } } },
        ...(device === 'webgpu' && {
          executionProviders: ['webgpu'],
          preferredOutputLocation: Object.fromEntries(keep.map(name => [name, 'gpu-buffer'] as const)),
        }),
      });
      return new Program(runtime, session, keep);
    } catch (cause) {
      if (device === 'webgpu' && NO_ADAPTER.test(String(cause))) throw noDevice(cause);
      throw new QuarryError('corrupt', `the model cannot be opened: ${firstLine(cause)}`, undefined, {
        cause,
      });
    }
  }

  /**
   * Runs the model. `feeds` has every input and nothing else; a plain array has the input's own shape. An output that
   * `into` has an array for is written straight into it, which must not be one of the inputs; all other outputs
   * are new. `QuarryError` ('usage') names an input or output that does not fit.
   */
  async run(
    feeds: Readonly<Record<string, Elements | Value | Resident>>,
    into: Readonly<Record<string, Elements>> = {},
  ): Promise<Record<string, Value>> {
    return (await this.runKeeping(feeds, into)).values;
  }

  /** The same, for a program that keeps outputs on its device. */
  async runKeeping(
    feeds: Readonly<Record<string, Elements | Value | Resident>>,
    into: Readonly<Record<string, Elements>> = {},
  ): Promise<Results> {
    const given: Record<string, Tensor> = {};
    for (const input of this.inputs) given[input.name] = this.tensor('input', input, feeds[input.name]);
    const asked: Record<string, Tensor | null> = {};
    for (const output of this.outputs) {
      const place = into[output.name];
      asked[output.name] = place ? this.tensor('output', output, place) : null;
    }
    checkKnown('input', Object.keys(feeds), given);
    checkKnown('output', [...Object.keys(into), ...this.keep], asked);
    let results: Awaited<ReturnType<InferenceSession['run']>>;
    try {
      results = await this.session.run(given, asked);
    } catch (cause) {
      throw new QuarryError('usage', `the model failed to run: ${firstLine(cause)}`, undefined, { cause });
    }
    const found: Results = { values: {}, kept: {} };
    for (const { name } of this.outputs) {
      const result = results[name]!;
      if (this.keep.has(name)) found.kept[name] = new Resident(result as Tensor);
      else found.values[name] = { data: into[name] ?? (result.data as Elements), shape: result.dims };
    }
    return found;
  }

  /** Arrays for all outputs, to be used again for every run; the shapes must be static. */
  buffers(): Record<string, Elements> {
    return Object.fromEntries(
      this.outputs.map(({ name, type, shape }) => {
        if (shape.includes(-1)) throw new QuarryError('usage', `output '${name}' has no static shape`);
        return [name, new ARRAYS[type as keyof typeof ARRAYS](sizeOf(shape))];
      }),
    );
  }

  /** Frees what can be freed; the program is of no use afterwards. */
  async close(): Promise<void> {
    await this.session.release();
  }

  private tensor(
    what: 'input' | 'output',
    signature: Signature,
    value: Elements | Value | Resident | undefined,
  ): Tensor {
    const { name, type } = signature;
    if (!value) throw new QuarryError('usage', `${what} '${name}' is missing`);
    if (value instanceof Resident) return value.tensor;
    const { data, shape } = ArrayBuffer.isView(value) ? { data: value, shape: signature.shape } : value;
    const fits =
      signature.shape.length === shape.length && shape.every((n, i) => [n, -1].includes(signature.shape[i]!));
    const right = ARRAYS[type as keyof typeof ARRAYS];
    if (!right || !(data instanceof right)) {
      throw new QuarryError('usage', `${what} '${name}' must be ${type}, not ${data.constructor.name}`);
    }
    if (!fits || data.length !== sizeOf(shape)) {
      const found = `${data.length} values of the shape ${formatShape(shape)}`;
      throw new QuarryError(
        'usage',
        `${what} '${name}' must have the shape ${formatShape(signature.shape)}, not ${found}`,
      );
    }
    return new this.runtime.Tensor(type as 'float32', data as Float32Array, shape);
  }
}

/** Compiles the part of a graph that the outputs need; its inputs and parameters become the program's inputs. */
export function compile(
  outputs: Readonly<Record<string, Node>>,
  options: ProgramOptions = {},
): Promise<Program> {
  const rewrite = options.device === 'webgpu' ? { rewrite: forWebgpu } : {};
  return Program.open(encodeOnnx(emitModel(outputs, rewrite)), options);
}

function checkKnown(what: string, names: readonly string[], known: Readonly<Record<string, unknown>>): void {
  for (const name of names) {
    if (!(name in known)) throw new QuarryError('usage', `there is no ${what} '${name}'`);
  }
}

/** What the runtime's message says when there is no driver, or none that will do. */
const NO_ADAPTER = /WebGPU adapter|webgpu_context/;

function noDevice(cause: unknown): QuarryError {
  const why = /Failed to [^\n]*/.exec(String(cause))?.[0] ?? firstLine(cause);
  return new QuarryError('not-found', `no device for WebGPU: ${why}`, 'use the CPU', { cause });
}

async function loadRuntime(): Promise<Runtime> {
  try {
    const loaded = await import('onnxruntime-node');
    return loaded;
  } catch (cause) {
    throw new QuarryError(
      'unsupported',
      `the native runtime for models cannot be loaded: ${firstLine(cause)}`,
      'models need a platform that onnxruntime-node has binaries for',
      { cause },
    );
  }
}

function signatureOf(value: InferenceSession.ValueMetadata): Signature {
  if (!value.isTensor) return { name: value.name, type: 'none', shape: [] };
  return {
    name: value.name,
    type: value.type,
    shape: value.shape.map(n => (typeof n === 'number' ? n : -1)),
  };
}

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split('\n', 1)[0]!;
}
