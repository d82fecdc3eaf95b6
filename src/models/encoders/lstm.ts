import { concat, constantOf, dropout, linear, lstm, maskedMax, sign, xavier } from '../../tensor/index.ts';
import type { Architecture } from '../architecture.ts';
import { tableWeights, tokenVectors } from '../bag.ts';

/** Two LSTMs, one from each end, the largest value of each state (CODEnn, Gu et al. 2018; Chen 2025, Tables 2 and 3). */
export const lstmEncoder: Architecture = {
  id: 'lstm',
  title: 'bidirectional LSTM, max-pooled',
  source: 'Hochreiter & Schmidhuber 1997; Gu et al. 2018 (CODEnn); Chen 2025, Tables 2 and 3',
  preparation: { kind: 'sequence', query: 16, name: 8, doc: 16, code: 40 },
  sizes: { hidden: 128 },
  isUnrolled: true,
  weights(shape) {
    const { dims, sizes } = shape;
    const h = sizes['hidden']!;
    return [
      ...tableWeights(shape).filter(([name]) => name === 'tokens'),
      ...['forwards', 'backwards'].flatMap(
        of =>
          [
            [`${of}.input`, [dims, 4 * h], xavier],
            [`${of}.hidden`, [h, 4 * h], xavier],
            [`${of}.bias`, [4 * h], constantOf(0)],
          ] as const,
      ),
      ['project', [2 * h, dims], xavier],
    ] as ReturnType<Architecture['weights']>;
  },
  encode(tower) {
    const { inputs, parameter, dropout: rate } = tower;
    const mask = sign(inputs.weights);
    const x = dropout(tokenVectors(tower), rate);
    const read = (of: string, backwards: boolean) =>
      lstm(
        x,
        mask,
        {
          input: parameter(`${of}.input`),
          hidden: parameter(`${of}.hidden`),
          bias: parameter(`${of}.bias`),
        },
        backwards,
      ).states;
    const states = concat([read('forwards', false), read('backwards', true)], 2);
    return linear(maskedMax(states, mask), parameter('project'));
  },
};
