import type { Language } from './language.ts';

const clause = `[
  (signature name: (_) @name)
  (signature names: (binding_list (_) @name))
  (function name: (_) @name)
  (function (infix operator: [(operator) (infix_id (_))] @name))
  (bind name: (_) @name)
]`;

export const haskell: Language = {
  id: 'haskell',
  name: 'Haskell',
  extensions: ['.hs', '.hsc', '.lhs'],
  interpreters: ['runghc', 'runhaskell', 'stack'],
  grammar: 'haskell',
  separator: '.',
  clauseKey: name => name,
  docAfter: /^(?:--|\{-)\s*\^/,
  topDepth: 2,
  topQuery: `
${clause} @unit.function
(header) @skip
(fixity) @skip
(import module: (_) @import) @skip
`,
  query: `
(class_declarations ${clause} @unit.function)
(instance_declarations ${clause} @unit.function)
(data_type name: (_) @name) @unit.type
(newtype name: (_) @name) @unit.type
(type_synomym name: (_) @name) @unit.type
(type_family name: (_) @name) @unit.type
(data_family name: (_) @name) @unit.type
(class name: (_) @name declarations: (_)? @body) @unit.class
(instance name: (_) @name patterns: (_)? @suffix declarations: (_)? @body) @unit.class
(pattern_synonym (equation synonym: (_ . (_) @name))) @unit.function
(comment) @comment
(haddock) @comment
(pragma) @comment
`,
};
