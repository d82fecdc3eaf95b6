import type { LineMatch } from '../../../core/search.ts';
import type { PatternMatches } from './scan.ts';

/** Matches in one file, by pattern; kept as numbers until they are asked for. */
export class FileMatches {
  private readonly found: readonly PatternMatches[];

  constructor(found: readonly PatternMatches[]) {
    this.found = found;
  }

  has(pattern: number): boolean {
    return this.found.some(each => each.pattern === pattern);
  }

  /** Where the pattern stands, ascending; undefined if it does not. */
  get(pattern: number): LineMatch[] | undefined {
    const places = this.found.find(each => each.pattern === pattern)?.places;
    if (!places) return undefined;
    const matches: LineMatch[] = [];
    for (let i = 0; i < places.length; i += 3)
      matches.push({ line: places[i]!, start: places[i + 1]!, end: places[i + 2]! });
    return matches;
  }

  /** Whether there are more of this pattern than `get` gives. */
  isCut(pattern: number): boolean {
    return this.found.some(each => each.pattern === pattern && each.isCut);
  }
}
