import type { Language } from './language.ts';

export const scala: Language = {
  id: 'scala',
  name: 'Scala',
  extensions: ['.scala', '.sc', '.sbt', '.mill'],
  interpreters: ['scala', 'amm'],
  grammar: 'scala',
  lineComment: '//',
  separator: '.',
  topQuery: `
(package_clause !body) @skip
(import_declaration) @import @skip
`,
  query: `
(class_definition name: (_) @name body: (_)? @body) @unit.class
(object_definition name: (_) @name body: (_)? @body) @unit.class
(package_object name: (_) @name body: (_)? @body) @unit.module
(trait_definition name: (_) @name body: (_)? @body) @unit.trait
(enum_definition name: (_) @name body: (_) @body) @unit.enum
(function_definition name: (_) @name body: (_) @body) @unit.function
(function_declaration name: (_) @name) @unit.function
(given_definition name: (_) @name body: (_)? @body) @unit.constant
(type_definition name: (_) @name) @unit.type.outer
(val_definition pattern: (identifier) @name value: (_) @body) @unit.constant.lines2.outer
(extension_definition parameters: (parameters (parameter type: [
  (type_identifier) @name
  (generic_type type: (_) @name)
]))) @scope
(comment) @comment
(block_comment) @comment
`,
};
