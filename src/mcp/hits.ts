import type { Place, SearchHit, Snippet } from '../service/api.ts';
import { clip, tokenCost } from './tokens.ts';

/** Lines to ask of the service: what does not fit is cut away here. */
export const snippetLines = 60;

/** Lines that a hit should have before a further hit is worth more. */
const fewestLines = 4;

/** Longer lines say no more. UTF-16. */
const longestLine = 220;

/**
 * Writes as many hits as fit into `tokens`, best first, and gives each as many lines as fit. At least one is shown, cut if it must be.
 * `shown` is how many.
 */
export function layOutHits(hits: readonly SearchHit[], tokens: number): { text: string; shown: number } {
  if (hits.length === 0) return { text: '', shown: 0 };
  let shown = 0;
  let used = 0;
  for (const hit of hits) {
    const cost = tokenCost(formatHit(hit, fewestLines));
    if (used + cost > tokens) break;
    used += cost;
    shown++;
  }
  const [head] = hits;
  if (shown === 0) {
    // Too little even for one: its lines go first, then all but the place.
    const bare = formatHit(head!, 0);
    const text = tokenCost(bare) <= tokens ? bare : clip(`${headLine(head!)}\n`, tokens);
    return { text, shown: 1 };
  }
  const chosen = hits.slice(0, shown);
  const written = (most: number) =>
    chosen.map((hit, i) => formatHit(hit, linesAt(i, hit.score / head!.score, most))).join('');
  let [low, high] = [fewestLines, snippetLines];
  let text = written(low);
  while (low < high) {
    const most = Math.ceil((low + high) / 2);
    const longer = written(most);
    if (tokenCost(longer) <= tokens) [low, text] = [most, longer];
    else high = most - 1;
  }
  return { text, shown };
}

/** Lines of the hit at a rank, from 0, when the first one has `most`: the more likely it answers, the more is shown of it. */
function linesAt(rank: number, scoreRatio: number, most: number): number {
  const likely = Number.isFinite(scoreRatio) ? Math.min(1, Math.max(0, scoreRatio)) : 1;
  return Math.max(fewestLines, Math.round((most * likely) / (1 + rank / 4)));
}

/** One hit with at most `lines` lines of code, and an empty line after it. */
function formatHit(hit: SearchHit, lines: number): string {
  const snippet = crop(withoutComment(hit, lines), lines);
  const last = snippet.firstLine + snippet.lines.length - 1;
  const shown = snippet.lines.join('\n');
  let text = `${headLine(hit)}\n`;
  // Code without a definition has no signature that says anything.
  const showsHead = hit.symbol === '' || (snippet.firstLine <= hit.firstLine && last >= hit.firstLine);
  if (!showsHead && hit.signature !== '') text += `  ${cut(oneLine(hit.signature), longestLine)}\n`;
  const doc = firstSentence(hit.doc);
  if (doc !== '' && !oneLine(shown).includes(doc.slice(0, 24))) text += `  "${cut(doc, 160)}"\n`;
  text += numbered(snippet.firstLine, snippet.lines);
  if (hit.more.length > 0) text += `  also: ${hit.more.slice(0, 4).map(placeOf).join(', ')}\n`;
  return `${text}\n`;
}

/** `path:start-end  symbol (kind, language) score`. */
export function headLine(hit: SearchHit): string {
  const about = [hit.kind, hit.language, ...(hit.role === 'source' ? [] : [hit.role])].join(', ');
  const parts = [`${hit.path}:${hit.firstLine}-${hit.lastLine}`];
  if (hit.symbol !== '') parts.push(` ${cut(oneLine(hit.symbol), 120)}`);
  parts.push(`(${about})`, hit.score.toFixed(2));
  if (hit.repository?.revision !== undefined) parts.push(`@${hit.repository.revision}`);
  if (hit.stale) parts.push('[changed since it was indexed: lines may have moved]');
  return parts.join(' ');
}

function placeOf({ firstLine, lastLine, symbol }: Place): string {
  return `${firstLine}-${lastLine}${symbol === '' ? '' : ` ${cut(oneLine(symbol), 80)}`}`;
}

/** Lines with their numbers: `18| code`. */
export function numbered(firstLine: number, lines: readonly string[]): string {
  return lines.map((line, i) => `${firstLine + i}| ${cut(line.trimEnd(), longestLine)}\n`).join('');
}

/** Where a snippet is too long anyway, the comment before the definition goes first: its first sentence is shown in one line. */
function withoutComment({ snippet, firstLine }: SearchHit, most: number): Snippet {
  const before = firstLine - snippet.firstLine;
  if (snippet.lines.length <= most || before <= 0 || before >= snippet.lines.length) return snippet;
  return { ...snippet, firstLine, lines: snippet.lines.slice(before) };
}

/** The stretch of at most `most` lines that has most of what was asked for; the first of equals. */
function crop({ firstLine, lines, marks }: Snippet, most: number): Pick<Snippet, 'firstLine' | 'lines'> {
  let end = lines.length;
  while (end > 0 && lines[end - 1]!.trim() === '') end--;
  if (end <= most) return { firstLine, lines: lines.slice(0, end) };
  const weights = Array.from({ length: end }, () => 0);
  for (const { line } of marks) {
    const at = line - firstLine;
    if (at >= 0 && at < end) weights[at] = Math.min(3, weights[at]! + 1);
  }
  let [best, bestSum] = [0, -1];
  for (let start = 0; start + most <= end; start++) {
    let sum = start === 0 ? 1.5 : 0; // the head of a definition says what it is
    for (let i = start; i < start + most; i++) sum += weights[i]!;
    if (sum > bestSum) [best, bestSum] = [start, sum];
  }
  return { firstLine: firstLine + best, lines: lines.slice(best, best + most) };
}

function firstSentence(doc: string): string {
  const [paragraph = ''] = doc.trim().split(/\n\s*\n/, 1);
  const text = oneLine(paragraph);
  return /^.*?[.!?](?=\s|$)/.exec(text)?.[0] ?? text;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
