import { QueryError } from './errors.ts';
import type { Token } from './token.ts';

type Word = Extract<Token, { kind: 'word' }>;

function keyword(token: Token | undefined): Word | undefined {
  if (token?.kind !== 'word' || token.isLiteral) return undefined;
  return /^(?:or|OR|AND|NOT)$/.test(token.text) ? token : undefined;
}

/** Something that can be excluded, or stand beside an `or`. */
function startsOperand(token: Token | undefined): boolean {
  return token !== undefined && token.kind !== 'close' && token.kind !== 'or' && !keyword(token);
}

function endsOperand(token: Token | undefined): boolean {
  return token !== undefined && token.kind !== 'open' && token.kind !== 'not' && token.kind !== 'or';
}

/**
 * Tells keywords from words. `NOT` excludes what follows, unless that is a word in capitals: NOT NULL. `OR` needs a term on both
 * sides. `or` is a word where it stands beside one, "json or yaml", and `AND` where it stands between two. In a group that is excluded nothing is prose: there
 * all of them are keywords. Throws QueryError where a term is missing beside a filter.
 */
export function resolveKeywords(query: string, tokens: readonly Token[]): Token[] {
  const found: Token[] = [];
  const isExcluded: boolean[] = [];
  const marked = markExclusions(tokens);
  for (const [i, token] of marked.entries()) {
    const previous = found.at(-1);
    if (token.kind === 'open') isExcluded.push(isExcluded.at(-1) === true || previous?.kind === 'not');
    if (token.kind === 'close') isExcluded.pop();
    const word = keyword(token);
    if (!word || word.text === 'NOT') {
      found.push(token);
      continue;
    }
    const next = marked[i + 1];
    const hasBoth = endsOperand(previous) && startsOperand(next);
    const followsWord = isWord(previous, found.at(-2));
    const precedesWord = isWord(next, token);
    const isBesideFilter = (endsOperand(previous) && !followsWord) || (startsOperand(next) && !precedesWord);
    if (!hasBoth && isBesideFilter && word.text !== 'or') {
      const hint = `complete it, or write \\${word.text} for the word`;
      throw new QueryError(query, word.span, `${word.text} needs something on both sides`, hint);
    }
    let isProse = false;
    if (isExcluded.at(-1) !== true) {
      if (word.text === 'or') isProse = followsWord || precedesWord;
      if (word.text === 'AND') isProse = followsWord && precedesWord;
    }
    if (!hasBoth || isProse) found.push(token);
    else if (word.text !== 'AND') found.push({ kind: 'or', text: word.text, span: word.span });
  }
  return found;
}

function isWord(token: Token | undefined, before: Token | undefined): boolean {
  return token?.kind === 'word' && before?.kind !== 'not';
}

/** After `NOT` such a word belongs to it: NOT NULL, NOT IN. */
export function isInCapitals(word: string): boolean {
  return /^[^\p{Ll}]*\p{Lu}[^\p{Ll}]*$/u.test(word);
}

function markExclusions(tokens: readonly Token[]): Token[] {
  const marked = [...tokens];
  for (let i = tokens.length - 1; i >= 0; i--) {
    const word = keyword(tokens[i]);
    const next = marked[i + 1];
    if (word?.text !== 'NOT' || !startsOperand(next)) continue;
    if (next?.kind === 'word' && isInCapitals(next.text)) continue;
    marked[i] = { kind: 'not', span: word.span };
  }
  return marked;
}
