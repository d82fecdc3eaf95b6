import { splitIdentifier } from '../../core/identifiers.ts';

/** A doc comment as a query, or why it is none. */
export type DocQuery = { text: string } | { dropped: DropReason };

export type DropReason =
  | 'licence or generated'
  | 'directive or reference'
  | 'only tags'
  | 'mostly code'
  | 'fewer than three words';

const legal =
  /\b(?:copyright|spdx-license|licen[cs]ed (?:under|to)|all rights reserved|permission is hereby)\b|©/i;
const generated =
  /\bauto-?(?:matically )?-?generated\b|@generated\b|\bdo not edit\b|\bgenerated (?:by|from)\b/i;

/** Words for tools, and sentences that only send the reader elsewhere. */
const directive =
  /^\W*(?:todo|fixme|xxx|hack|eslint|prettier|biome|oxlint|pylint|noqa|nosec|type:|mypy|pyright|ruff|nolint|tslint|ts-(?:ignore|expect|nocheck)|go:|\+build|clang-format|region\b|endregion|pragma|istanbul|[cv]8 ignore|rubocop|shellcheck|phpcs|phpstan|psalm|swiftlint|swift-format|ktlint|noinspection|deprecated\b|inherit(?:ed|s)? (?:doc|from)|overrid(?:den|es)\b|see\b|same as\b|like\b|alias (?:of|for|to)\b|ditto\b|-\*-|mark:)/i;

