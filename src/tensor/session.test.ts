import { expect, test } from 'vitest';
import { Graph } from './graph.ts';
import { add, mul } from './primitives/elementwise.ts';
import { compile, Program } from './session.ts';

async function sumProgram(): Promise<Program> {
  const graph = new Graph();
  const x = graph.input('x', [2, 2]);
  const y = graph.input('y', [2]);
  return await compile({ sum: add(x, y), product: mul(x, y) });
}

const feeds = { x: Float32Array.of(1, 2, 3, 4), y: Float32Array.of(10, 20) };

test('writes straight into the arrays given', async () => {
  const program = await sumProgram();
  const into = { sum: new Float32Array(4) };
  const results = await program.run(feeds, into);
  expect(results['sum']!.data).toBe(into.sum);
  expect([...into.sum]).toEqual([11, 22, 13, 24]);
  expect([...results['product']!.data]).toEqual([10, 40, 30, 80]);
  expect(Object.keys(program.buffers())).toEqual(['sum', 'product']);
});

test('takes a part of a larger array', async () => {
  const program = await sumProgram();
  const pool = Float32Array.from({ length: 10 }, (_, i) => i);
  const results = await program.run({ x: pool.subarray(3, 7), y: pool.subarray(0, 2) });
  expect([...results['sum']!.data]).toEqual([3, 5, 5, 7]);
});

test.each([
  [{ x: feeds.x }, /input 'y' is missing/],
  [{ ...feeds, z: feeds.y }, /no input 'z'/],
  [{ ...feeds, y: feeds.x }, /input 'y' must have the shape \[2\], not 4 values/],
  [{ ...feeds, y: Int32Array.of(1, 2) }, /input 'y' must be float32, not Int32Array/],
  [{ ...feeds, x: { data: feeds.x, shape: [4] } }, /input 'x' must have the shape \[2, 2\]/],
])('names what does not fit: %#', async (wrong, message) => {
  const program = await sumProgram();
  await expect(program.run(wrong)).rejects.toThrow(message);
});

test('bytes that are no model give one clear line', async () => {
  const opening = Program.open(Uint8Array.of(1, 2, 3));
  await expect(opening).rejects.toMatchObject({ name: 'QuarryError', code: 'corrupt' });
  await expect(opening).rejects.toThrow(/^the model cannot be opened: [^\n]*$/);
});

test('an output cannot have the name of an input', () => {
  const graph = new Graph();
  const x = graph.input('x', [1]);
  expect(() => compile({ x: add(x, 1) })).toThrow(/output: the name 'x'/);
});
