import type { Language } from './language.ts';

export const go: Language = {
  id: 'go',
  name: 'Go',
  extensions: ['.go'],
  grammar: 'go',
  lineComment: '//',
  noise: /^\s*(?:(?:type|const|var)\s*\(|\))\s*$/,
  separator: '.',
  fileDoc: /^(?:\/\/|\/\*)\s*(?:Package|Command) /,
  topQuery: `
(var_declaration (var_spec
  name: (identifier) @name value: (expression_list (func_literal body: (_) @body)))) @unit.function
(var_declaration (var_spec name: (identifier) @name)) @unit.constant.lines2
(const_declaration . (const_spec name: (identifier) @name)) @unit.constant.lines2
(package_clause) @skip
(import_declaration (import_spec path: (_) @import))
(import_declaration (import_spec_list (import_spec path: (_) @import)))
(import_declaration) @skip
`,
  query: `
(function_declaration name: (identifier) @name body: (_)? @body) @unit.function
(method_declaration
  receiver: (parameter_list (parameter_declaration type: [
    (type_identifier) @owner
    (generic_type type: (type_identifier) @owner)
    (pointer_type (type_identifier) @owner)
    (pointer_type (generic_type type: (type_identifier) @owner))
  ]))
  name: (field_identifier) @name
  body: (_)? @body) @unit.method
(type_spec name: (type_identifier) @name type: (struct_type (field_declaration_list) @body)) @unit.struct
(type_spec name: (type_identifier) @name type: (interface_type "{" @body)) @unit.interface
(type_spec name: (type_identifier) @name) @unit.type
(type_alias name: (type_identifier) @name) @unit.type
(type_declaration) @wrap
(comment) @comment
`,
};
