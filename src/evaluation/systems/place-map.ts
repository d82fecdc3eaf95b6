import type { Candidate, Place } from '../dataset.ts';

type Lines = Place['lines'];

interface Known {
  id: string;
  lines: Lines;
}

/** Which candidate is meant by lines of a collection's file. Only candidates with `places` can be. */
export class PlaceMap {
  private readonly byPath: Map<string, Known[]> = new Map();

  add({ id, places = [] }: Candidate): void {
    for (const { path, lines } of places) {
      const known = this.byPath.get(path);
      if (known) known.push({ id, lines });
      else this.byPath.set(path, [{ id, lines }]);
    }
  }

  /**
   * The candidate that stands on these lines, else the smallest one around them, else the one that shares most lines
   * with them, the first of equals. Undefined if there is none: the lines then answer nothing.
   */
  idOf({ path, lines: [first, last] }: Place): string | undefined {
    let around: Known | undefined;
    let inside: Known | undefined;
    let shared = 0;
    for (const known of this.byPath.get(path) ?? []) {
      const { id, lines } = known;
      if (lines[0] === first && lines[1] === last) return id;
      if (lines[0] <= first && lines[1] >= last) {
        if (!around || height(lines) < height(around.lines)) around = known;
      } else {
        const overlap = height([Math.max(first, lines[0]), Math.min(last, lines[1])]);
        if (overlap > shared) [shared, inside] = [overlap, known];
      }
    }
    return (around ?? inside)?.id;
  }

  /** All candidates of a file, in the order they were added; none for a path that has none. */
  idsOf(path: string): string[] {
    return [...new Set(this.byPath.get(path)?.map(({ id }) => id))];
  }
}

function height([first, last]: Lines): number {
  return last - first + 1;
}
