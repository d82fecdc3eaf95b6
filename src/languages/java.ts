import type { Language } from './language.ts';

export const java: Language = {
  id: 'java',
  name: 'Java',
  extensions: ['.java'],
  grammar: 'java',
  lineComment: '//',
  separator: '.',
  topQuery: `
(package_declaration) @skip
(import_declaration . (_) @import) @skip
`,
  query: `
(class_declaration name: (identifier) @name body: (_) @body) @unit.class
(record_declaration name: (identifier) @name body: (_) @body) @unit.class
(interface_declaration name: (identifier) @name body: (_) @body) @unit.interface
(annotation_type_declaration name: (identifier) @name body: (_) @body) @unit.interface
(enum_declaration name: (identifier) @name body: (_) @body) @unit.enum
(method_declaration name: (identifier) @name body: (_)? @body) @unit.method
(constructor_declaration name: (identifier) @name body: (_) @body) @unit.method
(compact_constructor_declaration name: (identifier) @name body: (_) @body) @unit.method
(line_comment) @comment
(block_comment) @comment
`,
};
