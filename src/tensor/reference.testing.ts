import { broadcast, type Shape, sizeOf } from './shape.ts';

/** Plain arrays in float64, slow and obvious: what the tests hold the runtime against. */
export interface Plain {
  readonly shape: Shape;
  readonly data: readonly number[];
}

export function plain(shape: Shape, data: ArrayLike<number>): Plain {
  return { shape, data: Array.from(data) };
}

/** Fills an array by the indices of each element. */
export function fill(shape: Shape, value: (...at: number[]) => number): Plain {
  const data: number[] = [];
  const at = shape.map(() => 0);
  for (let i = 0; i < sizeOf(shape); i++) {
    data.push(value(...at));
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++at[axis]! < shape[axis]!) break;
      at[axis] = 0;
    }
  }
  return { shape, data };
}

/** The element at some indices; those of axes of size 1 do not matter, those of missing axes in front are left out. */
export function get({ shape, data }: Plain, ...at: number[]): number {
  const own = at.slice(at.length - shape.length);
  return data[shape.reduce((index, size, axis) => index * size + (size === 1 ? 0 : own[axis]!), 0)]!;
}

export function map(x: Plain, f: (value: number) => number): Plain {
  return { shape: x.shape, data: x.data.map(f) };
}

export function zip(a: Plain, b: Plain, f: (a: number, b: number) => number): Plain {
  return fill(broadcast('zip', a.shape, b.shape), (...at) => f(get(a, ...at), get(b, ...at)));
}

export function product(a: Plain, b: Plain): Plain {
  const batch = broadcast('product', a.shape.slice(0, -2), b.shape.slice(0, -2));
  const k = a.shape.at(-1)!;
  return fill([...batch, a.shape.at(-2)!, b.shape.at(-1)!], (...at) => {
    const [i, j] = at.slice(-2) as [number, number];
    const front = at.slice(0, -2);
    return total(k, c => get(a, ...front, i, c) * get(b, ...front, c, j));
  });
}

/** Folds the values along one axis, which stays with size 1. */
export function along(x: Plain, axis: number, f: (values: number[]) => number): Plain {
  const shape = x.shape.map((size, i) => (i === axis ? 1 : size));
  return fill(shape, (...at) =>
    f(Array.from({ length: x.shape[axis]! }, (_, k) => get(x, ...at.with(axis, k)))),
  );
}

export function total(n: number, f: (i: number) => number): number {
  let result = 0;
  for (let i = 0; i < n; i++) result += f(i);
  return result;
}

export const softmaxOf = (values: number[]): number[] => {
  const all = total(values.length, i => Math.exp(values[i]!));
  return values.map(value => Math.exp(value) / all);
};

export const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** The error function by its series; for |x| < 5. */
export function erfOf(x: number): number {
  let term = x;
  let result = x;
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    result += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * result;
}
