import type { FastifyReply } from 'fastify';
import { RequestError } from './problem.ts';
import type { ServerSettings } from './settings.ts';

/**
 * Runs work under a request's deadline, with a signal that fires when the time is over or the client has gone. Throws a
 * RequestError `deadline` then, whether or not the work has noticed.
 */
export async function inTime<T>(
  reply: FastifyReply,
  { deadlineMs, metrics }: ServerSettings,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    metrics.refuse('deadline');
    reject(
      new RequestError(
        'deadline',
        `not done within ${deadlineMs} ms`,
        'narrow the query, or raise --deadline',
      ),
    );
    stop.abort();
  }, deadlineMs);
  const leave = () => {
    if (reply.raw.writableFinished) return;
    reject(new RequestError('deadline', 'the client has gone'));
    stop.abort();
  };
  reply.raw.on('close', leave);
  const running = work(stop.signal);
  // Whatever it comes to after that, nobody waits for it any more.
  running.catch(() => undefined);
  promise.catch(() => undefined);
  try {
    return await Promise.race([running, promise]);
  } finally {
    clearTimeout(timer);
    reply.raw.off('close', leave);
  }
}
