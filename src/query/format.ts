import type { Pattern, QueryNode } from './ast.ts';
import { isInCapitals } from './keywords.ts';
import { tokenize } from './lexer.ts';
import { parseQuery } from './parse.ts';
import { quote, regexAt } from './quoting.ts';
import { hoist } from './tree.ts';
import { type CaseMode, isSensitive } from './values.ts';

/** How a tree is written. */
interface Style {
  caseMode: CaseMode;
  /** Words that could be read as something else, in other company, get a backslash. */
  isCareful: boolean;
}

/**
 * The canonical text of a tree: what `parseQuery` makes of it is the tree, up to spans, if the tree came from there and language
 * ids stand for themselves. For a tree made otherwise it means the same.
 */
export function formatQuery(node: QueryNode): string {
  const caseMode = caseModeOf(node);
  const write = (isCareful: boolean): string => {
    const text = writeNode(node, { caseMode, isCareful });
    const prefix = caseMode === 'auto' ? '' : `case:${caseMode}`;
    return [prefix, text].filter(part => part !== '').join(' ');
  };
  const text = write(false);
  return isReadAs(text, node) ? text : write(true);
}

function isReadAs(text: string, node: QueryNode): boolean {
  const bare = (tree: QueryNode) =>
    JSON.stringify(tree, (key, value) => (key === 'span' ? undefined : value));
  try {
    return bare(parseQuery(text, { languages: name => [name] }).node) === bare(node);
  } catch {
    return false;
  }
}

function patternsOf(node: QueryNode): Pattern[] {
  switch (node.kind) {
    case 'and':
    case 'or':
      return node.children.flatMap(patternsOf);
    case 'not':
      return patternsOf(node.child);
    case 'content':
    case 'symbol':
      return [node.pattern];
    case 'path':
      return typeof node.pattern === 'string' ? [] : [node.pattern];
    case 'repository':
      return typeof node.name === 'string' ? [] : [node.name];
    default:
      return [];
  }
}

function caseModeOf(node: QueryNode): CaseMode {
  const unusual = patternsOf(node).filter(({ text, isRegex, isCaseSensitive }) => {
    return isCaseSensitive !== isSensitive(text, isRegex, 'auto') && (isCaseSensitive || !isRegex);
  });
  if (unusual.length === 0) return 'auto';
  return patternsOf(node).some(pattern => pattern.isCaseSensitive) ? 'yes' : 'no';
}

function writeNode(node: QueryNode, style: Style): string {
  switch (node.kind) {
    case 'all':
      return '';
    case 'and':
      return node.children
        .filter(child => child.kind !== 'all')
        .map(child =>
          child.kind === 'or' && !isList(child) ? `(${writeNode(child, style)})` : writeNode(child, style),
        )
        .join(' ');
    case 'or':
      return isList(node) ? writeList(node.children, style) : writeOr(node.children, style);
    case 'not':
      return writeNot(node.child, style);
    case 'word':
      return writeWord(node.text, style);
    case 'content':
      return writeContent(node.pattern, style);
    default:
      return `${operatorNameOf(node)}:${writeValue(node, style)}`;
  }
}

function writeOr(children: readonly QueryNode[], style: Style): string {
  const operands = children.map(child => (child.kind === 'and' ? child.children : [child]));
  const isMisread = hoist(operands) !== undefined;
  return children
    .map(child =>
      child.kind === 'and' && isMisread ? `(${writeNode(child, style)})` : writeNode(child, style),
    )
    .join(' OR ');
}

function writeNot(child: QueryNode, style: Style): string {
  if (child.kind === 'not') return `NOT ${writeNode(child, style)}`;
  if (child.kind === 'and' || (child.kind === 'or' && !isList(child))) return `-(${writeNode(child, style)})`;
  if (child.kind !== 'word') return `-${writeNode(child, style)}`;
  if (/^[\p{L}_]/u.test(child.text) && isWord(`-${child.text}`, child.text, 1)) return `-${child.text}`;
  const word = writeWord(child.text, { ...style, isCareful: true });
  return isInCapitals(child.text) ? `-(${word})` : `NOT ${word}`;
}

