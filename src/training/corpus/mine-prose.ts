import { pairOf, refusal } from './mine-docs.ts';
import type { MinedPair, Tally } from './pair.ts';
import { checkedQuery, queryText, wordsOf } from './query-text.ts';
import type { UnitTable } from './unit-table.ts';

const fewestLines = 3;
const mostLines = 60;
/** Headings that stand in every README. */
const generic =
  /^(?:\W*|(?:basic |quick |simple |advanced |more |code |full |complete )?(?:usage|examples?|overview|introduction|installation|install(?:ing)?|setup|getting started|quick ?start|api(?: reference)?|reference|documentation|docs|features|notes?|configuration|options|parameters|arguments|returns?|description|synopsis|syntax|license|contributing|changelog|requirements|usage examples?|faq|see also|tests?|testing|parse|todo|demo|tutorial|guide|sample|background|summary|motivation|before|after|table of contents|types?|methods?|functions?|properties|interfaces?|classes))\W*$/i;
/** A line that leads to the code below and says nothing else. */
const lead =
  /^(?:for example|example|e\.g|like this|like so|usage|output|result|then|and|or|before|after|note|in \w+|here(?: is|'s) an example|the following|as follows)\W*$/i;

/** Sentences that cannot be understood away from their place. */
const pointing = /\b(?:above|below|previous(?:ly)?|instead|one of these|as (?:follows|seen))\b/i;
/** Documents that show how code was written once. */
const outdated = /(?:^|\/)[^/]*(?:upgrad|migrat|deprecat)[^/]*$/i;
/** Words of an entry that are no names of units. */
const fewestBeside = 3;
const symbolPattern = /(?::\w+:)?`~?([\w$.:#]+?)[!?]?(?:\([^`)]*\))?`|\b([A-Za-z_][\w.]*)\(\)/g;
/** Entries about code that is there no more, or is called otherwise. */
const gone = /\b(?:removed?|removes|deprecat\w+|renam\w+|dropped)\b/i;

/** A piece of a document that says something, and the code it says it about. */
interface Block {
  heading: string;
  /** The paragraph before the code. */
  paragraph: string;
  tag: string;
  code: string;
}

/** A heading with the first paragraph below it. */
interface Section {
  heading: string;
  paragraph: string;
}

export interface Prose {
  blocks: Block[];
  sections: Section[];
}

/** Headings, paragraphs and code blocks of Markdown, and of reStructuredText with `.. code-block::`. */
export function readProse(text: string): Prose {
  const blocks: Block[] = [];
  const sections: Section[] = [];
  const lines = text.split('\n');
  let heading = '';
  let paragraph: string[] = [];
  let last = '';
  const close = () => {
    if (paragraph.length === 0) return;
    last = paragraph.join(' ');
    paragraph = [];
    const section = sections.at(-1);
    if (section && section.paragraph === '') section.paragraph = last;
  };
  const open = (title: string) => {
    close();
    heading = title;
    last = '';
    sections.push({ heading, paragraph: '' });
  };
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    const fence = /^(\s*)(```+|~~~+)\s*\{?\.?([\w+#-]*)/.exec(line);
    const directive = /^(\s*)\.\. (?:code-block|sourcecode|code)::\s*([\w+#-]*)\s*$/.exec(line);
    if (fence || directive) {
      close();
      const indent = (fence ?? directive)![1]!.length;
      const [code, next] = fence ? fenced(lines, i, fence[2]!, indent) : indented(lines, i, indent);
      blocks.push({ heading, paragraph: last, tag: fence ? fence[3]! : directive![2]!, code });
      last = '';
      i = next;
    } else if (/^#{1,6}\s/.test(line)) open(line.replace(/^#+\s*|\s*#*\s*$/g, ''));
    else if (line.trim() === '' || /^\s*(?:[-*+|>]|\d+\.)\s/.test(line)) close();
    else if (/^(?:={3,}|-{3,}|~{3,}|\^{3,})\s*$/.test(line) && paragraph.length === 1) {
      const title = paragraph[0]!;
      paragraph = [];
      open(title);
    } else if (!/^\s*(?:<|\.\.\s|:\w+:|!?\[.*\]\(.*\)\s*$)/.test(line)) paragraph.push(line.trim());
  }
  close();
  return { blocks, sections };
}

function fenced(lines: readonly string[], at: number, fence: string, indent: number): [string, number] {
  let end = at + 1;
  while (end < lines.length && !lines[end]!.trimStart().startsWith(fence)) end++;
  const code = lines
    .slice(at + 1, end)
    .map(line => (line.slice(0, indent).trim() === '' ? line.slice(indent) : line));
  return [code.join('\n').trimEnd(), end];
}

function indented(lines: readonly string[], at: number, outer: number): [string, number] {
  let end = at + 1;
  while (end < lines.length && (lines[end]!.trim() === '' || /^\s*/.exec(lines[end]!)![0].length > outer))
    end++;
  const body = lines.slice(at + 1, end).filter((line, i) => i > 0 || !/^\s*:\w+:/.test(line));
  const width = Math.min(
    ...body.filter(line => line.trim() !== '').map(line => /^\s*/.exec(line)![0].length),
  );
  return [
    body
      .map(line => line.slice(width))
      .join('\n')
      .trim(),
    end - 1,
  ];
}

/** What a document is, as far as its pairs go. */
export interface ProseFile {
  path: string;
  text: string;
  repository: string;
  /** Gives the language of a code block, undefined for what is no program. */
  languageOf: (word: string) => string | undefined;
}

/** Pairs of headings and sentences with the code block below, or with the unit that a heading names. */
export function readmePairs(file: ProseFile, table: UnitTable, dropped: Tally): MinedPair[] {
  const { path, text, repository } = file;
  const { blocks, sections } = readProse(text);
  const pairs: MinedPair[] = [];
  if (outdated.test(path)) return pairs;
  for (const block of blocks) {
    const language = file.languageOf(block.tag);
    const lines = block.code.split('\n').filter(line => line.trim() !== '').length;
    const refused =
      language === undefined
        ? 'not in a programming language'
        : lines < fewestLines || lines > mostLines
          ? `not ${fewestLines} to ${mostLines} lines`
          : /^\s*(?:\$|>>> ?)\s/m.test(block.code) && /^\s*\$/.test(block.code)
            ? 'a terminal session'
            : undefined;
    const made = refused === undefined ? blockQuery(block) : { dropped: refused };
    if ('dropped' in made) {
      dropped.add(`readme: ${made.dropped}`);
      continue;
    }
    const { code } = block;
    const doc = [block.heading, block.paragraph].filter(part => part !== '').join('\n');
    pairs.push({
      query: made.text,
      code,
      name: '',
      language: language!,
      path,
      repository,
      kind: 'readme',
      unit: 'snippet',
      doc,
    });
  }
  for (const { heading, paragraph } of sections) {
    const symbol = symbolsIn(heading, true)[0];
    const unit = symbol === undefined ? undefined : table.named(symbol);
    if (unit === undefined || paragraph === '') continue;
    const refused = refusal(unit);
    const made = refused === undefined ? queryText(paragraph) : { dropped: refused };
    if ('dropped' in made) dropped.add(`readme: ${made.dropped}`);
    else pairs.push(pairOf(unit, { query: made.text, doc: paragraph, kind: 'readme', repository }));
  }
  return pairs;
}

function blockQuery({ heading, paragraph }: Block): ReturnType<typeof queryText> {
  const title = heading
    .replace(/[`*_]+/g, '')
    .replace(/^[\d.]+\s+/, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim();
  const isGeneric = generic.test(title);
  if (!isGeneric) {
    const whole = queryText(title);
    if ('text' in whole) return whole;
  }
  const says = !lead.test(paragraph.trim()) && !pointing.test(paragraph);
  const sentence = says ? queryText(paragraph.replace(/:\s*$/, '')) : { dropped: 'says nothing' };
  if ('dropped' in sentence || isGeneric || sentence.text.toLowerCase().includes(title.toLowerCase()))
    return sentence;
  return sentence.text.split(' ').length < 8 ? checkedQuery(`${title}: ${sentence.text}`) : sentence;
}

const changelogName =
  /(?:^|\/)(?:changelog|changes|history|news|release[-_ ]?notes?|whatsnew|releases)\b[^/]*$|(?:^|\/)(?:changelogs?|release-?notes|whatsnew|newsfragments)\//i;

export function isChangelog(path: string): boolean {
  return changelogName.test(path);
}

/** Pairs of entries that name exactly one unit with that unit. */
export function changelogPairs(file: ProseFile, table: UnitTable, dropped: Tally): MinedPair[] {
  const pairs: MinedPair[] = [];
  for (const entry of entriesOf(file.text)) {
    if (gone.test(entry)) {
      dropped.add('changelog: about what is gone');
      continue;
    }
    const units = new Map(
      symbolsIn(entry, false).flatMap(symbol => {
        const unit = table.named(symbol);
        return unit ? [[symbol, unit] as const] : [];
      }),
    );
    const [only] = new Set(units.values());
    if (only === undefined || new Set(units.values()).size !== 1) {
      dropped.add('changelog: does not name one unit');
      continue;
    }
    // A list of what is new: nothing is said but names.
    const beside = entry.replace(symbolPattern, ' ').match(/\p{L}{2,}/gu) ?? [];
    const refused = beside.length < fewestBeside ? 'only names' : refusal(only);
    const made = refused === undefined ? queryText(changeText(entry)) : { dropped: refused };
    if ('dropped' in made) dropped.add(`changelog: ${made.dropped}`);
    else
      pairs.push(
        pairOf(only, { query: made.text, doc: entry, kind: 'changelog', repository: file.repository }),
      );
  }
  return pairs;
}

/** Items of lists, each on one line. */
function entriesOf(text: string): string[] {
  const entries: string[] = [];
  let entry = '';
  const close = () => {
    // A sentence that begins with a name has no capital letter for the query's own splitting to see.
    if (entry !== '') entries.push(...entry.split(/(?<=[a-z0-9)`])\.\s+(?=[`:A-Z])/));
    entry = '';
  };
  for (const line of text.split('\n')) {
    const item = /^\s*[-*+•]\s+(.*)$/.exec(line);
    if (item) {
      close();
      entry = item[1]!;
    } else if (entry !== '' && /^\s{2,}\S/.test(line)) entry += ` ${line.trim()}`;
    else close();
  }
  close();
  return entries;
}

/** Names of units in a text: what is marked as code, and what is called; the last part of a dotted name. */
export function symbolsIn(text: string, first: boolean): string[] {
  const found: string[] = [];
  for (const match of text.matchAll(symbolPattern)) {
    const whole = (match[1] ?? match[2])!;
    const name = whole.split(/[.:#]+/).at(-1)!;
    // One short lower-case word in code type is as often a keyword, an option or a value.
    if (/^[A-Za-z_]\w{2,}$/.test(name) && (first || /[_A-Z.]/.test(whole) || match[0].includes('(')))
      found.push(name);
    if (first) break;
  }
  return found;
}

/** An entry or subject without numbers, authors and scopes, its names in words. */
export function changeText(text: string): string {
  return text
    .replace(/^[^\p{L}\p{N}`*[(:]+/u, '') // a picture before the scope
    .replace(/\s*\bby @[\w-]+ in\b.*$|\s*\(?\b[\w.-]+\/[\w.-]+#\d+\)?/g, ' ')
    .replace(/\s*\(\[[^\]]+\]\([^)]*\)\)/g, ' ')
    .replace(/\s*\(?\[?#\d+\]?(?:\([^)]*\))?\)?/g, ' ')
    .replace(
      /\(?\[[0-9a-f]{7,40}\]\([^)]*\)\)?|\bby @[\w-]+\b|\(@[\w-]+\)|:(?:issue|pr|user|ghissue|pull):`[^`]*`/gi,
      ' ',
    )
    .replace(
      /^\s*(?:\*\*[\w ./-]+:?\*\*:?\s*|\[[\w ./-]+\]:?\s*|(?:feat|fix|refactor|perf|chore|docs?|test|build|ci|style)(?:\([^)]*\))?!?:\s*)+/i,
      '',
    )
    .replace(
      /(?::\w+:)?`~?([\w$.:#]+?)(?:\([^`)]*\))?`|\b([A-Za-z_]\w*)\(\)/g,
      (_, a?: string, b?: string) => {
        const name = (a ?? b)!.split(/[.:#]+/).at(-1)!;
        return wordsOf(name) || name;
      },
    )
    .replace(/\(\s*\)|\s+([.,;])/g, '$1')
    .replace(/[,.;\s]*\b(?:closes|fixes|resolves|see|via|thanks(?: to)?|by)\W*$/i, '')
    .replace(/\s*\b\w{4}-\w{4}-\w{4}\b/g, '')
    .trim();
}
