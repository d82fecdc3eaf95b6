import { existsSync } from 'node:fs';
import { InferenceSession } from 'onnxruntime-node';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { Random } from '../core/random.ts';
import { expectSameCourse, expectToGoOn, options, train } from './backend.testing.ts';
import { graphAttention } from './composites/attention.ts';
import { conv1d } from './composites/layers.ts';
import { marginLoss } from './composites/losses.ts';
import { lstm } from './composites/lstm.ts';
import { maskedMax } from './composites/pooling.ts';
import { euclidean } from './composites/similarity.ts';
import { DeviceBackend } from './device-backend.ts';
import { wholeStep } from './device-graph.ts';
import { type EmitOptions, emitModel } from './emit.ts';
import { Graph, type Node } from './graph.ts';
import type { Weights } from './initialise.ts';
import { encodeOnnx } from './onnx.ts';
import { expectClose } from './op-check.testing.ts';
import { openBackend } from './open-backend.ts';
import { adamWDefaults } from './optimizer.ts';
import { abs, relu, sign } from './primitives/elementwise.ts';
import { gather } from './primitives/gather.ts';
import { reshape, sum } from './primitives/layout.ts';
import { mean } from './primitives/reduce.ts';
import { compile, type Program } from './session.ts';
import { type Shape, sizeOf } from './shape.ts';
import { batchOf, pairGraph, SMALL, weightsOf } from './transformer.testing.ts';
import { type Availability, tryOut, webgpuAvailable } from './webgpu.ts';
import { forWebgpu } from './webgpu-kernels.ts';

/** Debian's Chromium brings a Vulkan driver that runs on the CPU. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** Of losses and gradient norms, relative to values above 1, over twenty steps. */
const TOLERANCE = 1e-4;

let found: Availability;
let held: Program | undefined;

beforeAll(async () => {
  found = await webgpuAvailable();
  if (!found.available && existsSync(SWIFTSHADER)) {
    process.env['VK_ICD_FILENAMES'] = SWIFTSHADER;
    found = await tryOut(process.env);
  }
  // With the last program the runtime lets go of the device and of all shaders that it has compiled.
  if (found.available) held = await compile({ y: abs(new Graph().input('x', [1])) }, { device: 'webgpu' });
});

afterAll(() => held?.close());

/** Skips a test where there is neither a graphics card nor the simulated one. */
function needsAdapter(context: TestContext): void {
  if (!found.available) context.skip(`no adapter for WebGPU: ${found.reason}`);
}

test('no driver gives one clear line', async () => {
  const none = await tryOut({ ...process.env, VK_DRIVER_FILES: '/none', VK_ICD_FILENAMES: '/none' });
  // macOS and Windows have no Vulkan loader to mislead.
  if (process.platform === 'linux') expect(none.available).toBe(false);
  if (!none.available) expect(none.reason).toMatch(/^Failed to get a WebGPU adapter[^\n]*$/);
});

test('without a device the CPU is used, and it is said', async () => {
  const lines: string[] = [];
  const notice = (line: string) => lines.push(line);
  const { available } = await webgpuAvailable();
  const backend = await openBackend({ ...options(), device: 'webgpu', notice });
  expect(backend.device).toBe(available ? 'webgpu' : 'cpu');
  expect(lines.join('\n')).toMatch(
    available ? /^$/ : /^no device for WebGPU \([^\n]+\): training on the CPU$/,
  );
  lines.length = 0;
  expect((await openBackend({ ...options(), notice })).device).toBe('cpu');
  expect(lines).toEqual([]);
});

test('trains as the CPU does', async context => {
  needsAdapter(context);
  await expectSameCourse('webgpu', TOLERANCE);
});

test('goes on from a state, to and fro', async context => {
  needsAdapter(context);
  await expectToGoOn('webgpu', 3, TOLERANCE, false);
});

test('a loss that is not finite changes nothing', async context => {
  needsAdapter(context);
  const backend = new DeviceBackend(options(), 'webgpu');
  await train(backend, new Random(4), 1);
  const before = await backend.state();
  const feeds = { ...batchOf(SMALL, new Random(1)), 'code.mask': new Float32Array(20).fill(Number.NaN) };
  await expect(backend.step('short', feeds, 0.01)).rejects.toMatchObject({ code: 'corrupt' });
  expect({ ...(await backend.state()), random: before.random }).toEqual(before);
  await backend.close();
});

