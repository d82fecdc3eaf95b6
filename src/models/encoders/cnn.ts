import {
  add,
  concat,
  constantOf,
  conv1d,
  dropout,
  linear,
  maskedMax,
  mul,
  relu,
  reshape,
  sign,
  xavier,
} from '../../tensor/index.ts';
import type { Architecture } from '../architecture.ts';
import { tableWeights, tokenVectors } from '../bag.ts';

/** Convolutions of two widths over the tokens, the largest value of each channel (Kim 2014; Chen 2025, Table 2). */
export const cnnEncoder: Architecture = {
  id: 'cnn',
  title: 'convolutions over the tokens, max-pooled',
  source: 'Kim 2014; Chen 2025, Table 2',
  preparation: { kind: 'sequence', query: 24, name: 12, doc: 32, code: 84 },
  sizes: { channels: 256, narrow: 3, wide: 5 },
  weights(shape) {
    const { dims, sizes } = shape;
    const channels = sizes['channels']!;
    return [
      ...tableWeights(shape).filter(([name]) => name === 'tokens'),
      ['narrow', [sizes['narrow']! * dims, channels], xavier],
      ['narrow.bias', [channels], constantOf(0)],
      ['wide', [sizes['wide']! * dims, channels], xavier],
      ['wide.bias', [channels], constantOf(0)],
      ['project', [2 * channels, dims], xavier],
    ];
  },
  encode(tower) {
    const { inputs, parameter, dropout: rate } = tower;
    const [n, t] = inputs.ids.shape;
    const mask = sign(inputs.weights);
    const x = dropout(mul(tokenVectors(tower), reshape(mask, [n!, t!, 1])), rate);
    const pooled = ['narrow', 'wide'].map(of =>
      maskedMax(relu(conv1d(x, parameter(of), parameter(`${of}.bias`))), mask),
    );
    const both = concat(pooled, 1);
    // What the tokens say by themselves goes past the convolutions.
    return add(linear(both, parameter('project')), maskedMax(x, mask));
  },
};
