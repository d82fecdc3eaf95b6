import { expectDtype, type Node } from '../graph.ts';
import { misfit } from '../shape.ts';
import { reshape, transpose } from './layout.ts';
import { matmul } from './matmul.ts';

/**
 * The rows of a table [rows, d] with the given ids (int32, any shape) → [...ids, d]. An id beyond the table makes
 * the run fail; ids must not be negative, which the runtime would count from the end.
 *
 * `gradients` hands out the gradient of a table that is an input or a parameter as rows and their ids. The product
 * below is for tables that are computed: it costs rows × ids × d, but adds up in a fixed order. ONNX Runtime's
 * ScatterND with reduction loses updates of equal ids on several threads.
 */
export function gather(table: Node, ids: Node): Node {
  expectDtype('gather', 'float32', table);
  expectDtype('gather', 'int32', ids);
  const [rows, d] = table.shape;
  if (rows === undefined || d === undefined || table.shape.length !== 2) {
    throw misfit('gather', [table.shape, ids.shape], 'the table needs two axes');
  }
  return table.graph.apply('Gather', [table, ids], {
    shape: [...ids.shape, d],
    attributes: { axis: { int: 0 } },
    vjp: gradient => {
      const chosen = oneHot(reshape(ids, [-1]), rows);
      return [matmul(transpose(chosen), reshape(gradient, [-1, d])), undefined];
    },
  });
}

/** Ids (int32) → [...ids, depth], 1 at the id, else 0; all 0 for ids outside of 0 … depth - 1. */
export function oneHot(ids: Node, depth: number): Node {
  expectDtype('oneHot', 'int32', ids);
  const places = ids.graph.constant(
    Int32Array.from({ length: depth }, (_, i) => i),
    [depth],
  );
  const equal = ids.graph.apply('Equal', [reshape(ids, [...ids.shape, 1]), places], {
    shape: [...ids.shape, depth],
    dtype: 'bool',
  });
  return ids.graph.apply('Cast', [equal], { shape: equal.shape, attributes: { to: { int: 1 } } });
}
