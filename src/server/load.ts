import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { clientOf } from './client.ts';
import { RequestError } from './problem.ts';
import type { ServerSettings } from './settings.ts';

/** How much may be asked: per minute and at a time, and nothing new while there is no memory left. */
export async function limitLoad(app: FastifyInstance, settings: ServerSettings): Promise<void> {
  const { metrics, ratePerMinute, perClient, refusal } = settings;
  if (ratePerMinute > 0) {
    await app.register(rateLimit, {
      max: ratePerMinute,
      timeWindow: 60_000,
      cache: 10_000,
      keyGenerator: clientOf,
      // What watches over the server must see it when it is busy.
      allowList: ({ routeOptions }) => routeOptions.config.scope === undefined,
      onExceeded: () => metrics.refuse('rate'),
      errorResponseBuilder: (_, { max, after }) =>
        new RequestError('too-many', `more than ${max} requests in a minute`, `try again in ${after}`),
    });
  }
  const flying = new Map<string, number>();
  const release = (client: string) => {
    const left = (flying.get(client) ?? 1) - 1;
    if (left > 0) flying.set(client, left);
    else flying.delete(client);
  };
  app.addHook('preHandler', async (request, reply) => {
    const { scope } = request.routeOptions.config;
    if (scope === undefined || scope === 'admin') return;
    const why = refusal();
    if (why !== undefined) {
      metrics.refuse('memory');
      throw new RequestError('busy', why, 'try again in a few seconds', { 'retry-after': '5' });
    }
    const client = clientOf(request);
    const now = flying.get(client) ?? 0;
    if (now >= perClient) {
      metrics.refuse('concurrency');
      throw new RequestError(
        'too-many',
        `more than ${perClient} requests at a time`,
        'wait for some answers',
        {
          'retry-after': '1',
        },
      );
    }
    flying.set(client, now + 1);
    // Also where the client has given up, which `onResponse` is not told of.
    reply.raw.once('close', () => release(client));
  });
}
