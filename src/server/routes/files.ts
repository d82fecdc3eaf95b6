import type { FastifyInstance } from 'fastify';
import { inTime } from '../deadline.ts';
import { answer } from '../openapi.ts';
import { RequestError } from '../problem.ts';
import { requests } from '../schemas.ts';
import type { ServerSettings } from '../settings.ts';

/**
 * Files of the index. The path is looked up among the names of the catalog as it stands; nothing is resolved, so that no `..`
 * means anything.
 */
export function fileRoutes(app: FastifyInstance, settings: ServerSettings): void {
  const { service } = settings;
  app.get<{ Params: { '*': string }; Querystring: { lines?: string; highlight?: boolean } }>(
    '/v1/files/*',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'file',
        summary: 'A file of the index, or some lines of it, with its outline.',
        querystring: requests.file,
        response: answer('FileAnswer'),
      },
    },
    async (request, reply) => {
      const path = request.params['*'];
      const { lines, highlight = false } = request.query;
      return inTime(reply, settings, async signal =>
        service.file({ path, highlight, ...(lines === undefined ? {} : linesOf(lines)) }, signal),
      );
    },
  );
}

/** `12` or `12-40`. */
function linesOf(text: string): { firstLine: number; lastLine: number } {
  const [first, last = first] = text.split('-').map(Number) as [number, number?];
  if (first < 1 || last < first)
    throw new RequestError('bad-request', `lines ${text} are no lines`, 'write them as 12 or 12-40');
  return { firstLine: first, lastLine: last };
}
