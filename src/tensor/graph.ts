import { QuarryError } from '../core/errors.ts';
import { formatShape, misfit, type Shape, sameShape, sizeOf } from './shape.ts';

/** `float32` is what is computed with; `int32` is for ids; `bool` exists only inside of graphs. */
export type Dtype = 'float32' | 'int32' | 'bool';

export type TypedArray = Float32Array | Int32Array;

/** An attribute of an ONNX operator. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly string: string };

/**
 * Vector–Jacobian product: from the gradient with respect to a node (of the node's shape) those with respect to its
 * inputs, in their order and of their shapes; `undefined` where none flows. It may build them without knowing
 * whether they are needed: nodes that no output reaches are never emitted.
 */
export type Vjp = (gradient: Node, node: Node) => ReadonlyArray<Node | undefined>;

/**
 * One value of a graph: an input, a parameter, a constant, or what an ONNX operator makes of other values.
 * Immutable; inputs always have smaller ids than the node that reads them.
 */
export interface Node {
  readonly graph: Graph;
  readonly id: number;
  /** The ONNX operator, or `Input`, `Parameter`, `Constant`, `Part` (another output of its input). */
  readonly op: string;
  readonly inputs: readonly Node[];
  /** Lists of int64 that follow the inputs as constants: axes, shapes, starts. */
  readonly lists: ReadonlyArray<readonly number[]>;
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly shape: Shape;
  readonly dtype: Dtype;
  /** Of inputs and parameters: unique in the graph. */
  readonly name?: string | undefined;
  /** Of constants. */
  readonly data?: TypedArray | undefined;
  /** Of dropout masks, which are inputs: the share that is dropped, in (0, 1). */
  readonly dropped?: number | undefined;
  readonly vjp?: Vjp | undefined;
}

/** What a primitive says of the node it makes; `dtype` is float32 if not given. */
export interface Operation {
  readonly shape: Shape;
  readonly dtype?: Dtype;
  readonly lists?: ReadonlyArray<readonly number[]>;
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly vjp?: Vjp;
}

/**
 * A growing list of nodes with static shapes. Every function that builds a node checks shapes and types at once and
 * throws `QuarryError` ('usage') that names the operator and the shapes. A graph holds no weights, only their names.
 */
export class Graph {
  private count = 0;
  private masks = 0;
  private readonly named = new Map<string, Node>();
  private readonly scalars = new Map<number, Node>();

  /** A value that every run is fed. The name must be new. */
  input(name: string, shape: Shape, dtype: Dtype = 'float32'): Node {
    if (this.named.has(name)) throw new QuarryError('usage', `input: the name '${name}' is taken`);
    return this.leaf('Input', name, shape, dtype);
  }

  /** A weight: fed like an input, trained, and baked in by an export. The same name twice is the same weight. */
  parameter(name: string, shape: Shape): Node {
    const known = this.named.get(name);
    if (!known) return this.leaf('Parameter', name, shape, 'float32');
    if (known.op !== 'Parameter') throw new QuarryError('usage', `parameter: the name '${name}' is taken`);
    if (!sameShape(known.shape, shape)) {
      throw misfit('parameter', [known.shape, shape], `'${name}' has one shape only`);
    }
    return known;
  }

  /** A mask for dropout, an input named `dropout.0`, `dropout.1` … (`DropoutMasks` feeds it). */
  mask(shape: Shape, dropped: number): Node {
    return this.leaf('Input', `dropout.${this.masks++}`, shape, 'float32', dropped);
  }

  /** A constant; the array is kept, not copied. */
  constant(data: TypedArray, shape: Shape): Node {
    checkSizes('constant', shape);
    if (data.length !== sizeOf(shape)) {
      throw new QuarryError(
        'usage',
        `constant: ${data.length} values for the shape ${formatShape(shape)}, which has ${sizeOf(shape)}`,
      );
    }
    return this.add({ op: 'Constant', inputs: [], shape, dtype: dtypeOf(data), data });
  }

  /** A scalar float32 constant. */
  scalar(value: number): Node {
    const known = this.scalars.get(value);
    if (known) return known;
    const made = this.constant(Float32Array.of(value), []);
    this.scalars.set(value, made);
    return made;
  }

  /** Adds what an operator makes of `inputs`, which must be of this graph. For the files in `primitives/`. */
  apply(op: string, inputs: readonly Node[], operation: Operation): Node {
    if (inputs.some(input => input.graph !== this)) {
      throw new QuarryError('usage', `${op}: its inputs are of different graphs`);
    }
    const { dtype = 'float32', ...rest } = operation;
    return this.add({ op, inputs, dtype, ...rest });
  }

  private leaf(op: string, name: string, shape: Shape, dtype: Dtype, dropped?: number): Node {
    checkSizes(`${op.toLowerCase()} '${name}'`, shape);
    if (!isName(name)) throw new QuarryError('usage', `${op.toLowerCase()}: '${name}' cannot be a name`);
    const node = this.add({ op, inputs: [], shape, dtype, name, dropped });
    this.named.set(name, node);
    return node;
  }

  private add(
    node: Omit<Node, 'graph' | 'id' | 'lists' | 'attributes'> & Partial<Pick<Node, 'lists' | 'attributes'>>,
  ): Node {
    return { lists: [], attributes: {}, ...node, graph: this, id: this.count++ };
  }
}

/** Names that begin with a slash are those of the nodes between inputs and outputs in a model file. */
export function isName(name: string): boolean {
  return name !== '' && !name.startsWith('/');
}

function checkSizes(op: string, shape: Shape): void {
  if (!shape.every(size => Number.isInteger(size) && size > 0)) {
    throw misfit(op, [shape], 'sizes must be whole numbers above 0');
  }
}

export function dtypeOf(data: TypedArray): Dtype {
  return data instanceof Float32Array ? 'float32' : 'int32';
}

/** Throws `QuarryError` ('usage') unless all are of the type. */
export function expectDtype(op: string, dtype: Dtype, ...nodes: readonly Node[]): void {
  for (const node of nodes) {
    if (node.dtype !== dtype) throw misfit(op, [node.shape], `needs ${dtype}, not ${node.dtype}`);
  }
}

/** All nodes that the given ones are made of, themselves included, inputs before what reads them. */
export function reachable(outputs: readonly Node[]): Node[] {
  const seen = new Set<Node>();
  const waiting = [...outputs];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    waiting.push(...node.inputs);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}