/** Where the description ends: tags, headed parts, examples. */
const endOfText =
  /^\s*(?:[@\\](?!brief|summary|desc|details|short)[a-zA-Z]+\b|:\w+(?: [^:]+)?:|\.\. ?\w+|(?:Args|Arguments|Params|Parameters|Returns?|Raises|Throws|Yields|Examples?|Usage|Notes?|Attributes|See Also|Warning|Todo|Fields|Properties|Options|Safety|Panics|Errors)\s*:?\s*$|#{1,6}\s|>>>|```|~~~|\{\{\{|[-=~*]{3,}\s*$)/i;

/**
 * Makes a query of a doc comment without delimiters: its first sentence on one line, without markup, tags, addresses
 * and the name of what it documents, where that stands as a name and not as an ordinary word ("ParseHeader parses …" → "parses …").
 */
export function queryOfDoc(
  doc: string,
  unit: { name: string; qualifiedName: string; language: string },
): DocQuery {
  if (legal.test(doc) || generated.test(doc)) return { dropped: 'licence or generated' };
  const paragraph = description(doc);
  if (paragraph === '') return { dropped: 'only tags' };
  const plain = withoutMarkup(withoutMarkedName(paragraph, unit.name));
  const text = tidy(withoutName(firstSentence(plain), unit));
  if (directive.test(text) || directive.test(plain)) return { dropped: 'directive or reference' };
  const words = text.match(/\p{L}[\p{L}\p{M}\p{N}'’-]*/gu) ?? [];
  // Scripts without spaces have their words in one run.
  const letters = words.join('').length;
  if (words.length < 3 && !/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]{6}/u.test(text))
    return { dropped: 'fewer than three words' };
  if (letters < text.replace(/\s/g, '').length * 0.7) return { dropped: 'mostly code' };
  return { text };
}

/** The first paragraph before tags, headings and lists, on one line. */
function description(doc: string): string {
  const all = doc.split('\n');
  const width = Math.max(...all.map(line => line.trim().length));
  const lines: string[] = [];
  for (const line of all) {
    const text = line.replace(/^\s*[@\\](?:brief|summary|desc(?:ription)?|details|short)\b:?/i, '').trim();
    if (endOfText.test(line) || text === '') {
      if (lines.length > 0) break;
      // A heading or rule above the text is passed over; tags end what there is.
      if (text !== '' && !/^(?:#{1,6}\s|[-=~*]{3,}$)/.test(text)) break;
      continue;
    }
    if (lines.length > 0 && beginsAnew(text, lines.at(-1)!, width)) break;
    lines.push(text);
  }
  return lines.join(' ');
}

/** An item of a list, or a sentence on a line of its own: its first word would have fitted on the line before. */
function beginsAnew(text: string, before: string, width: number): boolean {
  if (/^(?:[-*+•]|\d+[.)])\s/.test(text)) return true;
  const word = text.split(' ', 1)[0]!;
  return /^\p{Lu}/u.test(text) && before.length + word.length + 10 < width;
}

function withoutMarkup(text: string): string {
  return text
    .replace(/\{@(?:link|linkplain|see|code|literal|value)\s+([^}]*)\}/g, (_, inner: string) =>
      lastLabel(inner),
    )
    .replace(/\{@\w+[^}]*\}/g, ' ')
    .replace(/!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, '$1')
    .replace(/(?<!\w)@([^@\s]+)@(?!\w)/g, '$1')
    .replace(/:[\w:+-]+:`~?([^`<]*?)\s*(?:<[^`>]*>)?`/g, (_, inner: string) => inner.split('.').at(-1)!)
    .replace(/`([^`<]+?)\s*<[^`>]*>`_{0,2}/g, '$1')
    .replace(
      /<\/?(?:p|br|b|i|em|strong|code|pre|ul|ol|li|a|div|span|tt|h\d|sup|sub|u|c|see|para|table|t[rdh]|img|blockquote|kbd)\b[^>]*>/gi,
      ' ',
    )
    .replace(/\b(?:https?|ftp):\/\/[^\s)>\]]+|\bwww\.[^\s)>\]]+/g, ' ')
    .replace(/&(?:lt|gt|amp|quot|nbsp|#\d+);/g, ' ')
    .replace(/\[\[|\]\]|\[(?=[^\]]*\])|(?<=\[[^\]]*)\]/g, '')
    .replace(/`+/g, '')
    .replace(/(?<!\w)[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?!\w)/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** `Foo#bar the label` → `the label`; without a label the name, in words. */
function lastLabel(inner: string): string {
  const [target = '', ...label] = inner.trim().split(/\s+/);
  return label.length > 0
    ? label.join(' ')
    : target
        .replace(/\(.*\)/, '')
        .split(/[#.]/)
        .at(-1)!;
}

/** Up to the first full stop that ends a sentence, and does not belong to an abbreviation or a name. */
function firstSentence(text: string): string {
  for (const match of text.matchAll(/[.!?](?=["')\]]*\s+["'([]*[\p{Lu}\p{N}])|[。!?]/gu)) {
    const before = text.slice(0, match.index);
    if (/\b(?:e\.g|i\.e|etc|vs|cf|resp|incl|approx|no|fig|sec|St|Mr|Dr|al|[A-Z])$/.test(before)) continue;
    return before;
  }
  return text;
}

/** Takes a name marked as code out. */
function withoutMarkedName(text: string, name: string): string {
  if (name === '' || !text.includes('`')) return text;
  return text.replace(new RegExp(`\`+${escaped(name)}(?:\\(\\))?\`+`, 'g'), ' ');
}

function withoutName(text: string, unit: { name: string; qualifiedName: string; language: string }): string {
  const { name, qualifiedName, language } = unit;
  const rest = qualifiedName === name ? text : withoutWord(text, qualifiedName);
  // A name of one word is an ordinary word as well: "Send a request" documents `send`, and is what people ask.
  if (splitIdentifier(name).length > 1 || /[^\p{L}]/u.test(name)) return withoutWord(rest, name);
  const article = language === 'go' ? /^(?:(?:An?|The)\s+)?/.exec(rest)![0].length : 0;
  if (!rest.startsWith(name, article)) return rest;
  const after = rest.slice(article + name.length);
  // Go's comments begin with the name; elsewhere it is set off: "send() …", "send: …", "send - …".
  const setOff = language === 'go' ? /^\s/ : /^(?:\(\)|\s*[:–—]|\s+- )/;
  return setOff.test(after) ? after.replace(/^\(\)/, '') : rest;
}

/** Takes an identifier out wherever it stands by itself. */
function withoutWord(text: string, word: string): string {
  // Most texts do not hold it, and compiling an expression costs more than all the rest.
  if (word === '' || !text.includes(word)) return text;
  return text.replace(
    new RegExp(`(?<![\\p{L}\\p{N}_])${escaped(word)}(?:\\(\\))?(?![\\p{L}\\p{N}_])`, 'gu'),
    ' ',
  );
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function tidy(text: string): string {
  return (
    text
      .replace(/\(\s*\)|"\s*"|'\s*'/g, ' ')
      .replace(/\s+(?=[,.;:!?)])/g, '')
      .replace(/\s+/g, ' ')
      // What stays of "Foo is a …".
      .replace(/^\s*(?:is|are)\s+(?=\p{L})/u, '')
      .replace(/^[\s\-–—:;,.|)>*/#!]+|[\s\-–—:;,.|(*]+$/g, '')
  );
}
