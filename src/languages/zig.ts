import type { Language } from './language.ts';

export const zig: Language = {
  id: 'zig',
  name: 'Zig',
  extensions: ['.zig', '.zon'],
  grammar: 'zig',
  lineComment: '//',
  separator: '.',
  fileDoc: /^\/\/!/,
  keywords: { '@import': 'import' },
  topQuery: `
(variable_declaration . (identifier) @name) @unit.constant.lines2
(variable_declaration (builtin_function (builtin_identifier) @keyword (arguments . (string (string_content) @name)))) @unit.keyword
(variable_declaration (field_expression (builtin_function
  (builtin_identifier) @keyword (arguments . (string (string_content) @name))))) @unit.keyword
`,
  query: `
(function_declaration name: (identifier) @name body: (_)? @body) @unit.function
(variable_declaration (identifier) @name . (struct_declaration "{" @body)) @unit.struct
(variable_declaration (identifier) @name . (union_declaration "{" @body)) @unit.struct
(variable_declaration (identifier) @name . (opaque_declaration "{" @body)) @unit.struct
(variable_declaration (identifier) @name . (enum_declaration "{" @body)) @unit.enum
(variable_declaration (identifier) @name . (error_set_declaration "{" @body)) @unit.enum
(test_declaration [(identifier) (string (string_content))] @name (block) @body) @unit.function
(test_declaration . (block) @body (#set! name "test")) @unit.function
(comment) @comment
`,
};
