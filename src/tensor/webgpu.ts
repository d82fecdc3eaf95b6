import { execFile } from 'node:child_process';
import { emitModel } from './emit.ts';
import { Graph } from './graph.ts';
import { encodeOnnx } from './onnx.ts';
import { add, mul } from './primitives/elementwise.ts';

/** Whether WebGPU can be used here; if not, why, in one line. */
export type Availability =
  | { readonly available: true }
  | { readonly available: false; readonly reason: string };

/** A driver that has not answered by then will not. */
const PATIENCE_MS = 60_000;

/** x² + 1 of 1 and 3. */
const TRIAL = `
const [, at, model] = process.argv;
try {
  const { default: ort } = await import(at);
  const session = await ort.InferenceSession.create(Buffer.from(model, 'base64'), {
    executionProviders: ['webgpu'],
    logSeverityLevel: 4,
  });
  const { y } = await session.run({ x: new ort.Tensor('float32', Float32Array.of(1, 3), [2]) });
  console.log(y.data[0] === 2 && y.data[1] === 10 ? 'works' : 'it calculates wrongly: ' + y.data);
} catch (error) {
  console.log(String(error?.message ?? error));
}`;

let asked: Promise<Availability> | undefined;

/**
 * Tries WebGPU out in a process of its own, once: without a driver it prints warnings that no one can silence, and
 * a bad driver can end the process that calls it. Takes about half a second. Which of several graphics cards is
 * used, or whether it is one that a driver simulates on the CPU, the runtime does not say.
 */
export function webgpuAvailable(): Promise<Availability> {
  asked ??= tryOut(process.env);
  return asked;
}

/** For tests: with other variables for the Vulkan loader. */
export function tryOut(env: NodeJS.ProcessEnv): Promise<Availability> {
  let runtime: string;
  try {
    runtime = import.meta.resolve('onnxruntime-node');
  } catch {
    return Promise.resolve({ available: false, reason: 'onnxruntime-node is not installed' });
  }
  const graph = new Graph();
  const x = graph.input('x', [2]);
  const model = Buffer.from(encodeOnnx(emitModel({ y: add(mul(x, x), 1) }))).toString('base64');
  return new Promise(resolve => {
    const flags = ['--input-type=module', '-e', TRIAL, '--', runtime, model];
    execFile(process.execPath, flags, { env, timeout: PATIENCE_MS }, (error, stdout) => {
      const said = stdout.trim();
      if (said === 'works') resolve({ available: true });
      else if (said) resolve({ available: false, reason: gist(said) });
      else if (error?.signal) resolve({ available: false, reason: `its driver ended with ${error.signal}` });
      else resolve({ available: false, reason: gist(error?.message ?? 'no answer') });
    });
  });
}

/** The runtime's messages begin with a path of its source and the name of a C++ function. */
function gist(message: string): string {
  return (/Failed to [^\n]*/.exec(message)?.[0] ?? message.split('\n', 1)[0]!).trim();
}
