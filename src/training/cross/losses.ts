import { QuarryError } from '../../core/errors.ts';
import { binaryCrossEntropy, crossEntropy, type Node, reshape } from '../../tensor/index.ts';

/** A loss of a re-ranker: logits [lists, candidates], the right one in the first column → scalar. */
interface RankingLoss {
  id: string;
  title: string;
  /** Paper and formula. */
  source: string;
  build(logits: Node): Node;
}

/** All losses of re-rankers; a new one is a line here. */
export const rankingLosses: readonly RankingLoss[] = [
  {
    id: 'info-nce',
    title: 'InfoNCE over the candidates of a list',
    source: 'R2PS formula 3',
    build(logits) {
      const [lists] = logits.shape;
      return crossEntropy(logits, logits.graph.constant(new Int32Array(lists!), [lists!]));
    },
  },
  {
    id: 'binary-cross-entropy',
    title: 'binary cross-entropy, right and wrong halves weighing the same',
    source: 'SPENCER formula 5',
    build(logits) {
      const [lists, candidates] = logits.shape as [number, number];
      const isRight = (i: number) => i % candidates === 0;
      const fill = (value: (i: number) => number) =>
        logits.graph.constant(
          Float32Array.from({ length: lists * candidates }, (_, i) => value(i)),
          [lists * candidates],
        );
      const weights = fill(i => (isRight(i) ? candidates / 2 : candidates / (2 * (candidates - 1))));
      return binaryCrossEntropy(
        reshape(logits, [lists * candidates]),
        fill(i => (isRight(i) ? 1 : 0)),
        weights,
      );
    },
  },
];

/** Throws QuarryError `usage`. */
export function rankingLossOf(kind: string): RankingLoss {
  const loss = rankingLosses.find(({ id }) => id === kind);
  if (loss) return loss;
  throw new QuarryError(
    'usage',
    `a re-ranker has no loss ${JSON.stringify(kind)}`,
    `there are ${rankingLosses.map(({ id }) => id).join(', ')}`,
  );
}
