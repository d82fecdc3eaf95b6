import type { LineMatch } from '../../../core/search.ts';
import type { StoredUnit } from '../../../store/segment.ts';

type Span = Pick<StoredUnit, 'firstLine' | 'lastLine' | 'start' | 'docStart'>;

/**
 * For each match the innermost unit around its line that `accept` takes; a line above a unit with a doc comment there counts as its
 * own. `unit` is −1 where there is none. `units` are ordered by position, parents before children.
 */
export function ownersOf(
  units: readonly Span[],
  matches: readonly LineMatch[],
  accept: (unit: number) => boolean,
): Array<{ line: number; unit: number }> {
  const accepted = units.map((span, unit) => ({ span, unit })).filter(({ unit }) => accept(unit));
  const known = new Map<number, number>();
  return matches.map(({ line }) => {
    let unit = known.get(line);
    if (unit === undefined) known.set(line, (unit = ownerOf(accepted, line)));
    return { line, unit };
  });
}

function ownerOf(units: ReadonlyArray<{ span: Span; unit: number }>, line: number): number {
  let owner = -1;
  let below: { span: Span; unit: number } | undefined;
  for (const each of units) {
    const { firstLine, lastLine } = each.span;
    if (firstLine > line) {
      below = each;
      break;
    }
    if (line <= lastLine) owner = each.unit;
  }
  if (!below) return owner;
  const { docStart, start, firstLine } = below.span;
  // Lines of a comment are not stored, but it has no more of them than half of its characters, and nothing else lies there.
  const isDocumented = docStart >= 0 && docStart < start;
  const last = units.reduce(
    (most, { span }) => (span.lastLine < firstLine ? Math.max(most, span.lastLine) : most),
    0,
  );
  return isDocumented && line > last && firstLine - line <= Math.ceil((start - docStart) / 2)
    ? below.unit
    : owner;
}
