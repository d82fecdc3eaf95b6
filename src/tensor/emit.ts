import { QuarryError } from '../core/errors.ts';
import type { FreeSizes } from './dynamic.ts';
import { isName, type Node, reachable, type TypedArray } from './graph.ts';
import type { DataType, Initializer, OnnxModel, OnnxNode, OnnxValue } from './onnx.ts';
import { formatShape, type Shape, sizeOf } from './shape.ts';

/** The parts of an ONNX model while it is made; constants that are equal are written once. */
export class Emitter {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: Initializer[] = [];
  private readonly lists = new Map<string, string>();
  private made = 0;

  /** A new name that no node of a graph has. */
  fresh(): string {
    return `/c${this.made++}`;
  }

  /** A list of int64: an axis, a shape. */
  list(values: readonly number[]): string {
    const key = values.join(' ');
    const known = this.lists.get(key);
    if (known) return known;
    const bytes = bytesOf(BigInt64Array.from(values, BigInt));
    const name = this.initializer(this.fresh(), 'int64', [values.length], bytes);
    this.lists.set(key, name);
    return name;
  }

  initializer(name: string, type: DataType, shape: Shape, bytes: Uint8Array): string {
    this.initializers.push({ name, type, shape, bytes });
    return name;
  }

  /** Adds an operator with one output and returns the output's name, a new one if none is given. */
  node(
    op: string,
    inputs: readonly string[],
    attributes: OnnxNode['attributes'] = {},
    output: string = this.fresh(),
  ): string {
    this.nodes.push({ op, inputs, outputs: [output], attributes });
    return output;
  }
}

/**
 * Writes something else in place of a node, under the name `output`, and returns true; false leaves the node as it is.
 * `nameOf` names the node's inputs; a parameter whose name is never asked for does not get into the model.
 */
export type Rewrite = (node: Node, nameOf: (node: Node) => string, output: string, to: Emitter) => boolean;

export interface EmitOptions {
  /** Values of parameters by name, baked in; without them parameters are inputs. */
  readonly weights?: ReadonlyMap<string, { readonly shape: Shape; readonly data: Float32Array }>;
  readonly rewrite?: Rewrite;
  /** For a model that does not have the graph's static sizes. */
  readonly free?: Pick<FreeSizes, 'listsOf' | 'shapeOf'>;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The model that computes the outputs, under the names given, of all inputs and parameters that they depend on. */
export function emitModel(outputs: Readonly<Record<string, Node>>, options: EmitOptions = {}): OnnxModel {
  const to = new Emitter();
  const shapeOf = options.free?.shapeOf ?? (node => node.shape);
  const listsOf = options.free?.listsOf ?? (node => node.lists);
  const inputs: OnnxValue[] = [];
  const emitted = new Set<Node>();
  const order = reachable(Object.values(outputs));
  const parts = partsOf(order);

  const nameOf = (node: Node): string => {
    if (node.op === 'Part') return partName(node.inputs[0]!, indexOf(node));
    const name = node.name ?? `/v${node.id}`;
    if (node.inputs.length > 0 || emitted.has(node)) return name;
    emitted.add(node);
    if (node.op === 'Constant') {
      to.initializer(name, node.dtype, node.shape, bytesOf(node.data!));
    } else if (node.op === 'Parameter' && options.weights) {
      to.initializer(name, 'float32', node.shape, bytesOf(weightOf(node, options.weights)));
    } else {
      inputs.push({ name, type: node.dtype, shape: shapeOf(node) });
    }
    return name;
  };

  for (const node of order) {
    if (node.op === 'Part' || node.inputs.length === 0) continue;
    const name = nameOf(node);
    if (options.rewrite?.(node, nameOf, name, to)) continue;
    const read = node.inputs.map(nameOf);
    const lists = listsOf(node).map(list => to.list(list));
    const extra = Array.from({ length: parts.get(node) ?? 0 }, (_, i) => partName(node, i + 1));
    to.nodes.push({
      op: node.op,
      inputs: [...read, ...lists],
      outputs: [name, ...extra],
      attributes: node.attributes,
    });
  }
  const named = Object.entries(outputs).map(([name, node]) => {
    to.node('Identity', [nameOf(node)], {}, name);
    return { name, type: node.dtype, shape: shapeOf(node) };
  });
  checkNames(inputs, named);
  return {
    nodes: to.nodes,
    initializers: to.initializers,
    inputs,
    outputs: named,
    ...(options.metadata && { metadata: options.metadata }),
  };
}

/** How many more outputs each node has to write, because a `Part` reads them. */
function partsOf(order: readonly Node[]): Map<Node, number> {
  const parts = new Map<Node, number>();
  for (const node of order) {
    if (node.op !== 'Part') continue;
    const [whole] = node.inputs;
    parts.set(whole!, Math.max(parts.get(whole!) ?? 0, indexOf(node)));
  }
  return parts;
}

function indexOf(part: Node): number {
  const index = part.attributes['index'];
  return index && 'int' in index ? index.int : 0;
}

function partName(node: Node, index: number): string {
  return `/v${node.id}.${index}`;
}

function checkNames(inputs: readonly OnnxValue[], outputs: readonly OnnxValue[]): void {
  for (const { name } of outputs) {
    if (inputs.some(input => input.name === name) || !isName(name)) {
      throw new QuarryError('usage', `output: the name '${name}' cannot be used`);
    }
  }
}

/** The values of a parameter; `QuarryError` ('usage') if there are none, or not as many as it has elements. */
export function weightOf(node: Node, weights: NonNullable<EmitOptions['weights']>): Float32Array {
  const weight = weights.get(node.name!);
  if (weight?.data.length !== sizeOf(node.shape)) {
    const found = weight ? formatShape(weight.shape) : 'nothing';
    throw new QuarryError(
      'usage',
      `weight '${node.name}': needed ${formatShape(node.shape)}, found ${found}`,
      'the weights belong to another model',
    );
  }
  return weight.data;
}

export function bytesOf(data: TypedArray | BigInt64Array | Int8Array | Uint8Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
