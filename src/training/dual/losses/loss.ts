import type { Node } from '../../../tensor/index.ts';

/** Vectors of a batch: row i of `unit` belongs to row i of `query`. As the towers give them, [n, d]. */
export interface Pass {
  query: Node;
  unit: Node;
}

/** What a loss may use. */
export interface LossInputs extends Pass {
  /** The same texts once more with other dropout masks. Built when first asked for. */
  again: () => Pass;
}

/** How two vectors are compared while training (Chen 2025, Table 4); search compares by cosine. */
export type Similarity = 'cosine' | 'euclidean';

/** A loss with its settings, as it stands in a recipe. */
export interface LossSpec {
  kind: string;
  /** τ, above 0. */
  temperature?: number;
  similarity?: Similarity;
  /** Also in the other direction, halved. */
  symmetric?: boolean;
  /** Weight of the terms of each tower with itself under dropout. */
  selfWeight?: number;
  margin?: number;
  /** λ of the distance term. */
  lambda?: number;
}

/** A kind of loss. */
export interface Loss {
  id: string;
  title: string;
  /** Paper and formula. */
  source: string;
  defaults: Readonly<Omit<LossSpec, 'kind'>>;
  /** A scalar. */
  build(inputs: LossInputs, spec: Required<LossSpec>): Node;
}
