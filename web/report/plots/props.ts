import type { SystemResult } from '../../../src/evaluation/result.ts';
import type { Data, Part } from '../data.ts';

/** What every plot gets. */
export interface PlotProps {
  data: Data;
  part: Part;
  /** Systems that are shown, in the order of the result. */
  systems: readonly SystemResult[];
  measure: string;
}
