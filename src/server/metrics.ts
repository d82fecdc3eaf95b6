import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { LocalService, ServiceObserver, Stage } from '../service/service.ts';

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What a server tells Prometheus of itself. */
export class Metrics {
  readonly registry: Registry = new Registry();
  readonly observer: ServiceObserver;
  private readonly requests: Histogram<'method' | 'route' | 'status'>;
  private readonly refused: Counter<'reason'>;
  private readonly flying: Gauge;

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.requests = new Histogram({
      name: 'quarry_http_request_duration_seconds',
      help: 'Time from the header of a request to the end of its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: seconds,
      registers,
    });
    this.flying = new Gauge({
      name: 'quarry_http_requests_in_flight',
      help: 'Requests that are not answered yet.',
      registers,
    });
    this.refused = new Counter({
      name: 'quarry_http_requests_refused_total',
      help: 'Requests that were turned away: rate, concurrency, queue, memory, deadline, token, scope, host or origin.',
      labelNames: ['reason'],
      registers,
    });
    const stages = new Histogram<'stage'>({
      name: 'quarry_stage_duration_seconds',
      help: 'Time of the parts of an answer: waiting for a turn, the search itself, re-ranking, snippets.',
      labelNames: ['stage'],
      buckets: seconds,
      registers,
    });
    const cache = new Counter<'result'>({
      name: 'quarry_search_cache_total',
      help: 'Searches of the engine by whether a kept answer did.',
      labelNames: ['result'],
      registers,
    });
    const updates = new Histogram<'outcome'>({
      name: 'quarry_update_duration_seconds',
      help: 'Time of updates of the index.',
      labelNames: ['outcome'],
      buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 1800],
      registers,
    });
    this.observer = {
      stage: (stage: Stage, ms: number) => stages.observe({ stage }, ms / 1000),
      cache: isHit => cache.inc({ result: isHit ? 'hit' : 'miss' }),
      update: (outcome, ms) => updates.observe({ outcome }, ms / 1000),
    };
  }

  /** Looks at a service whenever the metrics are read. */
  watch(service: LocalService): void {
    const registers = [this.registry];
    const gauge = (name: string, help: string, value: () => number | Promise<number>) =>
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          this.set(await value());
        },
      });
    gauge('quarry_queue_waiting', 'Requests that wait for their turn.', () => service.load.waiting);
    gauge('quarry_queue_running', 'Requests whose turn it is.', () => service.load.running);
    gauge('quarry_index_generation', 'Generation of the index: grows with every commit.', async () =>
      service.state().then(({ generation }) => generation),
    );
    gauge('quarry_index_age_seconds', 'Time since the last finished update; -1 before the first.', async () =>
      service
        .state()
        .then(({ updatedAt }) => (updatedAt === undefined ? -1 : Math.max(0, Date.now() - updatedAt) / 1000)),
    );
    gauge('quarry_index_files', 'Files in the index.', async () =>
      service.state().then(({ index }) => index.files),
    );
    gauge('quarry_index_units', 'Code units in the index.', async () =>
      service.state().then(({ index }) => index.units),
    );
  }

  /** A request begins; the function that comes back ends it. */
  begin(): (method: string, route: string, status: number, ms: number) => void {
    this.flying.inc();
    return (method, route, status, ms) => {
      this.flying.dec();
      this.requests.observe({ method, route, status: String(status) }, ms / 1000);
    };
  }

  refuse(reason: string): void {
    this.refused.inc({ reason });
  }

  async text(): Promise<string> {
    return this.registry.metrics();
  }
}