/** Whether `text` alone is read as this word, behind so many other tokens. */
function isWord(text: string, word: string, before: number): boolean {
  try {
    const tokens = tokenize(text);
    const token = tokens[before];
    return tokens.length === before + 1 && token?.kind === 'word' && token.text === word;
  } catch {
    return false;
  }
}

function writeWord(text: string, { isCareful }: Style): string {
  if (isCareful && /^(?:[/"()]|(?:or|OR|AND|NOT)$)/.test(text)) return `\\${text}`;
  return isWord(text, text, 0) ? text : `\\${text}`;
}

type Listable = Exclude<QueryNode, { kind: 'all' | 'and' | 'or' | 'not' | 'word' | 'content' }>;

function isList(node: QueryNode): boolean {
  if (node.kind !== 'or') return false;
  const names = new Set(node.children.map(child => (isListable(child) ? operatorNameOf(child) : undefined)));
  return names.size === 1 && !names.has(undefined);
}

function isListable(node: QueryNode): node is Listable {
  return !['all', 'and', 'or', 'not', 'word', 'content'].includes(node.kind);
}

function writeList(children: readonly QueryNode[], style: Style): string {
  const items = children.filter(isListable);
  return `${operatorNameOf(items[0]!)}:${items.map(item => writeValue(item, style)).join(',')}`;
}

function operatorNameOf(node: Listable): string {
  switch (node.kind) {
    case 'language':
      return 'lang';
    case 'path':
      return 'path';
    case 'repository':
      return node.name === '*' && node.revision !== undefined ? 'rev' : 'repo';
    case 'symbol':
      return 'sym';
    case 'unit-kind':
      return 'kind';
    case 'role':
      return 'is';
  }
}

function writeValue(node: Listable, style: Style): string {
  switch (node.kind) {
    case 'language':
      return bareOrQuoted(node.language);
    case 'path':
      return typeof node.pattern === 'string'
        ? bareOrQuoted(node.pattern)
        : writePattern(node.pattern, style);
    case 'repository': {
      const { name, revision } = node;
      if (name === '*' && revision !== undefined) return bareOrQuoted(revision);
      const isSimple = revision === undefined || isSimpleValue(revision);
      const written =
        typeof name !== 'string' ? writePattern(name, style) : isSimple ? bareOrQuoted(name) : quote(name);
      return revision === undefined ? written : `${written}@${isSimple ? revision : quote(revision)}`;
    }
    case 'symbol':
      return writePattern(node.pattern, style);
    case 'unit-kind':
      return node.unitKind;
    case 'role':
      return node.role;
  }
}

/** Bare where no character of it could mean anything else; a quoted path is a glob as well. */
function bareOrQuoted(text: string): string {
  return isSimpleValue(text) ? text : quote(text);
}

function isSimpleValue(text: string): boolean {
  return /^[\w.*?][\w.*?/#+~-]*$/.test(text);
}

function writeContent(pattern: Pattern, style: Style): string {
  const written = writePattern(pattern, style);
  if (written.startsWith('/')) return regexAt(written, 0, false) ? written : `content:${written}`;
  return quote(pattern.text);
}

function writePattern(pattern: Pattern, { caseMode }: Style): string {
  const { text, isRegex, isCaseSensitive, isWholeWord } = pattern;
  const isAsWritten = isSensitive(text, isRegex, caseMode) === isCaseSensitive;
  if (!isRegex && !isWholeWord && isAsWritten) return bareOrQuoted(text);
  const source = isRegex ? text : text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  const whole = isWholeWord ? `(?<!\\w)(?:${source})(?!\\w)` : source;
  // Slashes of a source that no parser has seen.
  const safe =
    regexAt(`/${whole}/`, 0, false, '')?.end === whole.length + 2 ? whole : new RegExp(whole).source;
  return `/${safe}/${isSensitive(text, isRegex, caseMode) && !isCaseSensitive ? 'i' : ''}`;
}
