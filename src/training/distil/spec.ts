import { QuarryError } from '../../core/errors.ts';

/** What a student learns from: SPENCER formulas 6, 7, their sum (8), with the contrastive loss (9), and that loss alone. */
export const distilLosses = ['single', 'dual', 'both', 'contrastive', 'direct'] as const;
export type DistilLoss = (typeof distilLosses)[number];

/**
 * Who teaches each student: `adaptive` is Algorithm 1 of SPENCER, `original` always the original tower, `none` nobody –
 * each is trained on the right pairs directly.
 */
export const distilStrategies = ['adaptive', 'original', 'none'] as const;
export type DistilStrategy = (typeof distilStrategies)[number];

/** How a query tower is made smaller. */
export interface DistilSpec {
  loss: DistilLoss;
  strategy: DistilStrategy;
  /**
   * Layers of the query tower in falling order: the first is the original's – where the teacher has fewer, a tower of so
   * many is trained first – and 0 is a static student, a table of token vectors that are added up.
   */
  depths: readonly number[];
  /** T: the largest fall of the validation's MRR below the original's that a student may have. */
  threshold: number;
  /** Training queries, at most. */
  sample: number;
}

/** Throws QuarryError `usage`. */
export function checkDistil({ loss, strategy, depths, threshold, sample }: DistilSpec): void {
  const one = <T>(name: string, value: T, known: readonly T[]) => {
    if (!known.includes(value))
      throw new QuarryError('usage', `${name} must be one of ${known.join(', ')}, not ${String(value)}`);
  };
  one('loss', loss, distilLosses);
  one('strategy', strategy, distilStrategies);
  const falls = depths.every(
    (depth, i) => Number.isInteger(depth) && depth >= 0 && (i === 0 || depth < depths[i - 1]!),
  );
  if (depths.length < 2 || !falls)
    throw new QuarryError(
      'usage',
      `depths ${depths.join(', ')}: not two or more falling numbers of layers`,
      'for example 4,2,1,0; 0 is a static student',
    );
  if (!(threshold >= 0 && threshold <= 1))
    throw new QuarryError('usage', `the threshold must be from 0 to 1, not ${threshold}`);
  if (!Number.isInteger(sample) || sample < 1)
    throw new QuarryError('usage', `sample must be a whole number from 1, not ${sample}`);
}
