import type { Language } from './language.ts';

export const python: Language = {
  id: 'python',
  name: 'Python',
  extensions: ['.py', '.pyi', '.pyw', '.pyx', '.pxd'],
  filenames: ['SConstruct', 'SConscript', 'wscript'],
  interpreters: ['python', 'python3', 'pypy', 'pypy3'],
  grammar: 'python',
  lineComment: '#',
  separator: '.',
  topQuery: `
(expression_statement (assignment left: (identifier) @name)) @unit.constant.lines2
(type_alias_statement . (type (identifier) @name)) @unit.type
(module . (comment)* . (expression_statement (string) @docstring))
`,
  query: `
(function_definition name: (identifier) @name body: (block) @body) @unit.function
(class_definition name: (identifier) @name body: (block) @body) @unit.class
(decorated_definition) @wrap
(function_definition body: (block . (expression_statement (string) @docstring)))
(class_definition body: (block . (expression_statement (string) @docstring)))
(comment) @comment
(import_statement name: [(dotted_name) @import (aliased_import name: (dotted_name) @import)]) @skip
(import_from_statement module_name: (_) @import) @skip
(future_import_statement) @skip
`,
};
