import type { QueryNode } from './ast.ts';

/** All of `nodes`, nested conjunctions dissolved. */
export function conjunction(nodes: readonly QueryNode[]): QueryNode {
  const children = nodes.flatMap(node => (node.kind === 'and' ? node.children : [node]));
  if (children.length === 0) return { kind: 'all' };
  return children.length === 1 ? children[0]! : { kind: 'and', children };
}

/** Any of `nodes`, which is not empty; nested disjunctions dissolved. */
export function disjunction(nodes: readonly QueryNode[]): QueryNode {
  const children = nodes.flatMap(node => (node.kind === 'or' ? node.children : [node]));
  return children.length === 1 ? children[0]! : { kind: 'or', children };
}

export function isOnlyWords(node: QueryNode): boolean {
  return node.kind === 'word' || (node.kind === 'and' && node.children.every(isOnlyWords));
}

/** Says where to look: the file's language, path, repository, role, the kind of a unit. */
function isScope(node: QueryNode): boolean {
  switch (node.kind) {
    case 'path':
    case 'repository':
    case 'language':
    case 'unit-kind':
    case 'role':
      return true;
    case 'not':
      return isScope(node.child);
    case 'and':
    case 'or':
      return node.children.every(isScope);
    default:
      return false;
  }
}

/** Says what to look for. */
function isSought(node: QueryNode): boolean {
  switch (node.kind) {
    case 'word':
    case 'content':
    case 'symbol':
      return true;
    case 'not':
      return isSought(node.child);
    case 'and':
    case 'or':
      return node.children.every(isSought);
    default:
      return false;
  }
}

export interface Hoisted {
  before: readonly QueryNode[];
  operands: QueryNode[][];
  after: readonly QueryNode[];
}

/**
 * As Sourcegraph does it: scopes at both ends of `scope a or b or c scope` are meant for all of it, provided that all between
 * them is something to look for. Undefined where the query is to be read by precedence alone.
 */
export function hoist(operands: ReadonlyArray<readonly QueryNode[]>): Hoisted | undefined {
  const first = operands[0]!;
  const last = operands.at(-1)!;
  const lead = first.findIndex(node => !isScope(node));
  const trail = last.findLastIndex(node => !isScope(node)) + 1;
  if (lead < 0 || trail === 0 || (lead === 0 && trail === last.length)) return undefined;
  const inner = operands.map((operand, i) =>
    operand.slice(i === 0 ? lead : 0, i === operands.length - 1 ? trail : operand.length),
  );
  if (!inner.flat().every(isSought) || inner.some(operand => operand.length === 0)) return undefined;
  // Such a word cannot stand in a group.
  if (inner.flat().some(hasUnbalancedWord)) return undefined;
  return { before: first.slice(0, lead), operands: inner, after: last.slice(trail) };
}

function hasUnbalancedWord(node: QueryNode): boolean {
  if (node.kind === 'word') return !isBalanced(node.text);
  if (node.kind === 'not') return hasUnbalancedWord(node.child);
  return 'children' in node && node.children.some(hasUnbalancedWord);
}

function isBalanced(text: string): boolean {
  let open = 0;
  for (const c of text) {
    if (c === '(') open++;
    else if (c === ')' && --open < 0) return false;
  }
  return open === 0;
}
