// Findings about an index, and the plan of its repair that the checks fill in side by side.

import type { Catalog } from '../../store/catalog.ts';

/** One line about an index. */
export interface Finding {
  severity: 'ok' | 'warning' | 'error';
  what: string;
  /** The step that a repair takes; absent where there is nothing to do about it. */
  repair?: string;
}

/** The changes that a repair makes. */
export interface RepairPlan {
  /** The container cannot be trusted: the file goes, and the next update builds another one. */
  remove: boolean;
  /** Segments to delete, whether they are damaged or belong to nothing. */
  segments: Set<number>;
  /** The catalog to write instead of the stored one. */
  catalog: Catalog | undefined;
  /** The index over the paths does not fit the catalog. */
  paths: boolean;
  vacuum: boolean;
  /** Broken caches of vectors. */
  caches: string[];
}

const startAfresh = 'delete the index file: the next update builds it afresh';

/** Everything that the checks of one index found, and what has to be done about it. */
export class Diagnosis {
  readonly findings: Finding[] = [];
  readonly plan: RepairPlan = {
    remove: false,
    segments: new Set(),
    catalog: undefined,
    paths: false,
    vacuum: false,
    caches: [],
  };

  /** The steps of the repair, in words. */
  get repairs(): string[] {
    return this.findings.map(({ repair }) => repair).filter(repair => repair !== undefined);
  }

  ok(what: string): void {
    this.findings.push({ severity: 'ok', what });
  }

  warn(what: string, repair?: string): void {
    this.findings.push({ severity: 'warning', what, ...(repair === undefined ? {} : { repair }) });
  }

  fail(what: string, repair?: string): void {
    this.findings.push({ severity: 'error', what, ...(repair === undefined ? {} : { repair }) });
  }

  /** An error after which nothing in the file can be kept. */
  giveUp(what: string): void {
    this.plan.remove = true;
    this.fail(what, startAfresh);
  }
}

/** True for damage found while decoding, as opposed to trouble with reading the file. */
export function isDamage(error: unknown): error is RangeError {
  return error instanceof RangeError;
}

/** A number with its noun: `1 file`, `2 files`. */
export function count(n: number, noun: string, nouns: string = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : nouns}`;
}
