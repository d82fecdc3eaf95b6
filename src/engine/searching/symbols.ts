import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import type { Reference, SymbolOptions, SymbolResult } from '../../core/search.ts';
import { searchLimits, wholeWithin } from '../../core/search-limits.ts';
import type { Pattern } from '../../query/ast.ts';
import type { Snapshot } from '../../store/snapshot.ts';
import { Prefilter } from './content/prefilter.ts';
import { finishHits, staleness } from './finish.ts';
import { type UncheckedHit, unitHit } from './hits.ts';
import type { SearchParts } from './search-parts.ts';
import { unitsNamed } from './selection/symbols.ts';

/** Most references of one file: a file that names it everywhere is one answer. */
const mostPerFile = 20;

/**
 * Units of a name – exact ones; without any, those in other case; without any, those whose name has it – and lines that name it.
 * Throws QuarryError `usage`.
 */
export async function symbols(
  parts: SearchParts,
  name: string,
  options: SymbolOptions,
): Promise<SymbolResult> {
  const { find = 'definitions', budgetMs = searchLimits.contentBudgetMs.usual, signal } = options;
  throwIfAborted(signal);
  const text = name.trim();
  if (text === '') throw new QuarryError('usage', 'the name is empty', 'name a function, class or variable');
  const limit = wholeWithin('limit', options.limit, searchLimits.symbols);
  const pattern: Pattern = { text, isRegex: false, isCaseSensitive: false, isWholeWord: false };
  const { definitions, snapshot } = parts.read(({ snapshot }) => ({
    definitions: definitionsOf(parts, snapshot, pattern),
    snapshot,
  }));
  const shown = find === 'references' ? [] : definitions.slice(0, limit);
  const result: SymbolResult = {
    definitions: finishHits(shown, staleness(parts, snapshot), parts),
    references: [],
    truncated: find !== 'references' && definitions.length > limit,
    notes: [],
  };
  if (find === 'definitions') return result;
  const references = await referencesTo(parts, snapshot, text, definitions, { limit, budgetMs, signal });
  return {
    ...result,
    references: references.found,
    truncated: result.truncated || references.truncated,
    notes: references.notes,
  };
}

function definitionsOf(parts: SearchParts, snapshot: Snapshot, pattern: Pattern): UncheckedHit[] {
  const named: Array<{ hit: UncheckedHit; rank: number }> = [];
  const lower = pattern.text.toLowerCase();
  for (const [key, units] of unitsNamed(snapshot, pattern)) {
    const [s, document] = [Math.floor(key / 2 ** 32), key % 2 ** 32];
    const stored = snapshot.segments[s]!.units(document);
    for (let file = snapshot.firstFile[s]![document]!; file >= 0; file = snapshot.nextFile[file]!) {
      if (!isShown(parts, snapshot.files[file]!.path)) continue;
      for (const unit of units) {
        const { name, qualifiedName, firstLine } = stored[unit]!;
        const isExact = name === pattern.text || isTail(qualifiedName, pattern.text);
        const isFolded = name.toLowerCase() === lower || isTail(qualifiedName.toLowerCase(), lower);
        const rank = isExact ? 0 : isFolded ? 1 : 2;
        named.push({ hit: unitHit(snapshot, file, stored[unit]!, firstLine, 1 / (1 + rank), []), rank });
      }
    }
  }
  const best = named.reduce((least, { rank }) => Math.min(least, rank), 2);
  const order = (hit: UncheckedHit) => (hit.role === 'source' ? 0 : 1);
  return named
    .filter(({ rank }) => rank === best)
    .map(({ hit }) => hit)
    .sort((a, b) => order(a) - order(b) || (a.path < b.path ? -1 : a.path > b.path ? 1 : a.start - b.start));
}

/** Whether a qualified name is a shorter one, or ends with it after a separator. */
function isTail(qualified: string, tail: string): boolean {
  if (qualified === tail) return true;
  return qualified.endsWith(tail) && /[.:#/\\>]$/.test(qualified.slice(0, -tail.length));
}

function isShown({ sources }: SearchParts, path: string): boolean {
  return !sources.some(({ isDefault, prefix }) => !isDefault && path.startsWith(prefix));
}

async function referencesTo(
  parts: SearchParts,
  snapshot: Snapshot,
  name: string,
  definitions: readonly UncheckedHit[],
  { limit, budgetMs, signal }: { limit: number; budgetMs: number; signal: AbortSignal | undefined },
): Promise<{ found: Reference[]; truncated: boolean; notes: string[] }> {
  // Of a qualified name, code mostly has the last part only.
  const last = name.split(/\.|::|#|->|\//).at(-1)!;
  const pattern: Pattern = { text: last, isRegex: false, isCaseSensitive: true, isWholeWord: true };
  const files = snapshot.files.flatMap((file, f) => (isShown(parts, file.path) ? [f] : []));
  const patterns = [pattern];
  const scope = parts.read(() => ({
    patterns,
    snapshot,
    files,
    prefilter: new Prefilter(snapshot, patterns),
    mostFiles: Math.max(limit, 1000),
  }));
  const { byPath, notes } = await parts.findInContents(scope, { budgetMs, signal });
  const heads = new Set(definitions.map(({ path, firstLine }) => `${path}:${firstLine}`));
  const found: Reference[] = [];
  let truncated = notes.length > 0;
  const paths = [...byPath.keys()].sort();
  for (const path of paths) {
    const lines = parts.textOf(path)?.split('\n') ?? [];
    const seen = new Set<number>();
    const symbolOf = parts.read(() => symbolsByLine(snapshot, path));
    for (const { line } of byPath.get(path)!.get(0) ?? []) {
      if (seen.has(line) || heads.has(`${path}:${line}`)) continue;
      if (seen.size === mostPerFile || found.length === limit) {
        truncated = true;
        break;
      }
      seen.add(line);
      found.push({ path, line, text: (lines[line - 1] ?? '').trim().slice(0, 400), symbol: symbolOf(line) });
    }
    if (found.length === limit) {
      truncated ||= path !== paths.at(-1);
      break;
    }
  }
  return { found, truncated, notes: [...notes] };
}

function symbolsByLine(snapshot: Snapshot, path: string): (line: number) => string {
  const entry = snapshot.file(path);
  if (!entry) return () => '';
  const segment = snapshot.segment(snapshot.numberOf(path));
  const units = segment.units(entry.document);
  return line => {
    let symbol = '';
    for (const unit of units)
      if (unit.firstLine <= line && line <= unit.lastLine && unit.name !== '') symbol = unit.qualifiedName;
    return symbol;
  };
}
