/** A call as it is written. */
export interface Call {
  /** Last part of the callee: `join` of `os.path.join(…)`. */
  name: string;
  /** What stands before it, without `self` and `this`: `os.path`; empty if nothing does. */
  qualifier: string;
}

/** Words before a parenthesis that call nothing, in any of the languages of the benchmarks; qualified ones do. */
const noCalls: ReadonlySet<string> = new Set(
  (
    'if for foreach while switch catch return function func fn def class new with elif else except lambda and or not ' +
    'in is print sizeof typeof using lock when match unless until assert raise throw yield await super where select ' +
    'values insert into from join on as set case then exists between like over'
  ).split(' '),
);

const callee = /([A-Za-z_$][\w$]*(?:\s*(?:\.|::|->|\?\.)\s*[A-Za-z_$][\w$]*)*)\s*\(/g;
const definition =
  /\b(?:def|function|func|fn|sub|fun)\s+(?:self\.)?([A-Za-z_$][\w$]*)|\b(?:const|let|var)\s+([A-Za-z_$][\w$]*)\s*=\s*(?:async\s*)?(?:function\b|\([^()]*\)\s*=>|[\w$]+\s*=>)|\b[\w$>\]]+[\s&*]+([A-Za-z_$][\w$]*)\s*\([^()]*\)\s*(?:throws\s[\w\s,.]+)?\{/g;

/** Names of the functions a text defines, in order. By regular expressions: some are missed, some are none. */
export function definedNames(text: string): string[] {
  return [...text.matchAll(definition)]
    .map(match => (match[1] ?? match[2] ?? match[3])!)
    .filter(name => !noCalls.has(name));
}

/** Calls of a text, in order, those of functions it defines itself left out. */
export function callsOf(text: string, defined: readonly string[]): Call[] {
  const own = new Set(defined);
  const calls: Call[] = [];
  for (const [, path] of text.matchAll(callee)) {
    const parts = path!
      .split(/\s*(?:\.|::|->|\?\.)\s*/)
      .filter((part, i) => i > 0 || (part !== 'self' && part !== 'this'));
    const name = parts.pop();
    if (name === undefined || own.has(name)) continue;
    if (parts.length === 0 && noCalls.has(name.toLowerCase())) continue;
    calls.push({ name, qualifier: parts.join('.') });
  }
  return calls;
}

/** The first comment or docstring of a text; empty if it has none. */
export function leadingComment(text: string): string {
  const match =
    /"""([\s\S]*?)"""|'''([\s\S]*?)'''|\/\*([\s\S]*?)\*\/|((?:^[ \t]*(?:\/\/|#|--).*(?:\n|$))+)/m.exec(text);
  return match ? (match[1] ?? match[2] ?? match[3] ?? match[4] ?? '') : '';
}
