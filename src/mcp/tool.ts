import { z } from 'zod';
import { QuarryError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import type { Service } from '../service/api.ts';
import type { Readiness, Tell } from './readiness.ts';

/** What a call of a tool works with. */
export interface CallContext {
  service: Service;
  readiness: Readiness;
  signal: AbortSignal;
  /** Says how far indexing is, to clients that asked for it. */
  tell: Tell;
}

export interface ToolAnswer {
  /** For the model. */
  text: string;
  /** The same as data. Clients show a model either the one or the other, so each must say all. */
  data?: Record<string, unknown>;
}

/** A tool as data, with its arguments' type gone: see `defineTool`. */
export interface Tool {
  name: string;
  title: string;
  description: string;
  /** JSON schemas. */
  input: JsonSchema;
  output?: JsonSchema;
  /** Throws QuarryError; `usage` for arguments that do not fit the schema. */
  call: (args: Readonly<Record<string, unknown>>, context: CallContext) => Promise<ToolAnswer>;
}

interface JsonSchema {
  type: 'object';
  properties?: Record<string, object>;
  [key: string]: unknown;
}

export interface ToolDefinition<S extends z.ZodObject> {
  name: string;
  title: string;
  description: string;
  input: S;
  output?: z.ZodObject;
  run: (args: z.output<S>, context: CallContext) => Promise<ToolAnswer>;
}

export function defineTool<S extends z.ZodObject>(definition: ToolDefinition<S>): Tool {
  const { name, title, description, input, output, run } = definition;
  const schema = schemaOf(input);
  return {
    name,
    title,
    description,
    input: schema,
    ...(output ? { output: schemaOf(output) } : {}),
    call: async (args, context) => run(parseArguments(name, input, schema, args), context),
  };
}

function schemaOf(type: z.ZodObject): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io: 'input' });
  return schema as JsonSchema;
}

function parseArguments<S extends z.ZodObject>(
  tool: string,
  input: S,
  schema: JsonSchema,
  args: Readonly<Record<string, unknown>>,
): z.output<S> {
  const parsed = input.safeParse(lenient(args, schema));
  if (parsed.success) return parsed.data;
  const known = Object.keys(input.shape);
  const { issues } = parsed.error;
  // A wrong name explains a missing one.
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (issue?.code === 'unrecognized_keys') {
    const [key] = issue.keys;
    const near = nearest(key!, known);
    throw new QuarryError(
      'usage',
      `${tool} has no argument ${JSON.stringify(key!.slice(0, 60))}`,
      `${near === undefined ? '' : `did you mean ${near}? `}it takes ${known.join(', ')}`,
    );
  }
  const at = issue?.path.join('.') ?? '';
  const isMissing = issue?.code === 'invalid_type' && !(at in args);
  const what = isMissing ? 'is missing' : (issue?.message ?? 'does not fit').replace(/^Invalid input: /, '');
  throw new QuarryError('usage', `${tool}: ${at}${isMissing ? ' ' : ': '}${what}`, describe(schema, at));
}

function describe(schema: JsonSchema, name: string): string | undefined {
  const property = schema.properties?.[name.split('.')[0]!] as { description?: string } | undefined;
  return property?.description && `${name.split('.')[0]}: ${property.description}`;
}

/**
 * Models write `"5"` for 5, `null` for what they leave out and `"ts, go"` for a list; there is no doubt what they mean.
 */
function lenient(args: Readonly<Record<string, unknown>>, schema: JsonSchema): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(args)) {
    if (value === null || value === undefined) continue;
    const type = (schema.properties?.[name] as { type?: string } | undefined)?.type;
    if (type === 'integer' && typeof value === 'string' && /^\d{1,9}$/.test(value.trim()))
      result[name] = Number(value);
    else if (type === 'array' && typeof value === 'string')
      result[name] = value
        .split(/[\s,[\]"']+/)
        .map(part => part.trim())
        .filter(part => part !== '');
    else if (type === 'string' && typeof value === 'number') result[name] = String(value);
    else result[name] = value;
  }
  return result;
}

/** Smallest and largest budget of an answer, in tokens, and what it is if nothing is said. */
export const budgets = { least: 200, most: 20_000, usual: 4000 } as const;

export const maxTokens: z.ZodDefault<z.ZodNumber> = z
  .int()
  .min(budgets.least)
  .max(budgets.most)
  .default(budgets.usual)
  .describe(`longest answer, in tokens, ${budgets.least} to ${budgets.most}; default ${budgets.usual}`);
