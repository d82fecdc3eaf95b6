import type { Rewrite } from './emit.ts';

/**
 * What the WebGPU provider (of onnxruntime 1.30) has no kernel for, said with what it has: otherwise the values would
 * go to the CPU and back in the middle of every step. Of all operators that are used here this is `Sign` only:
 * sign(x) = [x > 0] - [0 > x].
 */
export const forWebgpu: Rewrite = (node, nameOf, output, to) => {
  if (node.op !== 'Sign') return false;
  const [x] = node.inputs.map(nameOf);
  const zero = to.initializer(to.fresh(), 'float32', [], new Uint8Array(4));
  const float = { to: { int: 1 } };
  const [above, below] = [
    [x!, zero],
    [zero, x!],
  ].map(sides => to.node('Cast', [to.node('Greater', sides)], float));
  to.node('Sub', [above!, below!], {}, output);
  return true;
};
