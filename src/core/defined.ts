// Leaves out properties without a value.

/** The properties that are not undefined: what `exactOptionalPropertyTypes` wants of optional ones. */
export function defined<T extends object>(
  properties: T,
): { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
} {
  const entries = Object.entries(properties).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as ReturnType<typeof defined<T>>;
}
