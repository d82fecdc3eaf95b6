import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { answers } from './schemas.ts';

/** Ids of shared schemas as routes refer to them. */
const idOf = (name: string) => `urn:quarry:${name}`;

/** The answers of a route: its own, and problems. */
export function answer(name: keyof typeof answers, also?: number): Record<string, unknown> {
  const own = {
    description: 'The answer.',
    content: { 'application/json': { schema: { $ref: `${idOf(name)}#` } } },
  };
  return {
    200: own,
    ...(also === undefined ? {} : { [also]: own }),
    default: {
      description: 'What went wrong (RFC 9457).',
      content: { 'application/problem+json': { schema: { $ref: `${idOf('Problem')}#` } } },
    },
  };
}

/** The OpenAPI document of all routes that are registered after this. */
export async function describeApi(app: FastifyInstance, version: string): Promise<void> {
  for (const [name, schema] of Object.entries(answers)) app.addSchema({ $id: idOf(name), ...schema });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Quarry', description: 'Finds code by what it does.', version },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }, {}],
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, i) =>
        typeof json['$id'] === 'string' ? json['$id'].replace(/^urn:quarry:/, '') : `schema${i}`,
    },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
