import type { Pattern, QueryNode } from './ast.ts';

/** A tree on one line without spans: `and(lang go, not(word x))`; patterns that are case-sensitive end with `!`. */
export function bare(node: QueryNode): string {
  switch (node.kind) {
    case 'all':
      return 'all';
    case 'and':
    case 'or':
      return `${node.kind}(${node.children.map(bare).join(', ')})`;
    case 'not':
      return `not(${bare(node.child)})`;
    case 'word':
      return `word ${node.text}`;
    case 'content':
      return `content ${pattern(node.pattern)}`;
    case 'path':
      return `path ${name(node.pattern)}`;
    case 'repository':
      return `repo ${name(node.name)}${node.revision === undefined ? '' : `@${node.revision}`}`;
    case 'language':
      return `lang ${node.language}`;
    case 'symbol':
      return `sym ${pattern(node.pattern)}`;
    case 'unit-kind':
      return `kind ${node.unitKind}`;
    case 'role':
      return `role ${node.role}`;
  }
}

function name(value: string | Pattern): string {
  return typeof value === 'string' ? value : pattern(value);
}

function pattern({ text, isRegex, isCaseSensitive, isWholeWord }: Pattern): string {
  const quoted = isRegex ? `/${text}/` : `"${text}"`;
  return `${quoted}${isCaseSensitive ? '!' : ''}${isWholeWord ? ' whole' : ''}`;
}