test('rows with many equal ids are all added up', async context => {
  needsAdapter(context);
  const [n, height, d] = [4096, 7, 16];
  const graph = new Graph();
  const table = graph.parameter('t', [height, d]);
  const loss = sum(gather(table, graph.input('ids', [n], 'int32')));
  const weights: Weights = new Map([['t', { shape: [height, d], data: new Float32Array(height * d) }]]);
  const plain = { optimizer: adamWDefaults({ beta1: 0 }), clip: Number.POSITIVE_INFINITY, frozen: [] };
  const { outputs } = wholeStep(loss, weights, plain);
  const program = await compile({ mean: outputs['next:mean/t']! }, { device: 'webgpu' });
  for (let run = 0; run < 10; run++) {
    const ids = Int32Array.from({ length: n }, (_, i) => (i * 31 + run) % (height - 1));
    const counts = Array.from({ length: height }, (_, row) => ids.filter(id => id === row).length);
    const feeds = { ids, 'mean/t': new Float32Array(height * d) };
    const { mean: summed } = await program.run(feeds);
    expect([...summed!.data]).toEqual(counts.flatMap(count => Array.from({ length: d }, () => count)));
  }
  await program.close();
});

test('sign, in terms of what there is a kernel for', async context => {
  needsAdapter(context);
  const program = await compile({ y: sign(new Graph().input('x', [5])) }, { device: 'webgpu' });
  const { y } = await program.run({ x: Float32Array.of(-3, -0, 0, 1e-30, 4) });
  expectClose(y!.data as Float32Array, [-1, 0, 0, 1, 1], 0);
});

/** A graph with parameters made on the way. */
function lossOf(build: (graph: Graph, weight: (name: string, shape: Shape) => Node) => Node): {
  loss: Node;
  weights: Weights;
} {
  const weights: Weights = new Map();
  const graph = new Graph();
  const loss = build(graph, (name, shape) => {
    weights.set(name, { shape, data: new Float32Array(sizeOf(shape)) });
    return graph.parameter(name, shape);
  });
  return { loss, weights };
}

const cases = {
  transformer: () => ({
    loss: pairGraph(SMALL, weightsOf(SMALL, 3), 0.1).loss,
    weights: weightsOf(SMALL, 3),
  }),
  lstm: () =>
    lossOf((graph, weight) => {
      const layer = { input: weight('a', [3, 8]), hidden: weight('b', [2, 8]), bias: weight('c', [8]) };
      return sum(lstm(graph.input('x', [2, 4, 3]), graph.input('m', [2, 4]), layer, true).states);
    }),
  graphAttention: () =>
    lossOf((graph, weight) => {
      const layer = {
        projection: weight('p', [3, 4]),
        looking: weight('l', [2, 2]),
        seen: weight('s', [2, 2]),
      };
      return sum(graphAttention(weight('n', [2, 4, 3]), graph.input('e', [2, 4, 4]), layer));
    }),
  convolution: () =>
    lossOf((graph, weight) => {
      const x = relu(conv1d(weight('x', [2, 4, 2]), weight('w', [6, 3]), weight('b', [3])));
      const pooled = maskedMax(x, graph.input('m', [2, 4]));
      const apart = abs(euclidean(pooled, weight('other', [2, 3])));
      return marginLoss(apart, reshape(mean(pooled, 1), [2]), 0.1);
    }),
};

/** Opens the model only if no operator would run on the CPU. */
async function openStrictly(outputs: Record<string, Node>, options: EmitOptions): Promise<void> {
  const session = await InferenceSession.create(encodeOnnx(emitModel(outputs, options)), {
    executionProviders: ['webgpu'],
    extra: { session: { disable_cpu_ep_fallback: '1' } },
    logSeverityLevel: 4,
  });
  await session.release();
}

test.for(Object.entries(cases))('every operator of a step has a kernel: %s', async ([, make], context) => {
  needsAdapter(context);
  const { loss, weights } = make();
  const { outputs } = wholeStep(loss, weights, { optimizer: adamWDefaults(), clip: 1, frozen: [] });
  await openStrictly(outputs, { rewrite: forWebgpu });
});

test('sign has none: the day it has, the rewriting can go', async context => {
  needsAdapter(context);
  const y = sign(new Graph().input('x', [5]));
  await expect(openStrictly({ y }, {})).rejects.toThrow(/CPU EP|fallback/);
});
