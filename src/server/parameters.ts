/** A schema with fields, as far as it matters here. */
interface Fields {
  properties?: Readonly<Record<string, { type?: string }>>;
}

/**
 * Parameters of an address are text: those that the schema wants as numbers and booleans become such. What is neither stays,
 * and the schema says what is wrong with it. Bodies are not treated so: there, "10" is no number.
 */
export function typedParameters(parameters: unknown, schema: unknown): unknown {
  const { properties = {} } = (schema ?? {}) as Fields;
  const typed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries((parameters ?? {}) as Record<string, unknown>)) {
    const { type } = properties[name] ?? {};
    if (type === 'integer' && typeof value === 'string' && /^\d{1,15}$/.test(value))
      typed[name] = Number(value);
    else if (type === 'boolean' && typeof value === 'string') typed[name] = booleans[value] ?? value;
    else typed[name] = value;
  }
  return typed;
}

const booleans: Readonly<Record<string, boolean>> = {
  true: true,
  '1': true,
  '': true,
  false: false,
  '0': false,
};
