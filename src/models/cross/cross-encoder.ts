import { throwIfAborted } from '../../core/errors.ts';
import type { RerankCandidate, Reranker } from '../../core/reranker.ts';
import type { Program } from '../../tensor/session.ts';
import { type Batch, padded } from '../batch.ts';
import type { Prepared, Preparer } from '../prepare.ts';
import type { Calibration, RerankerConfig } from './config.ts';
import { pairText } from './pair-text.ts';

/** Pairs of one run: more are no faster, and a search that is stopped waits for the run. */
const batchPairs = 10;

/** A cross-encoder that onnxruntime executes. Candidates are sorted by length, so that little is padding. */
export class CrossEncoder implements Reranker {
  readonly id: string;
  readonly fingerprint: string;
  private readonly temperature: number;
  private readonly calibration: Calibration;
  private readonly preparer: Preparer;
  private readonly program: Program;

  constructor(config: RerankerConfig, preparer: Preparer, program: Program) {
    this.id = config.id;
    this.fingerprint = config.fingerprint;
    this.temperature = config.temperature;
    this.calibration = config.calibration;
    this.preparer = preparer;
    this.program = program;
  }

  async score(
    text: string,
    candidates: readonly RerankCandidate[],
    signal?: AbortSignal,
  ): Promise<Float32Array> {
    const scores = new Float32Array(candidates.length);
    const query = this.preparer.query(text);
    if (query.ids.length === 0) return scores;
    const units = candidates.map(candidate => this.preparer.unit(pairText(candidate)));
    const order = [...units.keys()].sort((a, b) => units[a]!.ids.length - units[b]!.ids.length);
    for (let at = 0; at < order.length; at += batchPairs) {
      throwIfAborted(signal);
      const chosen = order.slice(at, at + batchPairs);
      const values = await this.run(
        query,
        chosen.map(i => units[i]!),
      );
      for (const [row, i] of chosen.entries()) scores[i] = values[row]! / this.temperature;
    }
    return scores;
  }

  relevanceOf(score: number): number {
    const { slope, offset } = this.calibration;
    return 1 / (1 + Math.exp(-(slope * score + offset)));
  }

  async close(): Promise<void> {
    await this.program.close();
  }

  private async run(query: Prepared, units: readonly Prepared[]): Promise<Float32Array> {
    const n = units.length;
    const s = query.ids.length;
    // A unit without a token is one that is padded all through.
    const t = Math.max(1, ...units.map(({ ids }) => ids.length));
    const sides: Array<[string, Batch, number[]]> = [
      ['query.', padded(Array<Prepared>(n).fill(query), n, s), [n, s]],
      ['unit.', padded(units, n, t), [n, t]],
    ];
    const feeds: Parameters<Program['run']>[0] = Object.fromEntries(
      sides.flatMap(([prefix, batch, shape]) =>
        Object.entries(batch).map(([name, data]) => [`${prefix}${name}`, { data, shape }]),
      ),
    );
    const { scores } = await this.program.run(feeds);
    return scores!.data as Float32Array;
  }
}
