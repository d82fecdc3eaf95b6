import type { Language } from './language.ts';

const typeName = `[
  (type_identifier) @name
  (primitive_type) @name
  (scoped_type_identifier name: (type_identifier) @name)
  (generic_type type: [(type_identifier) @name (scoped_type_identifier name: (type_identifier) @name)])
  (reference_type type: [(type_identifier) @name (generic_type type: (type_identifier) @name)])
  (dynamic_type trait: (_) @name)
]`;

export const rust: Language = {
  id: 'rust',
  name: 'Rust',
  extensions: ['.rs'],
  interpreters: ['rust-script'],
  grammar: 'rust',
  separator: '::',
  fileDoc: /^(?:\/\/!|\/\*!)/,
  lineComment: '//',
  topQuery: `
(const_item name: (_) @name value: (_) @body) @unit.constant.lines2
(static_item name: (_) @name value: (_) @body) @unit.constant.lines2
(mod_item !body) @skip
(inner_attribute_item) @skip
(attribute_item) @skip
(extern_crate_declaration name: (_) @import) @skip
(use_declaration argument: [
  (use_as_clause path: (_) @import)
  (use_wildcard (_) @import)
  (scoped_use_list path: (_) @import)
  (scoped_identifier) @import
  (identifier) @import
]) @skip
(use_declaration) @skip
`,
  query: `
(function_item name: (_) @name body: (_) @body) @unit.function
(function_signature_item name: (_) @name) @unit.function
(struct_item name: (_) @name body: (field_declaration_list)? @body) @unit.struct
(union_item name: (_) @name body: (_) @body) @unit.struct
(enum_item name: (_) @name body: (_) @body) @unit.enum
(trait_item name: (_) @name body: (_) @body) @unit.trait
(type_item name: (_) @name) @unit.type.outer
(mod_item name: (_) @name body: (_) @body) @unit.module
(macro_definition name: (_) @name . (macro_rule)? @body) @unit.function
(impl_item type: ${typeName} body: (_)? @body) @scope
(attribute_item) @attribute
(line_comment) @comment
(block_comment) @comment
`,
};
