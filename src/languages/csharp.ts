import type { Language } from './language.ts';

export const csharp: Language = {
  id: 'csharp',
  name: 'C#',
  extensions: ['.cs', '.csx'],
  grammar: 'c_sharp',
  quickCompile: true,
  lineComment: '//',
  separator: '.',
  topQuery: `
(file_scoped_namespace_declaration) @skip
(global_statement (local_function_statement)) @wrap
(using_directive [(identifier) (qualified_name)] @import .) @skip
`,
  query: `
(class_declaration name: (_) @name body: (_)? @body) @unit.class
(struct_declaration name: (_) @name body: (_)? @body) @unit.struct
(record_declaration name: (_) @name body: (_)? @body) @unit.class
(interface_declaration name: (_) @name body: (_)? @body) @unit.interface
(enum_declaration name: (_) @name body: (_)? @body) @unit.enum
(namespace_declaration name: (_) @name body: (_) @body) @unit.module
(method_declaration name: (_) @name body: (_)? @body) @unit.method
(constructor_declaration name: (_) @name body: (_)? @body) @unit.method
(destructor_declaration name: (_) @name body: (_)? @body) @unit.method
(operator_declaration "operator" @name operator: _ @suffix body: (_)? @body) @unit.method
(conversion_operator_declaration "operator" @name type: (_) @suffix body: (_)? @body) @unit.method
(indexer_declaration "this" @name [accessors: (_) @body value: (_) @body]) @unit.method
(property_declaration name: (_) @name accessors: (_) @body) @unit.method.lines3
(property_declaration name: (_) @name value: (arrow_expression_clause) @body) @unit.method.lines2
(event_declaration name: (_) @name accessors: (_) @body) @unit.method.lines3
(delegate_declaration name: (_) @name) @unit.type
(local_function_statement name: (_) @name body: (_)? @body) @unit.function
(comment) @comment
["#if" "#endif" "#else"] @skip
(preproc_if condition: (_) @skip)
(preproc_region) @skip
(preproc_endregion) @skip
(preproc_pragma) @skip
(preproc_nullable) @skip
`,
};
