import type { ParsedQuery, Pattern, QueryNode } from './ast.ts';
import { quote } from './quoting.ts';

/** What the filters of a query do, for people: one short line each, such as `in go or rust`; none for plain words. */
export function explainQuery(parsed: ParsedQuery): string[] {
  const { node } = parsed;
  const filters = node.kind === 'and' ? node.children : [node];
  return filters
    .filter(filter => filter.kind !== 'all' && filter.kind !== 'word')
    .map(filter => describe(filter));
}

function describe(node: QueryNode): string {
  switch (node.kind) {
    case 'all':
      return 'everything';
    case 'and':
      return node.children.map(nested).join(' and ');
    case 'or':
      return anyOf(node.children);
    case 'not':
      return describeNot(node.child);
    case 'word':
      return `about ${node.text}`;
    case 'content':
      return node.pattern.isRegex
        ? `with a match of ${patternText(node.pattern)}`
        : `with ${patternText(node.pattern)}`;
    case 'unit-kind':
    case 'role':
      return `only ${thing(node)}`;
    default:
      return `${prefixes[node.kind]} ${thing(node)}`;
  }
}

const prefixes = {
  language: 'in',
  path: 'files matching',
  repository: 'in',
  symbol: 'named',
} as const;

function nested(node: QueryNode): string {
  return node.kind === 'and' || node.kind === 'or' ? `(${describe(node)})` : describe(node);
}

/** `in go or rust`, not `in go or in rust`. */
function anyOf(children: readonly QueryNode[]): string {
  const [first, ...rest] = children;
  if (first && first.kind in prefixes && rest.every(child => child.kind === first.kind)) {
    return [describe(first), ...rest.map(thing)].join(' or ');
  }
  if (first && (first.kind === 'role' || first.kind === 'unit-kind')) {
    if (rest.every(child => child.kind === first.kind)) return `only ${children.map(thing).join(' or ')}`;
  }
  return children.map(nested).join(' or ');
}

function describeNot(child: QueryNode): string {
  switch (child.kind) {
    case 'language':
    case 'symbol':
      return `not ${describe(child)}`;
    case 'repository':
      return `not in ${thing(child)}`;
    case 'path':
      return `without files matching ${thing(child)}`;
    case 'word':
    case 'content':
    case 'unit-kind':
    case 'role':
      return `without ${thing(child)}`;
    case 'and':
    case 'or':
      return describeNone(child.kind, child.children);
    default:
      return `not ${nested(child)}`;
  }
}

function describeNone(kind: 'and' | 'or', children: readonly QueryNode[]): string {
  const kinds = new Set(children.map(child => child.kind));
  if (kinds.size === 1 && kinds.has('path') && kind === 'or') {
    return `without files matching ${children.map(thing).join(' or ')}`;
  }
  if (children.every(child => ['word', 'content', 'unit-kind', 'role'].includes(child.kind))) {
    const all = children.map(thing);
    return kind === 'or' ? `without ${all.join(' or ')}` : `without ${all.join(' and ')} together`;
  }
  const described = describe({ kind, children });
  return kinds.size === 1 && kind === 'or' && !kinds.has('and') ? `not ${described}` : `not (${described})`;
}

/** What a filter asks for, without "in" or "only". */
function thing(node: QueryNode): string {
  switch (node.kind) {
    case 'language':
      return node.language;
    case 'path':
      return typeof node.pattern === 'string' ? node.pattern : patternText(node.pattern);
    case 'repository': {
      const { name, revision } = node;
      if (name === '*' && revision !== undefined) return `revision ${revision}`;
      const repository = `repository ${typeof name === 'string' ? name : patternText(name)}`;
      return revision === undefined ? repository : `${repository} at ${revision}`;
    }
    case 'symbol':
      return patternText(node.pattern);
    case 'word':
      return `the word ${node.text}`;
    case 'content':
      return `${node.pattern.isRegex ? 'a match of ' : ''}${patternText(node.pattern)}`;
    case 'unit-kind':
      return node.unitKind === 'class' ? 'classes' : `${node.unitKind}s`;
    case 'role':
      return (
        { source: 'source code', test: 'tests', docs: 'documentation' }[node.role as string] ??
        `${node.role} code`
      );
    default:
      return describe(node);
  }
}

function patternText({ text, isRegex, isCaseSensitive }: Pattern): string {
  return `${isRegex ? `/${text}/` : quote(text)}${isCaseSensitive ? ', case as written' : ''}`;
}
