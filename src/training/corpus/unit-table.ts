import type { RepositoryUnit } from '../../evaluation/dataset.ts';
import { isFunction } from '../../evaluation/datasets/repository-units.ts';

/** Languages whose code calls each other by name within one repository. */
const families: readonly (readonly string[])[] = [
  ['javascript', 'typescript', 'tsx', 'jsx'],
  ['java', 'kotlin', 'scala', 'groovy'],
  ['c', 'cpp', 'objc'],
];

/** Where a name is used, to tell units of the same name apart. */
export interface UsedAt {
  path: string;
  language: string;
}

/** The units of one repository that a pair may be about, by name. Holds their code: as big as the repository. */
export class UnitTable {
  private readonly functions: Map<string, RepositoryUnit[]> = new Map();
  private readonly types: Map<string, RepositoryUnit[]> = new Map();

  add(unit: RepositoryUnit): void {
    const table = isFunction(unit.kind) ? this.functions : this.types;
    const known = table.get(unit.name);
    if (known) known.push(unit);
    else table.set(unit.name, [unit]);
  }

  /**
   * The function of a name: the only one of its language family, or of several the only one in a file that is called
   * like the file of the use (`parse.test.ts` → `parse.ts`). Undefined if it is not clear which one is meant.
   */
  function(name: string, use: UsedAt): RepositoryUnit | undefined {
    return onlyOne(this.functions.get(name), use);
  }

  /** The same for a name in a text: a function, or else a type. */
  named(name: string, use?: UsedAt): RepositoryUnit | undefined {
    return onlyOne(this.functions.get(name), use) ?? onlyOne(this.types.get(name), use);
  }
}

function onlyOne(
  units: readonly RepositoryUnit[] | undefined,
  use: UsedAt | undefined,
): RepositoryUnit | undefined {
  if (units === undefined) return undefined;
  const family = use ? units.filter(unit => sameFamily(unit.language, use.language)) : units;
  if (family.length <= 1) return family[0];
  if (use === undefined) return undefined;
  const stem = subjectStem(use.path);
  const near = family.filter(unit => subjectStem(unit.path) === stem);
  return near.length === 1 ? near[0] : undefined;
}

function sameFamily(a: string, b: string): boolean {
  return a === b || families.some(family => family.includes(a) && family.includes(b));
}

/** The file's name without extension and whatever marks it as a test, in small letters: `ParserTest.java` → `parser`. */
export function subjectStem(path: string): string {
  return path
    .slice(path.lastIndexOf('/') + 1)
    .replace(/(?:\.\w+)+$/, '')
    .replace(
      /^(?:test|spec)[_-]|[_-](?:unit)?(?:tests?|spec)$|(?<=[a-z0-9])(?:Tests?|Spec|IT|TestCase)$/g,
      '',
    )
    .replace(/[_-]/g, '')
    .toLowerCase();
}
