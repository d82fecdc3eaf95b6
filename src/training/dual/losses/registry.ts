import { QuarryError } from '../../../core/errors.ts';
import { nearest } from '../../../core/nearest.ts';
import { infoNceLoss, selfSupervisedLoss } from './info-nce.ts';
import type { Loss, LossSpec } from './loss.ts';
import { marginRankingLoss } from './margin.ts';
import { weightedCrossEntropyLoss } from './weighted-cross-entropy.ts';

/** All losses; a new one is a file and a line here. */
export const losses: readonly Loss[] = [
  infoNceLoss,
  selfSupervisedLoss,
  marginRankingLoss,
  weightedCrossEntropyLoss,
];

/** The loss of a specification and its settings, complete. Throws QuarryError `usage`. */
export function lossOf(spec: LossSpec): { loss: Loss; spec: Required<LossSpec> } {
  const loss = losses.find(each => each.id === spec.kind);
  if (!loss) {
    const ids = losses.map(each => each.id);
    const close = nearest(spec.kind, ids);
    throw new QuarryError(
      'usage',
      `there is no loss ${JSON.stringify(spec.kind)}`,
      close ? `did you mean ${close}?` : `there are ${ids.join(', ')}`,
    );
  }
  const whole: Required<LossSpec> = {
    temperature: 0.07,
    similarity: 'cosine',
    symmetric: false,
    selfWeight: 0,
    margin: 0.05,
    lambda: 0,
    ...loss.defaults,
    ...spec,
  };
  if (!(whole.temperature > 0))
    throw new QuarryError('usage', `the temperature ${whole.temperature} is not above 0`);
  return { loss, spec: whole };
}
