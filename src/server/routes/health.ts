import type { FastifyInstance } from 'fastify';
import { RequestError } from '../problem.ts';
import type { ServerSettings } from '../settings.ts';

/** For whatever watches over the server. */
export function healthRoutes(
  app: FastifyInstance,
  { service, metrics, refusal, instance }: ServerSettings,
): void {
  const hidden = { schema: { hide: true } };
  app.get('/healthz', hidden, async () => ({ status: 'ok', instance }));

  app.get('/readyz', hidden, async () => {
    const { index } = await service.state();
    if (index.files === 0 && index.state !== 'ready' && index.state !== 'empty')
      throw new RequestError('busy', `nothing can be searched yet: ${index.state}`, undefined, {
        'retry-after': '1',
      });
    const why = refusal();
    if (why !== undefined) throw new RequestError('busy', why, undefined, { 'retry-after': '5' });
    return { status: 'ready', index };
  });

  app.get('/metrics', { config: { scope: 'admin' }, ...hidden }, async (_, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.text()),
  );
}
