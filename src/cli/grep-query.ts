import { QuarryError } from '../core/errors.ts';
import { quote } from '../query/quoting.ts';

/** What the flags that mean the same as grep's say. */
export interface GrepFlags {
  /** `-e`, regular expressions; with `fixed` literals. */
  patterns: readonly string[];
  /** `-F` */
  fixed: boolean;
  /** `-i` */
  ignoreCase: boolean;
  /** `-w` */
  wholeWords: boolean;
}

/**
 * The query with such flags in the query language. With `-F` alone the query is the literal; patterns of `-e` are alternatives,
 * and the query ranks what they let through. As in grep, upper and lower case differ unless `-i` is given. Throws QuarryError
 * `usage` for an empty or invalid pattern.
 */
export function grepQuery(query: string, flags: GrepFlags): string {
  const { patterns, fixed, ignoreCase, wholeWords } = flags;
  const isQueryLiteral = fixed && patterns.length === 0;
  const sought = isQueryLiteral ? [query] : patterns;
  if (sought.length === 0) {
    if (wholeWords)
      throw new QuarryError('usage', '-w says how text is found, and there is none', 'add -F, or -e PATTERN');
    return ignoreCase ? `${query} case:no` : query;
  }
  const terms = sought.map(text => termOf(text, fixed, wholeWords));
  const words = isQueryLiteral ? '' : query.trim();
  const parts: string[] = [];
  // First, so that columns in messages are right. A keyword in it must not reach for what follows.
  if (words !== '') parts.push(/(?:^|\s)(?:or|OR|AND|NOT)(?:\s|$)/.test(words) ? `(${words})` : words);
  parts.push(terms.length === 1 ? terms[0]! : `(${terms.join(' or ')})`);
  if (ignoreCase) parts.push('case:no');
  else if (!/(?:^|[\s(])case:/.test(words)) parts.push('case:yes');
  return parts.join(' ');
}

function termOf(text: string, fixed: boolean, wholeWords: boolean): string {
  if (text === '') throw new QuarryError('usage', 'the pattern is empty', 'it would be everywhere');
  if (fixed && !wholeWords) return quote(text);
  const source = fixed ? text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') : text;
  try {
    new RegExp(source, 'm');
  } catch (error) {
    const message = String((error as Error).message);
    const reason = message.slice(message.lastIndexOf(': ') + 2);
    throw new QuarryError(
      'usage',
      `-e ${text}: invalid regular expression: ${reason}`,
      'for text as it is: -F',
    );
  }
  // Not \b: the text may begin or end with something else than a letter.
  return `content:/${written(wholeWords ? `(?<!\\w)(?:${source})(?!\\w)` : source)}/`;
}

/** A source between slashes, in one line. */
function written(source: string): string {
  return source.replace(/\\[\s\S]|[/\n\r]/g, part => {
    if (part === '/') return '\\/';
    if (part === '\n' || part === '\\\n') return '\\n';
    return part === '\r' || part === '\\\r' ? '\\r' : part;
  });
}
