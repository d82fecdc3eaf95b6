import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Recipe } from './recipe.ts';
import type { PoolScore } from './validate.ts';

/** One line of `log.jsonl`. Times are seconds of training, pauses between runs left out. */
export type LogEntry =
  | {
      type: 'start';
      recipe: Recipe;
      seed: number;
      threads: number;
      device: string;
      /** Examples by kind. */
      counts: Record<string, number>;
      examples: number;
      stepsPerEpoch: number;
      steps: number;
      parameters: number;
    }
  | { type: 'resume'; step: number }
  | {
      type: 'step';
      step: number;
      epoch: number;
      /** Mean since the last such line. */
      loss: number;
      gradientNorm: number;
      rate: number;
      pairsPerSecond: number;
      seconds: number;
    }
  | {
      type: 'validation';
      step: number;
      pools: PoolScore[];
      /** Mean MRR over the pools. */
      score: number;
      isBest: boolean;
      seconds: number;
    }
  | { type: 'end'; step: number; reason: 'finished' | 'early' | 'aborted'; best: number; seconds: number };

/** The log of a run, appended line by line. */
export class TrainingLog {
  private readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  write(entry: LogEntry): void {
    appendFileSync(this.path, `${JSON.stringify(entry)}\n`);
  }

  /** Cuts off what came after a checkpoint: those steps are made again. */
  rewind(step: number): void {
    if (!existsSync(this.path)) return;
    const kept = readLog(this.path).filter(entry => !('step' in entry) || entry.step <= step);
    const text = kept.filter(entry => entry.type !== 'end').map(entry => `${JSON.stringify(entry)}\n`);
    writeFileSync(this.path, text.join(''));
  }
}

/** Lines that are no JSON, such as the last one of a run that was killed, are left out. */
export function readLog(path: string): LogEntry[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap(line => {
      try {
        return [JSON.parse(line) as LogEntry];
      } catch {
        return [];
      }
    });
}
