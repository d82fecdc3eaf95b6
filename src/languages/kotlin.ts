import type { Language } from './language.ts';

const owner = `[
  (user_type . (identifier) @owner)
  (nullable_type (user_type . (identifier) @owner))
  (parenthesized_type (user_type . (identifier) @owner))
]`;

export const kotlin: Language = {
  id: 'kotlin',
  name: 'Kotlin',
  extensions: ['.kt', '.kts', '.ktm'],
  interpreters: ['kotlin', 'kotlinc'],
  grammar: 'kotlin',
  quickCompile: true,
  lineComment: '//',
  separator: '.',
  topQuery: `
(property_declaration (variable_declaration (identifier) @name)) @unit.constant.lines2
(shebang) @comment
(package_header) @skip
(file_annotation) @skip
(import (qualified_identifier) @import) @skip
`,
  query: `
(class_declaration "interface" name: (_) @name (class_body)? @body) @unit.interface
(class_declaration name: (_) @name (enum_class_body) @body) @unit.enum
(class_declaration "class" name: (_) @name (class_body)? @body) @unit.class
(object_declaration name: (_) @name (class_body)? @body) @unit.class
(companion_object name: (_) @name (class_body)? @body) @unit.class
(companion_object (class_body)? @body (#set! name "companion")) @unit.class
(function_declaration ${owner} . name: (_) @name (function_body)? @body) @unit.function
(function_declaration name: (_) @name (function_body)? @body) @unit.function
(secondary_constructor (block)? @body (#set! name "constructor")) @unit.method
(anonymous_initializer (block) @body (#set! name "init")) @unit.method.lines3
(property_declaration (variable_declaration (identifier) @name) [(getter) (setter)] @body) @unit.method.lines3
(type_alias type: (_) @name) @unit.type
(line_comment) @comment
(block_comment) @comment
`,
};
