import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../../src/evaluation/statistics.ts';

/** What a server did at one rate of arrivals. */
export interface LoadResult {
  /** Requests a second that were sent. */
  rate: number;
  sent: number;
  /** Answers a second. */
  throughput: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
  /** Answers that were not 200, and requests without one, by status or error. */
  failures: Record<string, number>;
}

export interface LoadOptions {
  url: string;
  rate: number;
  seconds: number;
  /** Of the i-th request. */
  body: (i: number) => object;
  /** Called with the latency of every answer. */
  onAnswer?: (ms: number) => void;
}

/**
 * Sends requests at a fixed rate, whether or not those before them have been answered, and counts each one's latency from the
 * moment it was due: a server that stands still is charged for all who would have come meanwhile (no coordinated omission).
 */
export async function openLoop({ url, rate, seconds, body, onAnswer }: LoadOptions): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: 400, scheduling: 'fifo' });
  const latencies: number[] = [];
  const failures: Record<string, number> = {};
  const waiting = new Set<Promise<void>>();
  const total = Math.round(rate * seconds);
  const begun = performance.now() + 20;
  for (let i = 0; i < total; i++) {
    const due = begun + (i * 1000) / rate;
    const early = due - performance.now();
    if (early > 0) await sleep(early);
    const one = post(url, JSON.stringify(body(i)), agent).then(status => {
      const ms = performance.now() - due;
      if (status === '200') {
        latencies.push(ms);
        onAnswer?.(ms);
      } else failures[status] = (failures[status] ?? 0) + 1;
    });
    waiting.add(one);
    void one.finally(() => waiting.delete(one));
  }
  await Promise.all(waiting);
  const took = (performance.now() - begun) / 1000;
  agent.destroy();
  const at = (q: number) => (latencies.length === 0 ? Number.NaN : quantile(latencies, q));
  return {
    rate,
    sent: total,
    throughput: latencies.length / took,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    max: at(1),
    failures,
  };
}

/** Posts and reads the whole answer; gives its status or why there is none. */
async function post(url: string, body: string, agent: Agent): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const sent = request(
    url,
    {
      method: 'POST',
      agent,
      timeout: 30_000,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    },
    response => {
      response.resume();
      response.on('end', () => resolve(String(response.statusCode)));
      response.on('error', error => resolve(error.message));
    },
  );
  sent.on('timeout', () => sent.destroy(new Error('timeout')));
  sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  sent.end(body);
  return promise;
}

/** A question without what the query language would read as operators. */
export function asWords(query: string): string {
  const words = query.replace(/[^\p{L}\p{N}_.\s]+/gu, ' ').split(/\s+/);
  return words.filter(word => word !== '' && !/^(?:and|or|not)$/i.test(word)).join(' ');
}
