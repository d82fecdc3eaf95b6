import type { Outline, UnitSpan } from '../core/unit.ts';
import { blockOutline, complete } from './complete.ts';
import type { Language } from './language.ts';
import { LineTable } from './lines.ts';

export const markdown: Language = {
  id: 'markdown',
  name: 'Markdown',
  extensions: ['.md', '.markdown', '.mdx', '.mdown', '.mkd', '.qmd'],
  separator: ' › ',
  outline: outlineMarkdown,
};

interface Heading {
  readonly line: number;
  /** Last line of the heading itself: the underline of a setext heading. */
  readonly lastLine: number;
  readonly level: number;
  readonly text: string;
}

/** One unit per heading, from it to before the next heading of the same or a higher level, nested. */
function outlineMarkdown(source: string): Outline {
  const lines = new LineTable(source);
  const headings = findHeadings(source, lines);
  if (headings.length === 0) return blockOutline(source);
  const units: UnitSpan[] = [];
  const open: { index: number; level: number }[] = [];
  for (const [position, heading] of headings.entries()) {
    while (open.length > 0 && open.at(-1)!.level >= heading.level) open.pop();
    const parent = open.at(-1)?.index ?? -1;
    const next = headings.slice(position + 1).find(other => other.level <= heading.level);
    let lastLine = next ? next.line - 1 : lines.count;
    while (lastLine > heading.lastLine && lines.isBlank(lastLine)) lastLine--;
    const { text } = heading;
    units.push({
      kind: 'section',
      name: text,
      qualifiedName: parent < 0 ? text : `${units[parent]!.qualifiedName}${markdown.separator}${text}`,
      start: lines.startOf(heading.line),
      end: lines.endOf(lastLine),
      firstLine: heading.line,
      lastLine,
      signatureEnd: lines.endOf(heading.line),
      docStart: -1,
      docEnd: -1,
      parent,
    });
    open.push({ index: units.length - 1, level: heading.level });
  }
  return { units: complete(units, [], [], lines), comments: [], imports: [] };
}

function findHeadings(source: string, lines: LineTable): Heading[] {
  const headings: Heading[] = [];
  let fence = '';
  let paragraph = 0;
  let first = 1;
  if (/^---\s*$/.test(lineText(source, lines, 1))) first = frontMatterEnd(source, lines) + 1;
  for (let line = first; line <= lines.count; line++) {
    const text = lineText(source, lines, line);
    if (fence) {
      if (text.trim().startsWith(fence) && /^\s*(`+|~+)\s*$/.test(text)) fence = '';
      continue;
    }
    const opened = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/.exec(text);
    if (opened) {
      fence = opened[1]!;
      paragraph = 0;
      continue;
    }
    const atx = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/.exec(text);
    if (atx) {
      const name = cleanHeading(atx[2] ?? '');
      if (name) headings.push({ line, lastLine: line, level: atx[1]!.length, text: name });
      paragraph = 0;
      continue;
    }
    const underline = /^ {0,3}(=+|-+)[ \t]*$/.exec(text);
    if (underline && paragraph === 1) {
      const name = cleanHeading(lineText(source, lines, line - 1));
      if (name)
        headings.push({
          line: line - 1,
          lastLine: line,
          level: underline[1]![0] === '=' ? 1 : 2,
          text: name,
        });
      paragraph = 0;
      continue;
    }
    // Only a one-line paragraph becomes a setext heading; tables, quotes, lists and indented code do not.
    const isText = text.trim() !== '' && !/^(?: {4}|\t| {0,3}(?:[>|]|[-*+] |\d+[.)] ))/.test(text);
    paragraph = isText ? paragraph + 1 : text.trim() === '' ? 0 : 2;
  }
  return headings;
}

function frontMatterEnd(source: string, lines: LineTable): number {
  for (let line = 2; line <= lines.count; line++) {
    if (/^(?:---|\.\.\.)\s*$/.test(lineText(source, lines, line))) return line;
  }
  return 0;
}

function lineText(source: string, lines: LineTable, line: number): string {
  return source.slice(lines.startOf(line), lines.endOf(line));
}

/** A heading without closing hashes, anchors, links' targets and emphasis marks around it. */
function cleanHeading(text: string): string {
  return text
    .replace(/\s*\{#[^}]*\}\s*$/, '')
    .replace(/<[^>]*>/g, '')
    .replace(/!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, '$1')
    .replace(/[*`]+/g, '')
    .replace(/^#+$/, '')
    .trim();
}
