import type { Language } from './language.ts';

export const swift: Language = {
  id: 'swift',
  name: 'Swift',
  extensions: ['.swift'],
  interpreters: ['swift'],
  grammar: 'swift',
  quickCompile: true,
  lineComment: '//',
  noise: /^\s*(?:#(?:if|elseif|else|endif)\b|(?:@\w+\s+|public\s+)?import\s)/,
  separator: '.',
  topQuery: `
(property_declaration name: (pattern bound_identifier: (_) @name)) @unit.constant.lines2
(shebang_line) @comment
(import_declaration (identifier) @import) @skip
`,
  query: `
(class_declaration declaration_kind: ["class" "actor"] name: (_) @name body: (_) @body) @unit.class
(class_declaration declaration_kind: "struct" name: (_) @name body: (_) @body) @unit.struct
(class_declaration declaration_kind: "enum" name: (_) @name body: (_) @body) @unit.enum
(class_declaration declaration_kind: "extension" name: (_) @name body: (_) @body) @scope
(protocol_declaration name: (_) @name body: (_) @body) @unit.interface
(function_declaration name: (_) @name body: (_)? @body) @unit.function
(protocol_function_declaration name: (_) @name) @unit.method
(init_declaration name: "init" @name body: (_)? @body) @unit.method
(deinit_declaration "deinit" @name body: (_)? @body) @unit.method
(subscript_declaration "subscript" @name (computed_property)? @body) @unit.method
(property_declaration name: (pattern bound_identifier: (_) @name)
  computed_value: (computed_property) @body) @unit.method.lines3
(typealias_declaration name: (type_identifier) @name) @unit.type.outer
(macro_declaration (simple_identifier) @name) @unit.function
(comment) @comment
(multiline_comment) @comment
(directive) @skip
`,
};
