/** A file and the module specifiers it names. */
export interface ImportingFile {
  path: string;
  imports: readonly string[];
}

const indexStems = new Set(['index', 'mod', '__init__', 'init', 'lib', 'main']);

/**
 * For every file, how many other files import it: a prior for ranking, not a build system. Specifiers are matched
 * by their trailing components, which needs no knowledge of any language's search path: `./http`,
 * `fastapi.routing`, `crate::routing::Router`, `org/foo/Bar.h`. A specifier that fits more than three files
 * equally well (a package name, a common stem) counts for none.
 */
export function countImporters(files: readonly ImportingFile[]): Uint32Array {
  const components = files.map(file => moduleParts(file.path));
  const byTail = new Map<string, number[]>();
  components.forEach((parts, i) => {
    const tail = parts.at(-1);
    if (tail === undefined) return;
    const list = byTail.get(tail);
    if (list) list.push(i);
    else byTail.set(tail, [i]);
  });
  const counts = new Uint32Array(files.length);
  const absolute = new Map<string, readonly number[]>();
  for (let i = 0; i < files.length; i++) {
    const targets = new Set<number>();
    const directory = files[i]!.path.split('/').slice(0, -1);
    for (const specifier of files[i]!.imports) {
      const relative = relativeParts(specifier, directory, components[i]!);
      let found: readonly number[] | undefined;
      if (relative) found = resolve(relative, byTail, components);
      else {
        found = absolute.get(specifier);
        if (!found) absolute.set(specifier, (found = resolve(splitSpecifier(specifier), byTail, components)));
      }
      for (const target of found) if (target !== i) targets.add(target);
    }
    for (const target of targets) counts[target]!++;
  }
  return counts;
}

/** `src/http/index.ts` → src, http; `a/b.test.ts` → a, b.test. Lower-cased: some systems do not care. */
function moduleParts(path: string): string[] {
  const parts = path.toLowerCase().split('/');
  const last = parts.pop()!;
  const dot = last.lastIndexOf('.');
  const stem = dot > 0 ? last.slice(0, dot) : last;
  if (!indexStems.has(stem) || parts.length === 0) parts.push(stem);
  return parts;
}

/** Components of a relative specifier, resolved against the importing file's directory; undefined if absolute. */
function relativeParts(
  specifier: string,
  directory: readonly string[],
  own: readonly string[],
): string[] | undefined {
  if (specifier.startsWith('./') || specifier.startsWith('../') || specifier === '.' || specifier === '..') {
    return applySteps(directory, specifier.split('/'));
  }
  // Python: one dot is the own package, each further one a level up.
  const dots = /^\.+/.exec(specifier)?.[0].length ?? 0;
  if (dots > 0) {
    const base = directory.slice(0, Math.max(0, directory.length - dots + 1));
    return applySteps(base, specifier.slice(dots).split('.'));
  }
  const rust = /^(self|super)::/.exec(specifier);
  if (rust) {
    const steps = specifier.split('::').map(s => (s === 'super' ? '..' : s === 'self' ? '.' : s));
    // Relative to the module, which a file is by itself: `super` in net/socket.rs is net.
    return applySteps(own, steps);
  }
  return undefined;
}

function applySteps(directory: readonly string[], steps: readonly string[]): string[] {
  const parts = directory.map(part => part.toLowerCase());
  for (const step of steps) {
    if (step === '..') parts.pop();
    else if (step !== '.' && step !== '') parts.push(step.toLowerCase());
  }
  return withoutExtension(parts);
}

function splitSpecifier(specifier: string): string[] {
  const lower = specifier.toLowerCase().replace(/[{};<>"'`\s]+/g, '');
  if (lower.includes('::')) return lower.split('::').filter(part => part !== 'crate' && part !== '');
  if (lower.includes('\\')) return lower.split('\\').filter(part => part !== '');
  if (lower.includes('/'))
    return withoutExtension(lower.split('/').filter(part => part !== '' && part !== '.'));
  if (/\.(h|hh|hpp|hxx|c|cc|cpp|js|ts|php|rb|sh|zig|lua|swift)$/.test(lower))
    return withoutExtension([lower]);
  return lower.split('.').filter(part => part !== '');
}

function withoutExtension(parts: string[]): string[] {
  const last = parts.at(-1);
  if (last === undefined) return parts;
  const stem = last.replace(/\.(h|hh|hpp|hxx|[cm]?[jt]sx?|py|php|rb|sh|zig|lua)$/, '');
  if (indexStems.has(stem) && parts.length > 1) return parts.slice(0, -1);
  return [...parts.slice(0, -1), stem];
}

/** Files whose trailing components agree best; the last component may also name a symbol of the module. */
function resolve(
  parts: readonly string[],
  byTail: ReadonlyMap<string, readonly number[]>,
  components: ReadonlyArray<readonly string[]>,
): readonly number[] {
  for (let end = parts.length; end > Math.max(0, parts.length - 2); end--) {
    const candidates = byTail.get(parts[end - 1]!);
    if (!candidates) continue;
    let best = 0;
    let found: number[] = [];
    for (const i of candidates) {
      const own = components[i]!;
      let agree = 0;
      while (agree < end && agree < own.length && own[own.length - 1 - agree] === parts[end - 1 - agree])
        agree++;
      if (agree > best) {
        best = agree;
        found = [i];
      } else if (agree === best) found.push(i);
    }
    // A lone component that is not the whole specifier (`std::io` against io.rs) says too little.
    if (found.length <= 3 && (best > 1 || parts.length === 1)) return found;
  }
  return [];
}
