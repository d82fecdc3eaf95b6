import type { RepositoryFile, RepositoryUnit } from '../../evaluation/dataset.ts';
import { isFunction } from '../../evaluation/datasets/repository-units.ts';
import { pairOf, refusal } from './mine-docs.ts';
import type { MinedPair, Tally } from './pair.ts';
import { checkedQuery, matchTerms, wordsOf } from './query-text.ts';
import { subjectStem, type UnitTable } from './unit-table.ts';

/** A test as it says itself what it tests. */
export interface FoundTest {
  path: string;
  language: string;
  /** As written, or the words of its name. */
  title: string;
  /** What the tests around it are about: a class, a `describe`, or the file. */
  context: string;
  /** Names that are called in it, each once, in order. */
  calls: readonly string[];
}

/** Tests that are paired with one function; more would make it weigh too much. */
const mostPerUnit = 4;
/** Lines of a test that are looked at. */
const mostLines = 120;
/** Share of the words of a function's name that the test has to say. */
const leastOverlap = 0.5;

const annotation =
  /(?:^|\n)\s*(?:@(?:\w+\.)*(?:Test|ParameterizedTest|RepeatedTest)\b|\[(?:\w+\.)*(?:Fact|Theory|Test|TestMethod|TestCase|DataTestMethod)\b|#\[(?:\w+::)*test\b)/;
const displayName = /(?:@DisplayName\(\s*|DisplayName\s*=\s*|@Test\(\s*)"([^"\n]+)"/;
const testName = /^(?:test(?=[_A-Z])|Test(?=[A-Z_]))_?/;
/** `it('…'`, `test "…" do`, `t.Run("…"`, `TEST_CASE("…"`. */
const titledCall =
  /^[ \t]*(?:(?:it|test|specify|scenario|TEST_CASE|SECTION)(?:\.\w+)*|\w+\.Run|QUnit\.test)\s*\(?\s*(["'`])((?:(?!\1)[^\n\\]|\\.){4,200})\1/;
const group =
  /^[ \t]*(?:describe|context|suite|fdescribe|QUnit\.module)(?:\.\w+)*\s*\(?\s*(["'`]?)([^"'`\n,]{2,100})\1/;
const googleTest = /^TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)/;
/** `src/add/test.ts` counts as code where trees are indexed. */
const besideCode = /(?:^|\/)tests?\.[cm]?[jt]sx?$/;
const call =
  /(?<![\w$])([A-Za-z_$][\w$]*[!?]?)(?:::<[^()\n]{0,60}>|<[^()\n;]{0,60}>)?\s*\(|[.:](?=\w)([a-z_]\w*[!?]?)/g;

/** All tests of a file, in the order of their lines. */
export function testsOf(file: RepositoryFile): FoundTest[] {
  const { path, language, role } = file;
  const tests: FoundTest[] = [];
  for (const unit of file.units) {
    if (!isFunction(unit.kind) || (role !== 'test' && !annotation.test(headOf(unit)))) continue;
    const title = titleOfUnit(unit);
    if (title === undefined) continue;
    const around = unit.qualifiedName.split(/::|[.#:\\]/).at(-2) ?? '';
    tests.push({
      path,
      language,
      title,
      context: contextOf(around, path),
      calls: callsIn(unit.code, unit.name),
    });
  }
  if (role === 'test' || besideCode.test(path)) tests.push(...titledTests(file));
  return tests;
}

/** Annotations and the signature, without the body. */
function headOf({ code }: RepositoryUnit): string {
  return `\n${code.slice(0, 600)}`;
}

function titleOfUnit(unit: RepositoryUnit): string | undefined {
  const head = headOf(unit);
  const annotated = annotation.test(head);
  if (annotated) {
    const shown = displayName.exec(head)?.[1];
    if (shown !== undefined) return shown;
  } else if (!testName.test(unit.name)) return undefined;
  // Kotlin and Scala names may be sentences already.
  const name = unit.name.replaceAll('`', '');
  return name.includes(' ') ? name : wordsOf(name.replace(testName, ''));
}

/** Tests that are calls with a title, whose body is told by its indentation. */
function titledTests({ path, language, text }: RepositoryFile): FoundTest[] {
  const tests: FoundTest[] = [];
  const lines = text.split('\n');
  const groups: Array<{ indent: number; name: string }> = [];
  for (const [i, line] of lines.entries()) {
    if (line.length > 400) continue;
    const indent = indentOf(line);
    const opened = group.exec(line);
    if (opened) {
      while (groups.length > 0 && groups.at(-1)!.indent >= indent) groups.pop();
      groups.push({ indent, name: opened[2]! });
      continue;
    }
    const google = googleTest.exec(line);
    const title = google ? wordsOf(google[2]!) : titledCall.exec(line)?.[2];
    if (title === undefined || title.includes('${') || title.includes('%')) continue;
    const name = google?.[1] ?? groups.filter(one => one.indent < indent).at(-1)?.name ?? '';
    const body = [line.slice(line.indexOf(title) + title.length), ...bodyAt(lines, i)].join('\n');
    tests.push({
      path,
      language,
      title: title.replaceAll('\\', ''),
      context: contextOf(name, path),
      calls: callsIn(body, ''),
    });
  }
  return tests;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

function bodyAt(lines: readonly string[], at: number): string[] {
  const indent = indentOf(lines[at]!);
  let end = at + 1;
  while (end < lines.length && end - at < mostLines) {
    const line = lines[end]!;
    if (line.trim() !== '' && indentOf(line) <= indent) break;
    end++;
  }
  return lines.slice(at + 1, end);
}

function contextOf(name: string, path: string): string {
  const plain = name.replace(/^Test(?=[A-Z_])|(?:Tests?|Spec|TestCase|IT)$/g, '');
  const words = /\s/.test(plain) ? plain : wordsOf(plain);
  return /^tests?$/.test(words) || words === '' ? subjectStem(path) : words;
}

/** Names that are called or used as members, without the test's own. */
function callsIn(code: string, own: string): string[] {
  const names = new Set<string>();
  for (const match of code.matchAll(call)) names.add((match[1] ?? match[2])!);
  names.delete(own);
  return [...names];
}

/** Pairs of tests with the functions they are about, where that can be told. */
export function testPairs(
  tests: readonly FoundTest[],
  table: UnitTable,
  repository: string,
  dropped: Tally,
): MinedPair[] {
  const pairs: MinedPair[] = [];
  const perUnit = new Map<RepositoryUnit, number>();
  for (const test of tests) {
    const target = targetOf(test, table);
    if (target === undefined) {
      dropped.add('test: no function that it is clearly about');
      continue;
    }
    const refused = refusal(target);
    const made = refused === undefined ? titleQuery(test, target.name) : { dropped: refused };
    if ('dropped' in made) {
      dropped.add(`test: ${made.dropped}`);
      continue;
    }
    const count = perUnit.get(target) ?? 0;
    if (count >= mostPerUnit) {
      dropped.add(`test: more than ${mostPerUnit} of one function`);
      continue;
    }
    perUnit.set(target, count + 1);
    pairs.push(pairOf(target, { query: made.text, doc: test.title, kind: 'test', repository }));
  }
  return pairs;
}

/** The called function whose name the title says best; with equal names said, the one with more words. */
function targetOf(test: FoundTest, table: UnitTable): RepositoryUnit | undefined {
  const title = matchTerms(test.title);
  const said = new Set([...title, ...matchTerms(test.context)]);
  let best: RepositoryUnit | undefined;
  let most = 0;
  for (const name of test.calls) {
    const terms = [...matchTerms(name)];
    const matched = terms.filter(term => said.has(term)).length;
    if (matched === 0 || matched < terms.length * leastOverlap) continue;
    // What only the context says is what all the tests around it say too.
    const score = matched / terms.length + terms.filter(term => title.has(term)).length;
    if (score <= most) continue;
    const unit = table.function(name, test);
    if (unit === undefined) continue;
    best = unit;
    most = score;
  }
  return best;
}

/** The title without what every title begins with; one that does not name the function gets its context in front. */
function titleQuery({ title, context }: FoundTest, target: string): ReturnType<typeof checkedQuery> {
  const plain = title
    .replace(/`/g, '')
    .replace(/\s*[([]?(?:#|gh-?|issue ?)\d+[)\]]?/gi, ' ')
    .replace(
      /^\s*(?:it |tests? |test that |that |should |must |can |ensures? (?:that )?|verif(?:y|ies) (?:that )?|checks? (?:that )?)+/i,
      '',
    )
    .replace(
      /\b(?:tests?|ok|works?(?: correctly| as expected)?|success|successfully|regression|smoke)\s*$/i,
      '',
    );
  const said = matchTerms(plain);
  const names = matchTerms(target);
  const alone = checkedQuery(plain);
  if ('text' in alone && said.intersection(names).size > 0) return alone;
  const lead = context.split(/[\s./]+/).filter(word => !plain.toLowerCase().includes(word.toLowerCase()));
  return lead.length === 0 ? alone : checkedQuery(`${lead.join(' ')} ${plain}`);
}
