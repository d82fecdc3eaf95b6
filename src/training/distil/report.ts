// What a distillation leaves for people: its decisions.

import type { Decision } from './distil.ts';

/** `decisions.json` of a run that distils. */
export interface DistilReport {
  original: { layers: number; score: number };
  decisions: Decision[];
  /** Layers of the student that was chosen; null if none was good enough. */
  chosen: number | null;
}
