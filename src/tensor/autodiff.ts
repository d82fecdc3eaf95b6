import { QuarryError } from '../core/errors.ts';
import { type Node, reachable } from './graph.ts';
import { add } from './primitives/elementwise.ts';
import { expand } from './primitives/layout.ts';
import { concat, paddingOf } from './primitives/pieces.ts';
import { formatShape, misfit, sameShape, withAxis } from './shape.ts';

/**
 * The gradient of a loss with respect to one leaf: `dense` and `rows` add up, and there is neither if the loss does not
 * depend on the leaf.
 */
export interface Gradient {
  readonly of: Node;
  /** Of the leaf's shape. */
  readonly dense: Node | undefined;
  /**
   * One part for each place where rows of the leaf are gathered: ids are int32 of any shape, values [...ids, d] belong
   * to the row of the id. Ids repeat; whoever adds the rows up does it in order, so that sums are the same every time.
   */
  readonly rows: ReadonlyArray<{ readonly ids: Node; readonly values: Node }>;
}

/**
 * Reverse-mode differentiation (Linnainmaa 1970; Griewank & Walther, Evaluating Derivatives, 2008): walks the graph
 * of the loss from its end to its leaves and adds nodes for the gradients with respect to `leaves` (inputs or
 * parameters) to the same graph. `loss` must be a float32 scalar. Order and number as in `leaves`.
 */
export function gradients(loss: Node, leaves: readonly Node[]): Gradient[] {
  if (loss.shape.length > 0 || loss.dtype !== 'float32') {
    throw misfit('gradients', [loss.shape], 'the loss must be a float32 scalar');
  }
  for (const leaf of leaves) {
    if (leaf.inputs.length > 0 || leaf.op === 'Constant' || leaf.dtype !== 'float32') {
      throw new QuarryError(
        'usage',
        `gradients: ${leaf.op} ${formatShape(leaf.shape)} is no float32 input or parameter`,
      );
    }
  }
  const wanted = new Set(leaves);
  const order = reachable([loss]);
  const active = new Set<Node>();
  for (const node of order) {
    if (wanted.has(node) || (node.vjp && node.inputs.some(input => active.has(input)))) active.add(node);
  }
  const flowing = new Map<Node, Node[]>([[loss, [loss.graph.scalar(1)]]]);
  const rows = new Map<Node, { ids: Node; values: Node }[]>();
  for (const node of order.reverse()) {
    const arrived = flowing.get(node);
    if (!arrived || !active.has(node) || !node.vjp) continue;
    const gradient = addedUp(arrived);
    const [table, ids] = node.inputs;
    if (node.op === 'Gather' && wanted.has(table!)) {
      append(rows, table!, { ids: ids!, values: gradient });
      continue;
    }
    for (const [i, share] of node.vjp(gradient, node).entries()) {
      const input = node.inputs[i]!;
      if (!share || !active.has(input)) continue;
      if (!sameShape(share.shape, input.shape)) {
        throw misfit(`gradient of ${node.op}`, [share.shape, input.shape], 'must be equal');
      }
      append(flowing, input, share);
    }
  }
  return leaves.map(leaf => {
    const arrived = flowing.get(leaf);
    return { of: leaf, dense: arrived && addedUp(arrived), rows: rows.get(leaf) ?? [] };
  });
}

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/**
 * The sum of the gradients that arrive at a node. Those of slices are padded with zeros: slices that lie side by side,
 * as the steps of a recurrent layer do, are put together instead, or T steps would cost T² additions.
 */
function addedUp(parts: readonly Node[]): Node {
  const places = parts.map(paddingOf);
  const axis = places.find(place => place)?.axis;
  if (axis === undefined || parts.length === 1) return parts.reduce((a, b) => add(a, b));
  const pieces = parts
    .flatMap((node, i) => {
      const place = places[i];
      return place?.axis === axis ? [{ node, start: place.before, piece: node.inputs[0]! }] : [];
    })
    .sort((a, b) => a.start - b.start);
  const others = parts.filter((_, i) => places[i]?.axis !== axis);
  const row: Node[] = [];
  let end = 0;
  for (const { node, start, piece } of pieces) {
    if (start < end) {
      others.push(node);
      continue;
    }
    if (start > end) row.push(zeros(piece, axis, start - end));
    row.push(piece);
    end = start + piece.shape[axis]!;
  }
  const size = parts[0]!.shape[axis]!;
  if (end < size) row.push(zeros(row[0]!, axis, size - end));
  return [concat(row, axis), ...others].reduce((a, b) => add(a, b));
}

/** Zeros of the shape of a node, but for the size of one axis. */
function zeros(like: Node, axis: number, size: number): Node {
  return expand(like.graph.scalar(0), withAxis(like.shape, axis, size));
}
