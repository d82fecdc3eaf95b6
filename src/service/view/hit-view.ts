import type { Hit } from '../../core/search.ts';
import { hitTexts } from '../../engine/searching/hit-text.ts';
import type { Place, SearchHit, Snippet } from '../api.ts';
import type { Highlighter } from './highlight.ts';
import { marksOf, markTokens } from './marks.ts';
import { bestSnippet, linesWithin, type WordTest } from './snippet.ts';

/** Longer lines are cut: a minified file is one of a million characters. */
const longestLine = 1000;

/** Lines before a snippet that are read along for colours: a comment or a text may have begun there. */
const linesBefore = 40;

/** Lines of a unit that a snippet is chosen from. */
const mostLines = 400;

/** A doc comment that is longer than this is cut above. */
const docLines = 400;

export interface ViewOptions {
  /** 0 leaves snippets out. */
  snippetLines: number;
  highlight: boolean;
  explain: boolean;
  /** Undefined where no words were asked for. */
  test: WordTest | undefined;
}

/** A hit as front ends show it. `text` is that of its file as it is now; undefined if it cannot be read. */
export async function viewOf(
  hit: Hit,
  text: string | undefined,
  options: ViewOptions,
  highlighter: Highlighter,
  signal: AbortSignal | undefined,
): Promise<SearchHit> {
  // Of a file that has changed, nobody knows where the signature is.
  const { signature, doc } =
    text === undefined || hit.stale ? { signature: '', doc: '' } : hitTexts(text, hit);
  return {
    path: hit.path,
    ...(hit.repository ? { repository: hit.repository } : {}),
    ...placeOf(hit),
    language: hit.language,
    role: hit.role,
    signature: cut(signature),
    doc,
    stale: hit.stale,
    ...(hit.relevance === undefined ? {} : { relevance: rounded(hit.relevance) }),
    snippet: await snippetOf(hit, text, options, highlighter, signal),
    matches: hit.matches ?? [],
    ...(options.explain ? { signals: hit.signals.map(one => ({ ...one, value: rounded(one.value) })) } : {}),
    more: hit.more.map(placeOf),
  };
}

export function placeOf(hit: Hit): Place {
  const { firstLine, lastLine, qualifiedName, kind, score } = hit;
  return { firstLine, lastLine, symbol: qualifiedName, kind, score: rounded(score) };
}

async function snippetOf(
  hit: Hit,
  text: string | undefined,
  { snippetLines, highlight, test }: ViewOptions,
  highlighter: Highlighter,
  signal: AbortSignal | undefined,
): Promise<Snippet> {
  if (text === undefined || snippetLines === 0) return { firstLine: hit.firstLine, lines: [], marks: [] };
  const part = partOf(hit);
  // A doc comment may stand before the unit, and colours begin before both.
  const begin = part.firstLine - (hit.docStart >= 0 ? docLines : 0) - linesBefore;
  const anchor = hit.stale ? undefined : { line: hit.firstLine, offset: hit.start };
  const all = linesWithin(text, Math.max(1, begin), part.lastLine, anchor);
  const options = { height: snippetLines, before: 0, after: 0 };
  const { firstLine, lines: whole } = bestSnippet(text, all, part, test ?? noWord, options);
  const lines = whole.map(cut);
  const marks = marksOf(lines, firstLine, test, hit.matches ?? []);
  const snippet: Snippet = { firstLine, lines, marks };
  if (!highlight) return snippet;
  const from = Math.max(1, Math.min(hit.firstLine, firstLine), firstLine - linesBefore);
  const before = all.slice(from - 1, firstLine - 1).map(cut);
  const tokens = await highlighter.tokens(
    hit.language,
    hit.path,
    [...before, ...lines],
    before.length,
    signal,
  );
  if (tokens)
    snippet.tokens = tokens.map((line, i) =>
      markTokens(
        line,
        marks.filter(mark => mark.line === firstLine + i),
      ),
    );
  return snippet;
}

/** Of a unit of thousands of lines, only those around the best place are looked at. */
function partOf(hit: Hit): Hit {
  if (hit.lastLine - hit.firstLine < mostLines) return hit;
  const around = hit.matches?.[0]?.line ?? hit.matchLine;
  const firstLine = Math.max(hit.firstLine, around - mostLines / 2);
  const lastLine = Math.min(hit.lastLine, firstLine + mostLines);
  return { ...hit, firstLine, lastLine, ...(firstLine > hit.firstLine ? { docStart: -1, docEnd: -1 } : {}) };
}

const noWord: WordTest = () => undefined;

export function cut(line: string): string {
  return line.length > longestLine ? `${line.slice(0, longestLine)}…` : line;
}

function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
