import type { ParsedQuery, QueryNode, Span } from './ast.ts';
import { QueryError, shown } from './errors.ts';
import { resolveKeywords } from './keywords.ts';
import { tokenize } from './lexer.ts';
import type { Token } from './token.ts';
import { conjunction, disjunction, hoist, isOnlyWords } from './tree.ts';
import { type CaseMode, filterOf, literal, oneOf, type Reading, regexPattern } from './values.ts';

export interface QueryOptions {
  /** What holds where the query has no `case:`. Default `auto`. */
  defaultCase?: CaseMode;
  /**
   * Language ids for a name, an extension or an id, which stands for itself; undefined for what is no language. Without it any name
   * is an id.
   */
  languages?: (name: string) => readonly string[] | undefined;
  /** What an unknown language may have been meant to be. */
  languageNames?: readonly string[];
}

const limits = {
  /** UTF-16 units of a query. */
  length: 10_000,
  /** Groups and exclusions inside each other. */
  depth: 50,
  /** Filters and excluded words; other words cost nothing. */
  filters: 200,
} as const;

/** Reads a query as docs/query-language.md describes it. Any failure is a QueryError (`usage`) that names the column. */
export function parseQuery(text: string, options: QueryOptions = {}): ParsedQuery {
  if (text.length > limits.length) {
    throw new QueryError(
      text,
      { start: limits.length, end: text.length },
      `the query is longer than ${limits.length} characters`,
      'shorten it',
    );
  }
  const { caseMode, tokens } = takeCase(text, tokenize(text), options.defaultCase ?? 'auto');
  const parser = new Parser(resolveKeywords(text, tokens), {
    query: text,
    caseMode,
    languages: options.languages ?? (name => [name.toLowerCase()]),
    languageNames: options.languageNames ?? [],
  });
  const nodes = parser.parse();
  checkFilters(text, nodes);
  const isAllNegative = nodes.length > 0 && nodes.every(node => node.kind === 'not');
  const node = conjunction(isAllNegative ? [{ kind: 'all' }, ...nodes] : nodes);
  return {
    text,
    node,
    words: wordsOf(node).join(' '),
    isPlain: nodes.every(isOnlyWords),
  };
}

function wordsOf(node: QueryNode): string[] {
  if (node.kind === 'word') return [node.text];
  return node.kind === 'and' || node.kind === 'or' ? node.children.flatMap(wordsOf) : [];
}

function checkFilters(query: string, nodes: readonly QueryNode[]): void {
  let left = limits.filters;
  const visit = (node: QueryNode, isExcluded: boolean): void => {
    if (node.kind === 'all') return;
    if ('children' in node) {
      for (const child of node.children) visit(child, isExcluded);
    } else if (node.kind === 'not') {
      visit(node.child, true);
    } else if ((node.kind !== 'word' || isExcluded) && left-- <= 0) {
      const problem = `the query has more than ${limits.filters} filters`;
      throw new QueryError(
        query,
        node.span,
        problem,
        'use a glob or a regular expression in place of a list',
      );
    }
  };
  for (const node of nodes) visit(node, false);
}

/** `case:` holds for the whole query, wherever it stands. */
function takeCase(
  query: string,
  tokens: readonly Token[],
  defaultCase: CaseMode,
): { caseMode: CaseMode; tokens: Token[] } {
  let caseMode: CaseMode | undefined;
  const rest = tokens.filter((token, i) => {
    if (token.kind !== 'operator' || token.operator.name !== 'case') return true;
    const value = token.values[0]!;
    const written = value.kind === 'regex' ? value.source : value.text.toLowerCase();
    if (written !== 'yes' && written !== 'no' && written !== 'auto') {
      const problem = `case: is yes, no or auto, not ${shown(written)}`;
      throw new QueryError(query, value.span, problem, oneOf(written, ['yes', 'no', 'auto']));
    }
    if (tokens[i - 1]?.kind === 'not') {
      throw new QueryError(query, token.span, 'case: cannot be excluded', 'write case:yes or case:no');
    }
    if (caseMode !== undefined && caseMode !== written) {
      const hint = 'it holds for the whole query; /…/i is for one regular expression';
      throw new QueryError(query, token.span, 'case: is there twice', hint);
    }
    caseMode = written;
    return false;
  });
  return { caseMode: caseMode ?? defaultCase, tokens: rest };
}

