import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { RemoteService } from './remote.ts';

/** As much of the file beside an index as a client needs; `server/running.ts` writes it. */
interface Running {
  instance?: unknown;
  host?: unknown;
  url?: unknown;
}

/** Milliseconds a server on this machine may take to answer; else it is as good as none. */
const patienceMs = 2000;

/** The server that serves an index file on this machine, if one runs and answers whoever has this token, or none. */
export async function runningServer(
  indexFile: string,
  token: string | undefined,
): Promise<RemoteService | undefined> {
  let running: Running;
  try {
    running = JSON.parse(readFileSync(`${indexFile}.serve.json`, 'utf8')) as Running;
  } catch {
    return undefined;
  }
  const { instance, host, url } = running;
  // A home directory may be shared by machines; their loopback is not.
  if (typeof url !== 'string' || host !== hostname()) return undefined;
  try {
    const answer = await fetch(new URL('/healthz', url), {
      signal: AbortSignal.timeout(patienceMs),
      redirect: 'error',
    });
    const health = (await answer.json()) as { instance?: unknown };
    // Another program may have got the port since.
    if (health.instance !== instance) return undefined;
    const service = new RemoteService({ url, token });
    await service.status(AbortSignal.timeout(patienceMs));
    return service;
  } catch {
    return undefined;
  }
}
