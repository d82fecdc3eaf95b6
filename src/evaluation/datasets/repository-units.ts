import type { RepositoryUnit } from '../dataset.ts';

const functionKinds: ReadonlySet<string> = new Set(['function', 'method']);
const typeKinds: ReadonlySet<string> = new Set(['class', 'interface', 'struct', 'enum', 'trait', 'type']);
const constructorNames: ReadonlySet<string> = new Set([
  '__init__',
  '__construct',
  'constructor',
  'initialize',
  'init',
]);
/** Shorter code is an accessor or a forward: nothing a sentence could be about alone. */
const fewestLines = 3;

export function isFunction(kind: string): boolean {
  return functionKinds.has(kind);
}

/** A unit in its place among the others of its file. */
interface Node {
  unit: RepositoryUnit;
  inside: Node[];
}

/**
 * The units that are looked for: functions, methods and types that are no tests and have three lines of code. No code
 * is in two of them: what is inside a function belongs to it, and of what is inside a type only the first line stays.
 * `units` come file by file, enclosing ones first. Reasons of those left out are counted by `onDropped`.
 */
export function selectUnits(
  units: readonly RepositoryUnit[],
  onDropped: (reason: string) => void,
): RepositoryUnit[] {
  const chosen: RepositoryUnit[] = [];
  for (const list of Map.groupBy(units, unit => unit.path).values()) {
    for (const node of nest(list)) visit(node, chosen, onDropped);
  }
  return chosen;
}

function nest(units: readonly RepositoryUnit[]): Node[] {
  const top: Node[] = [];
  const open: Node[] = [];
  for (const unit of units) {
    const node: Node = { unit, inside: [] };
    while (open.length > 0 && !contains(open.at(-1)!.unit, unit)) open.pop();
    (open.at(-1)?.inside ?? top).push(node);
    open.push(node);
  }
  return top;
}

/** By lines, and by the names for what begins and ends on the same lines. */
function contains(outer: RepositoryUnit, inner: RepositoryUnit): boolean {
  if (inner.firstLine < outer.firstLine || inner.lastLine > outer.lastLine) return false;
  const same = inner.firstLine === outer.firstLine && inner.lastLine === outer.lastLine;
  return same
    ? inner.qualifiedName.length > outer.qualifiedName.length && outer.code.includes(inner.code)
    : true;
}

/** Adds what is chosen of a node and gives what stays of it in the code around it. */
function visit(
  { unit, inside }: Node,
  chosen: RepositoryUnit[],
  onDropped: (reason: string) => void,
): string {
  const place = chosen.length;
  let { code } = unit;
  if (functionKinds.has(unit.kind)) {
    for (const _ of inside) onDropped('inside a function');
  } else {
    let at = 0;
    for (const node of inside) {
      const rest = visit(node, chosen, onDropped);
      const found = code.indexOf(node.unit.code, at);
      if (found < 0) continue;
      code = code.slice(0, found) + rest + code.slice(found + node.unit.code.length);
      at = found + rest.length;
    }
  }
  const reason = reasonAgainst(unit, code);
  if (reason !== undefined) {
    onDropped(reason);
    return code;
  }
  chosen.splice(place, 0, { ...unit, code: dedented(code) });
  return head(code);
}

function reasonAgainst(unit: RepositoryUnit, code: string): string | undefined {
  const { kind, role, language, qualifiedName } = unit;
  if (role !== 'source' || (language === 'rust' && /(?:^|::)tests?::/.test(qualifiedName)))
    return `in ${role === 'source' ? 'test' : role} code`;
  if (!functionKinds.has(kind) && !typeKinds.has(kind)) return 'neither function nor type';
  if (isConstructor(unit)) return 'constructor';
  if (code.split('\n').filter(line => line.trim() !== '').length < fewestLines)
    return `shorter than ${fewestLines} lines`;
  return undefined;
}

function isConstructor({ kind, name, qualifiedName }: RepositoryUnit): boolean {
  if (kind !== 'method') return false;
  const names = qualifiedName.split(/::|[.#:]/);
  return constructorNames.has(name) || (names.length > 1 && names.at(-2) === names.at(-1));
}

/** The first line that is no attribute. */
function head(code: string): string {
  const lines = code.split('\n');
  return (lines.find(line => !/^\s*(?:@|#\[|\[)/.test(line)) ?? lines[0]!).trimEnd();
}

/** Without the indentation of the first line. */
function dedented(code: string): string {
  const indentation = /^[ \t]*/.exec(code)![0];
  if (indentation === '') return code;
  return code
    .split('\n')
    .map(line => (line.startsWith(indentation) ? line.slice(indentation.length) : line.trimStart()))
    .join('\n');
}
