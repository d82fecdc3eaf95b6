import type { RepositoryUnit } from '../../evaluation/dataset.ts';
import { queryOfDoc } from '../../evaluation/datasets/doc-query.ts';
import type { MinedPair, Tally } from './pair.ts';
import { checkedQuery } from './query-text.ts';

/** Characters of code above which nobody would call it one answer. */
export const mostCode = 12_000;

/**
 * Methods every type may have, and whose doc comments say the same everywhere (CodeSearchNet leaves out `__…__`,
 * `toString` and their kind, Husain et al. 2019, section 2.1).
 */
const trivialNames = new Set(
  'toString tostring hashCode equals compareTo clone finalize readObject writeObject Equals GetHashCode ToString Dispose CompareTo to_s inspect to_str hash eql fmt clone drop eq ne Error String GoString description valueOf toJSON dispose close Close'.split(
    ' ',
  ),
);
const deprecated =
  /(?:^|\n)\s*(?:@Deprecated\b|@deprecated\b|#\[deprecated|\[(?:System\.)?Obsolete|@available\([^)]*deprecated|\[\[deprecated|@warnings\.deprecated|@typing\.deprecated|deprecated\(\s*(?:since|note))/;
const deprecatedDoc =
  /@deprecated\b|(?:^|\n)\s*(?:\.\. deprecated::|\*{0,2}DEPRECATED\b|Deprecated[:.\s]|This (?:\w+ ){1,3}(?:is|has been) (?:now )?deprecated)/;
const notImplemented =
  /^[^\n]*\n?\s*(?:\{?\s*)?(?:throw new (?:Unsupported|NotImplemented)\w*\([^\n]*|raise NotImplementedError[^\n]*|todo!\(\)|unimplemented!\(\))\s*;?\s*\}?\s*$/;

/** Why a unit is in no pair, whatever the pair would be made of; undefined if it may be. */
export function refusal(unit: RepositoryUnit): string | undefined {
  const { name, code, doc } = unit;
  if (trivialNames.has(name) || /^__\w+__$/.test(name)) return 'trivial by its name';
  if (deprecated.test(code) || deprecatedDoc.test(doc)) return 'deprecated';
  if (notImplemented.test(code)) return 'not implemented';
  if (code.length > mostCode) return `longer than ${mostCode} characters`;
  return undefined;
}

/** The doc comment's first sentence with the code below; undefined and a count in `dropped` if it makes no query. */
export function docPair(unit: RepositoryUnit, repository: string, dropped: Tally): MinedPair | undefined {
  if (unit.doc.trim() === '') {
    dropped.add('doc: none');
    return undefined;
  }
  // `_.map` would lose its underscore as emphasis, and leave a dot.
  const made = queryOfDoc(unit.doc.replace(/`[_$]\.(?=\w)/g, '`'), unit);
  const checked = 'dropped' in made ? made : checkedQuery(made.text);
  if ('dropped' in checked) {
    dropped.add(`doc: ${checked.dropped}`);
    return undefined;
  }
  return pairOf(unit, { query: checked.text, doc: unit.doc, kind: 'doc', repository });
}

/** A pair about a unit. */
export function pairOf(
  unit: RepositoryUnit,
  rest: Pick<MinedPair, 'query' | 'doc' | 'kind' | 'repository'>,
): MinedPair {
  const { code, name, language, path, kind } = unit;
  return {
    query: rest.query,
    code,
    name,
    language,
    path,
    repository: rest.repository,
    kind: rest.kind,
    unit: kind,
    doc: rest.doc,
  };
}
