import type { FastifyInstance } from 'fastify';
import { inTime } from '../deadline.ts';
import type { ServerSettings } from '../settings.ts';

/** The tools for agents, over HTTP: host, origin, token and limits are looked at as for any other request. */
export function mcpRoutes(app: FastifyInstance, settings: ServerSettings): void {
  const { mcp } = settings;
  if (!mcp) return;
  app.route({
    method: ['GET', 'POST', 'DELETE'],
    url: '/mcp',
    config: { scope: 'read' },
    schema: { hide: true },
    handler: async (request, reply) => {
      reply.hijack();
      const { raw } = reply;
      for (const [name, value] of Object.entries(reply.getHeaders()))
        if (value !== undefined) raw.setHeader(name, value);
      try {
        await inTime(reply, settings, async () => mcp(request.raw, raw, request.body));
      } catch (error) {
        request.log.warn({ err: error }, 'a request to /mcp failed');
        if (!raw.headersSent) raw.writeHead(504);
        raw.end();
      }
    },
  });
}
