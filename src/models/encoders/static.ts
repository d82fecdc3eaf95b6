import { dropout } from '../../tensor/index.ts';
import type { Architecture } from '../architecture.ts';
import { bagOf, tableWeights, tokenGates, tokenVectors } from '../bag.ts';

/**
 * Neural bag of words with learned token weights, one for each field: v = Σ √tf · g[token, field] · E[token]. After the
 * word embedding of Chen 2025 (Table 1) and NCS (Sachdev et al. 2018), which weighs by tf-idf; here the weights are
 * learned with the vectors. Dropout leaves out whole tokens.
 */
export const staticEncoder: Architecture = {
  id: 'static',
  title: 'token vectors, summed with learned weights',
  source: 'Chen 2025, Table 1 (word embedding); Sachdev et al. 2018 (NCS)',
  preparation: { kind: 'bag', query: 32, name: 16, doc: 48, code: 128 },
  sizes: {},
  isTable: true,
  weights: tableWeights,
  encode(tower) {
    return bagOf(tokenVectors(tower), dropout(tokenGates(tower), tower.dropout));
  },
};
