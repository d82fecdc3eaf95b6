import { QuarryError } from '../../core/errors.ts';
import { expectDtype, type Node, type Vjp } from '../graph.ts';
import { broadcast, sameShape } from '../shape.ts';
import { sumTo } from './layout.ts';

/** A node, or a number that becomes a scalar constant. */
export type Operand = Node | number;

type BinaryVjp = (gradient: Node, a: Node, b: Node, result: Node) => [Node, Node];

function binary(op: string, left: Operand, right: Operand, vjp: BinaryVjp): Node {
  const graph = (typeof left === 'number' ? undefined : left.graph) ?? (right as Node).graph;
  if (!graph) throw new QuarryError('usage', `${op}: needs a node, not two numbers`);
  const given = [left, right].map(side => (typeof side === 'number' ? graph.scalar(side) : side));
  const [a, b] = [unexpanded(given[0]!, given[1]!), unexpanded(given[1]!, given[0]!)];
  const name = op.toLowerCase();
  expectDtype(name, 'float32', a, b);
  return graph.apply(op, [a, b], {
    shape: broadcast(name, a.shape, b.shape),
    vjp: (gradient, node) => {
      const [forA, forB] = vjp(gradient, a, b, node);
      return [sumTo(forA, a.shape), sumTo(forB, b.shape)];
    },
  });
}

/** The operators broadcast by themselves: repeating an operand first would be one more pass over memory. */
function unexpanded(x: Node, other: Node): Node {
  return x.op === 'Expand' && sameShape(x.shape, other.shape) && other.op !== 'Expand' ? x.inputs[0]! : x;
}

/** `a + b` with broadcasting. */
export function add(a: Operand, b: Operand): Node {
  return binary('Add', a, b, gradient => [gradient, gradient]);
}

/** `a - b` with broadcasting. */
export function sub(a: Operand, b: Operand): Node {
  return binary('Sub', a, b, gradient => [gradient, neg(gradient)]);
}

/** `a * b`, element by element, with broadcasting. */
export function mul(a: Operand, b: Operand): Node {
  return binary('Mul', a, b, (gradient, x, y) => [mul(gradient, y), mul(gradient, x)]);
}

/** `a / b` with broadcasting; there is no guard against a zero. */
export function div(a: Operand, b: Operand): Node {
  return binary('Div', a, b, (gradient, _, y, result) => {
    const share = div(gradient, y);
    return [share, neg(mul(share, result))];
  });
}

function unary(op: string, x: Node, vjp?: Vjp, attributes = {}): Node {
  expectDtype(op.toLowerCase(), 'float32', x);
  return x.graph.apply(op, [x], { shape: x.shape, attributes, ...(vjp && { vjp }) });
}

export function neg(x: Node): Node {
  return unary('Neg', x, gradient => [neg(gradient)]);
}

export function exp(x: Node): Node {
  return unary('Exp', x, (gradient, y) => [mul(gradient, y)]);
}

/** Natural logarithm of values above 0. */
export function log(x: Node): Node {
  return unary('Log', x, gradient => [div(gradient, x)]);
}

/** Square root; its gradient at 0 is infinite. */
export function sqrt(x: Node): Node {
  return unary('Sqrt', x, (gradient, y) => [div(mul(gradient, 0.5), y)]);
}

export function tanh(x: Node): Node {
  return unary('Tanh', x, (gradient, y) => [mul(gradient, sub(1, mul(y, y)))]);
}

export function sigmoid(x: Node): Node {
  return unary('Sigmoid', x, (gradient, y) => [mul(gradient, mul(y, sub(1, y)))]);
}

/** -1, 0 or 1. No gradient flows through it. */
export function sign(x: Node): Node {
  return unary('Sign', x);
}

export function abs(x: Node): Node {
  return unary('Abs', x, gradient => [mul(gradient, sign(x))]);
}

/** max(x, 0); its gradient at 0 is 0. */
export function relu(x: Node): Node {
  return unary('Relu', x, (gradient, y) => [mul(gradient, sign(y))]);
}

/** x above 0, `slope` · x below (Maas et al. 2013); its gradient at 0 is the mean of the two. */
export function leakyRelu(x: Node, slope = 0.2): Node {
  const vjp: Vjp = gradient => [mul(gradient, add(mul(sign(x), (1 - slope) / 2), (1 + slope) / 2))];
  return unary('LeakyRelu', x, vjp, { alpha: { float: slope } });
}

/** The error function, 2/√π ∫₀ˣ exp(-t²) dt. */
export function erf(x: Node): Node {
  return unary('Erf', x, gradient => [mul(gradient, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI)))]);
}

/** x · Φ(x), exact, not the tanh form (Hendrycks & Gimpel 2016). The derivative is Φ(x) + x · φ(x). */
export function gelu(x: Node): Node {
  return unary('Gelu', x, gradient => {
    const cumulative = mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
    const density = mul(exp(mul(mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return [mul(gradient, add(cumulative, mul(x, density)))];
  });
}

/** The value of `x` as if it were a constant: no gradient flows through it. */
export function stopGradient(x: Node): Node {
  return x.graph.apply('Identity', [x], { shape: x.shape, dtype: x.dtype });
}
