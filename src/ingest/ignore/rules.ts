import { foldBytes } from './bytes.ts';
import { compileGlob, type Glob, isLiteral, matchesGlob } from './glob.ts';

/** One line of an ignore file. */
export interface Rule {
  /** As written, without trailing blanks; a byte string. */
  readonly pattern: string;
  /** 1-based. */
  readonly line: number;
  /** `!pattern`: what matches is taken back in. */
  readonly negated: boolean;
  /** `pattern/`: matches directories only. */
  readonly directoryOnly: boolean;
}

/** Number of the last rule per literal key, apart for rules that match directories only. */
class LastRules {
  readonly #every = new Map<string, number>();
  readonly #directories = new Map<string, number>();

  get empty(): boolean {
    return this.#every.size === 0 && this.#directories.size === 0;
  }

  add(key: string, number: number, directoryOnly: boolean): void {
    (directoryOnly ? this.#directories : this.#every).set(key, number);
  }

  find(key: string, directory: boolean): number {
    const every = this.#every.get(key) ?? -1;
    return directory ? Math.max(every, this.#directories.get(key) ?? -1) : every;
  }
}

interface GlobRule {
  readonly number: number;
  readonly directoryOnly: boolean;
  /** The rule has no slash: it is matched with the last name alone. */
  readonly byName: boolean;
  /** For `*tail`, what the name ends with. */
  readonly tail: string | undefined;
  readonly glob: Glob | undefined;
}

/**
 * The rules of one ignore file, compiled for many look-ups: plain names, `*.ext` and plain paths are found by
 * hashing, whatever their number; only real globs are tried one by one, from the last to the first, and not at all
 * below the best hit. The reference for its meaning is git itself (ignore.test.ts).
 */
export class RuleSet {
  readonly rules: readonly Rule[];
  readonly #names = new LastRules();
  /** Key `.ext`, the dot included. */
  readonly #suffixes = new LastRules();
  readonly #paths = new LastRules();
  /** Last names of `#paths`: saves cutting and hashing a path in almost all cases. */
  readonly #pathNames = new Set<string>();
  /** Last rule first. */
  readonly #globs: GlobRule[] = [];

  /** `rules` as `parseRules` gives them. With `fold`, paths and names must come folded. */
  constructor(rules: readonly Rule[], fold: boolean) {
    this.rules = rules;
    for (const [number, rule] of rules.entries()) this.#add(number, rule, fold);
    this.#globs.reverse();
  }

  #add(number: number, rule: Rule, fold: boolean): void {
    const { directoryOnly } = rule;
    let body = rule.negated ? rule.pattern.slice(1) : rule.pattern;
    if (directoryOnly) body = body.slice(0, -1);
    let byName = !body.includes('/');
    if (body.startsWith('/')) body = body.slice(1);
    // `**/name` has no other meaning than `name`.
    if (body.startsWith('**/') && !body.includes('/', 3)) {
      body = body.slice(3);
      byName = true;
    }
    if (body === '') return;
    const key = fold ? foldBytes(body) : body;
    if (isLiteral(body)) {
      if (byName) this.#names.add(key, number, directoryOnly);
      else {
        this.#paths.add(key, number, directoryOnly);
        this.#pathNames.add(key.slice(key.lastIndexOf('/') + 1));
      }
    } else if (byName && body[0] === '*' && isLiteral(body.slice(1))) {
      const tail = key.slice(1);
      if (tail[0] === '.') this.#suffixes.add(tail, number, directoryOnly);
      else this.#globs.push({ number, directoryOnly, byName, tail, glob: undefined });
    } else {
      this.#globs.push({ number, directoryOnly, byName, tail: undefined, glob: compileGlob(body, fold) });
    }
  }

  /**
   * Number of the last rule that matches, -1 if none does. The entry's path relative to the rules' directory is
   * `prefix + path.slice(cut)`; `name` is its last part.
   */
  find(path: string, prefix: string, cut: number, name: string, directory: boolean): number {
    let best = this.#names.find(name, directory);
    if (!this.#suffixes.empty) {
      for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
        best = Math.max(best, this.#suffixes.find(name.slice(dot), directory));
      }
    }
    let relative: string | undefined;
    if (this.#pathNames.has(name)) {
      relative = prefix + path.slice(cut);
      best = Math.max(best, this.#paths.find(relative, directory));
    }
    for (const rule of this.#globs) {
      if (rule.number < best) break;
      if (rule.directoryOnly && !directory) continue;
      if (rule.glob === undefined) {
        if (name.endsWith(rule.tail!)) return rule.number;
      } else if (matchesGlob(rule.glob, rule.byName ? name : (relative ??= prefix + path.slice(cut)))) {
        return rule.number;
      }
    }
    return best;
  }
}

/** The rules of an ignore file's content (byte string): blank lines, comments and trailing blanks are gone. */
export function parseRules(content: string): Rule[] {
  const rules: Rule[] = [];
  const text = content.startsWith('\u00ef\u00bb\u00bf') ? content.slice(3) : content;
  for (const [index, raw] of text.split('\n').entries()) {
    if (raw === '' || raw[0] === '#') continue;
    let pattern = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    const nul = pattern.indexOf('\0');
    if (nul >= 0) pattern = pattern.slice(0, nul);
    pattern = trimBlanks(pattern);
    const negated = pattern[0] === '!';
    if (pattern.length === (negated ? 1 : 0)) continue;
    rules.push({ pattern, line: index + 1, negated, directoryOnly: pattern.endsWith('/') });
  }
  return rules;
}

/** Cuts trailing spaces (not tabs) unless a backslash protects them. */
function trimBlanks(line: string): string {
  if (!line.endsWith(' ')) return line;
  let keep = 0;
  for (let at = 0; at < line.length; at++) {
    if (line[at] === '\\') keep = Math.min((at += 1) + 1, line.length);
    else if (line[at] !== ' ') keep = at + 1;
  }
  return line.slice(0, keep);
}
