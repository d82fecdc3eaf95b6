import { QuarryError } from '../core/errors.ts';

/** Sizes of the axes, outermost first, row-major; `[]` is a scalar. Sizes are at least 1. */
export type Shape = readonly number[];

/** Number of elements; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((a, b) => a * b, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** `[2, 3]`, as errors print it. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** The one error of the graph builder: names the operator and all shapes it was given. */
export function misfit(op: string, shapes: readonly Shape[], why: string): QuarryError {
  return new QuarryError('usage', `${op}: ${shapes.map(formatShape).join(' and ')}: ${why}`);
}

/** The shape that numpy's and ONNX's broadcasting give; `QuarryError` ('usage') if the shapes do not fit. */
export function broadcast(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[i - rank + a.length] ?? 1;
    const right = b[i - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) throw misfit(op, [a, b], 'cannot be broadcast');
    return Math.max(left, right);
  });
}

/** An axis counted from 0; negative ones count from the end. `QuarryError` ('usage') if there is no such axis. */
export function axisOf(op: string, shape: Shape, axis: number): number {
  const positive = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(axis) || positive < 0 || positive >= shape.length) {
    throw misfit(op, [shape], `there is no axis ${axis}`);
  }
  return positive;
}

/** Several axes, sorted and without duplicates; all of them by default. */
export function axesOf(op: string, shape: Shape, axes?: number | readonly number[]): number[] {
  if (axes === undefined) return shape.map((_, i) => i);
  const list = typeof axes === 'number' ? [axes] : axes;
  return [...new Set(list.map(axis => axisOf(op, shape, axis)))].sort((a, b) => a - b);
}

/** The shape with one axis of another size. */
export function withAxis(shape: Shape, axis: number, size: number): Shape {
  return shape.map((old, i) => (i === axis ? size : old));
}