/** or := and (or-token and)*; and := item*; item := not item | ( or ) | leaf. Each gives the nodes of a conjunction. */
class Parser {
  private at = 0;
  private readonly tokens: readonly Token[];
  private readonly reading: Reading;

  constructor(tokens: readonly Token[], reading: Reading) {
    this.tokens = tokens;
    this.reading = reading;
  }

  parse(): QueryNode[] {
    return this.disjunction(0, false).flatMap(node => (node.kind === 'and' ? node.children : [node]));
  }

  private disjunction(depth: number, isExcluded: boolean): QueryNode[] {
    const operands = [this.conjunction(depth, isExcluded)];
    const between: Array<Extract<Token, { kind: 'or' }>> = [];
    for (let token = this.tokens[this.at]; token?.kind === 'or'; token = this.tokens[this.at]) {
      this.at++;
      between.push(token);
      operands.push(this.conjunction(depth, isExcluded));
    }
    if (operands.length === 1) return operands[0]!;
    const hoisted = hoist(operands) ?? { before: [], operands, after: [] };
    const inner = hoisted.operands;
    // Words do not filter, so an "or" between them is one more word.
    if (!isExcluded && inner.flat().every(isOnlyWords)) {
      const words = inner.flatMap((operand, i): QueryNode[] => {
        const or = between[i];
        return or ? [...operand, { kind: 'word', text: or.text, span: or.span }] : operand;
      });
      return [...hoisted.before, ...words, ...hoisted.after];
    }
    const filled = inner.filter(operand => operand.length > 0);
    const any = filled.length === 0 ? [] : [disjunction(filled.map(conjunction))];
    return [...hoisted.before, ...any, ...hoisted.after];
  }

  private conjunction(depth: number, isExcluded: boolean): QueryNode[] {
    const nodes: QueryNode[] = [];
    for (;;) {
      const token = this.tokens[this.at];
      if (!token || token.kind === 'or' || token.kind === 'close') return nodes;
      const node = this.item(token, depth, isExcluded);
      if (node) nodes.push(node);
    }
  }

  private item(token: Token, depth: number, isExcluded: boolean): QueryNode | undefined {
    this.at++;
    switch (token.kind) {
      case 'open': {
        this.checkDepth(depth + 1, token.span);
        const nodes = this.disjunction(depth + 1, isExcluded);
        this.at++;
        return nodes.length === 0 ? undefined : conjunction(nodes);
      }
      case 'not': {
        this.checkDepth(depth + 1, token.span);
        const next = this.tokens[this.at];
        const child = next && this.item(next, depth + 1, true);
        if (!child) {
          throw new QueryError(
            this.reading.query,
            token.span,
            'nothing follows that could be excluded',
            'remove it',
          );
        }
        return {
          kind: 'not',
          child,
          span: { start: token.span.start, end: this.tokens[this.at - 1]!.span.end },
        };
      }
      default:
        return this.leaf(token);
    }
  }

  private leaf(token: Token): QueryNode | undefined {
    const { reading } = this;
    const { span } = token;
    switch (token.kind) {
      case 'word':
        return { kind: 'word', text: token.text, span };
      case 'phrase':
        return { kind: 'content', pattern: literal(token.text, reading), span };
      case 'regex':
        return {
          kind: 'content',
          pattern: regexPattern(token.source, token.ignoreCase, span, reading),
          span,
        };
      case 'operator':
        return filterOf(token, reading);
      default:
        return undefined;
    }
  }

  private checkDepth(depth: number, span: Span): void {
    if (depth <= limits.depth) return;
    const problem = `parentheses and exclusions are nested deeper than ${limits.depth}`;
    throw new QueryError(this.reading.query, span, problem, 'simplify the query');
  }
}
