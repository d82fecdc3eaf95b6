import type { FastifyInstance } from 'fastify';
import { inTime } from '../deadline.ts';
import { answer } from '../openapi.ts';
import { requests } from '../schemas.ts';
import type { ServerSettings } from '../settings.ts';

/** What is indexed, and bringing it up to date. */
export function indexRoutes(app: FastifyInstance, settings: ServerSettings): void {
  const { service } = settings;
  app.get(
    '/v1/status',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'status',
        summary: 'What is indexed, what is not, and why.',
        response: answer('StatusAnswer'),
      },
    },
    async (_, reply) => inTime(reply, settings, async signal => service.status(signal)),
  );

  app.post<{ Querystring: { wait?: boolean }; Body: { wait?: boolean } | null | undefined }>(
    '/v1/index',
    {
      config: { scope: 'index' },
      schema: {
        operationId: 'update',
        summary: 'Brings the index up to date; several requests at a time become one update.',
        querystring: requests.index,
        body: requests.indexBody,
        response: answer('IndexState', 202),
      },
    },
    async (request, reply) => {
      const wait = request.query.wait ?? request.body?.wait ?? false;
      const state = await inTime(reply, settings, async signal => service.update({ wait, signal }));
      return reply.code(wait ? 200 : 202).send(state);
    },
  );
}
