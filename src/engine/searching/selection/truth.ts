import type { QueryNode } from '../../../query/ast.ts';

/** What can be said of a node so far: false, true, or not yet known. */
export type Truth = 0 | 1 | undefined;

/** A node that asks one thing. */
export type Leaf = Exclude<QueryNode, { kind: 'and' | 'or' | 'not' | 'all' }>;

/** Kleene's three-valued logic: what one side decides needs no look at the other. */
export function truthOf(node: QueryNode, leaf: (leaf: Leaf) => Truth): Truth {
  switch (node.kind) {
    case 'all':
      return 1;
    case 'not': {
      const inner = truthOf(node.child, leaf);
      return inner === undefined ? undefined : inner === 1 ? 0 : 1;
    }
    case 'and':
    case 'or': {
      const deciding = node.kind === 'and' ? 0 : 1;
      let open = false;
      for (const child of node.children) {
        const truth = truthOf(child, leaf);
        if (truth === deciding) return deciding;
        if (truth === undefined) open = true;
      }
      return open ? undefined : deciding === 0 ? 1 : 0;
    }
    default:
      return leaf(node);
  }
}

/** All leaves, with whether each stands below an odd number of negations. */
export function leavesOf(node: QueryNode, negated = false): Array<{ leaf: Leaf; negated: boolean }> {
  switch (node.kind) {
    case 'all':
      return [];
    case 'not':
      return leavesOf(node.child, !negated);
    case 'and':
    case 'or':
      return node.children.flatMap(child => leavesOf(child, negated));
    default:
      return [{ leaf: node, negated }];
  }
}
