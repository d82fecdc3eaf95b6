import type { Language } from './language.ts';

export const php: Language = {
  id: 'php',
  name: 'PHP',
  extensions: ['.php', '.phtml', '.php3', '.php4', '.php5', '.inc'],
  interpreters: ['php'],
  grammar: 'php',
  lineComment: '//',
  separator: '\\',
  memberSeparator: '::',
  topQuery: `
(const_declaration (const_element (name) @name)) @unit.constant.lines2
(expression_statement (assignment_expression left: (variable_name (name) @name)) @unit.constant.lines2)
(php_tag) @skip
(namespace_definition !body) @skip
(declare_statement) @skip
(namespace_use_declaration !body (namespace_use_clause . (_) @import)) @skip
(namespace_use_declaration (namespace_name) @import body: (_)) @skip
(expression_statement [
  (require_once_expression (string (string_content) @import))
  (require_expression (string (string_content) @import))
  (include_expression (string (string_content) @import))
  (include_once_expression (string (string_content) @import))
]) @skip
`,
  query: `
(class_declaration name: (name) @name body: (_) @body) @unit.class
(interface_declaration name: (name) @name body: (_) @body) @unit.interface
(trait_declaration name: (name) @name body: (_) @body) @unit.trait
(enum_declaration name: (name) @name body: (_) @body) @unit.enum
(namespace_definition name: (_) @name body: (_) @body) @unit.module
(function_definition name: (name) @name body: (_) @body) @unit.function
(method_declaration name: (name) @name body: (_)? @body) @unit.method
(assignment_expression
  left: (variable_name (name) @name)
  right: (_ body: (_) @body)) @unit.function.inner3
(comment) @comment
`,
};
