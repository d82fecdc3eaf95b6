import type { Language } from './language.ts';

export const elixir: Language = {
  id: 'elixir',
  name: 'Elixir',
  extensions: ['.ex', '.exs'],
  interpreters: ['elixir'],
  grammar: 'elixir',
  quickCompile: true,
  separator: '.',
  clauseKey: (_name, signature) => String(arity(signature)),
  keywords: {
    defmodule: 'module',
    defprotocol: 'interface',
    defimpl: 'module',
    def: 'function',
    defp: 'function',
    defmacro: 'function',
    defmacrop: 'function',
    defguard: 'function',
    defguardp: 'function',
    defdelegate: 'function',
    defn: 'function',
    defnp: 'function',
    test: 'function',
    import: 'import',
    alias: 'import',
    use: 'import',
    require: 'import',
    doc: 'doc',
    typedoc: 'doc',
    moduledoc: 'docstring',
    spec: 'attribute',
    impl: 'attribute',
    deprecated: 'attribute',
    since: 'attribute',
    tag: 'attribute',
    type: 'type',
    typep: 'type',
    opaque: 'type',
  },
  query: `
(call
  target: (identifier) @keyword
  (arguments . (alias) @name)
  (do_block) @body) @unit.keyword
(do_block (call
  target: (identifier) @keyword
  (arguments . [
    (identifier) @name
    (call target: (identifier) @name)
    (binary_operator left: (call target: (identifier) @name) operator: "when")
    (binary_operator left: (identifier) @name operator: "when")
    (binary_operator operator: _ @name)
  ])
  (do_block)? @body) @unit.keyword)
(do_block (call
  target: (identifier) @keyword
  (arguments . (string (quoted_content) @name))
  (do_block) @body) @unit.keyword)
(do_block (call target: (identifier) @keyword (arguments . (alias) @name) .) @unit.keyword)
(source (call target: (identifier) @keyword (arguments . (alias) @name) .) @unit.keyword)
(do_block (unary_operator operator: "@" operand: (call
  target: (identifier) @keyword
  (arguments . (binary_operator left: [(identifier) @name (call target: (identifier) @name)])))) @unit.keyword)
(do_block (unary_operator operator: "@" operand: (call
  target: (identifier) @keyword (arguments (_)))) @unit.keyword)
(comment) @comment
`,
};

/** Number of arguments in the head of a clause: commas outside brackets and strings. */
function arity(signature: string): number {
  const head = signature.search(/^\s*def\w*\s/m);
  if (head > 0) return arity(signature.slice(head));
  const open = signature.search(/[\w!?]\(/);
  if (open < 0) return 0;
  let depth = 0;
  let commas = 0;
  let empty = true;
  for (let at = open + 1; at < signature.length; at++) {
    const char = signature[at]!;
    if (char === '"') at = Math.max(at, signature.indexOf('"', at + 1));
    if ('([{'.includes(char)) depth++;
    else if (')]}'.includes(char) && --depth === 0) break;
    else if (depth === 1 && char === ',') commas++;
    if (depth >= 1 && char !== '(' && char.trim() !== '') empty = false;
  }
  return empty && commas === 0 ? 0 : commas + 1;
}
