import type { Language } from './language.ts';

export const lua: Language = {
  id: 'lua',
  name: 'Lua',
  extensions: ['.lua', '.luau', '.rockspec', '.wlua'],
  filenames: ['.luacheckrc'],
  interpreters: ['lua', 'luajit', 'lua5.1', 'lua5.3', 'lua5.4'],
  grammar: 'lua',
  separator: '.',
  memberSeparator: ':',
  staticSeparator: '.',
  keywords: { require: 'import' },
  lead: /\blocal\s+$/,
  topQuery: `
(assignment_statement (variable_list . name: (_) @name)) @unit.constant.lines2
(variable_declaration (assignment_statement (variable_list . name: (identifier) @name)) @unit.constant.lines2)
(variable_declaration (assignment_statement (expression_list . value: (function_call
  name: (identifier) @keyword
  arguments: (arguments (string content: (_) @name)))))) @unit.keyword
(hash_bang_line) @comment
`,
  query: `
(function_declaration name: (identifier) @name body: (_)? @body) @unit.function
(function_declaration name: (dot_index_expression table: (_) @owner field: (_) @name) body: (_)? @body) @unit.function.static
(function_declaration name: (method_index_expression table: (_) @owner method: (_) @name) body: (_)? @body) @unit.method
(assignment_statement
  (variable_list . name: (identifier) @name)
  (expression_list . value: (function_definition body: (_)? @body))) @unit.function.inner3
(assignment_statement
  (variable_list . name: (dot_index_expression table: (_) @owner field: (_) @name))
  (expression_list . value: (function_definition body: (_)? @body))) @unit.function.static
(field name: (identifier) @name value: (function_definition body: (_)? @body)) @unit.function.static.lines3
(comment) @comment
`,
};
