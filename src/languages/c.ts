import type { Language } from './language.ts';

/** Preprocessor patterns that C and C++ share: guards and conditionals are no content. */
export const preprocessorQuery = `
(preproc_function_def name: (identifier) @name value: (_) @body) @unit.constant
(preproc_def name: (identifier) @name value: (_) @body) @unit.constant.lines2
(preproc_def !value) @skip
(preproc_call) @skip
(preproc_ifdef ["#ifdef" "#ifndef"] @skip name: (identifier) @skip)
(preproc_if "#if" @skip condition: (_) @skip)
(preproc_elif "#elif" @skip condition: (_) @skip)
["#else" "#endif"] @skip
(preproc_include path: (_) @import) @skip
(linkage_specification "extern" @skip value: (_) @skip)
(comment) @comment
`;

/** A macro by itself: `BEGIN_NAMESPACE`, `G_DEFINE_TYPE(x)`, `}` and what is left of `extern "C" {`. */
export const macroLine: RegExp = /^\s*(?:[A-Z][A-Z0-9_]*(?:\([^)]*\))?;?|[{}];?)\s*(?:\/[/*].*)?$/;

export const c: Language = {
  id: 'c',
  name: 'C',
  extensions: ['.c', '.h', '.idc'],
  interpreters: ['tcc'],
  grammar: 'c',
  separator: '.',
  lineComment: '//',
  noise: macroLine,
  topQuery: `
(declaration declarator: (init_declarator declarator: [
  (identifier) @name
  (array_declarator declarator: (identifier) @name)
  (pointer_declarator declarator: (identifier) @name)
  (array_declarator declarator: (array_declarator declarator: (identifier) @name))
  (pointer_declarator declarator: (array_declarator declarator: (identifier) @name))
] value: (_) @body)) @unit.constant.lines2
`,
  query: `
(function_definition declarator: [
  (function_declarator declarator: (identifier) @name)
  (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))
  (pointer_declarator declarator: (pointer_declarator declarator: (function_declarator
    declarator: (identifier) @name)))
] body: (_) @body) @unit.function
(function_definition declarator: (function_declarator
  declarator: (parenthesized_declarator (identifier) @name)) body: (_) @body) @unit.function
(declaration declarator: [
  (function_declarator declarator: (identifier) @name)
  (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))
  (pointer_declarator declarator: (pointer_declarator declarator: (function_declarator
    declarator: (identifier) @name)))
]) @unit.function.outer
(struct_specifier name: (_) @name body: (_) @body) @unit.struct
(union_specifier name: (_) @name body: (_) @body) @unit.struct
(enum_specifier name: (_) @name body: (_) @body) @unit.enum
(type_definition type: [
  (struct_specifier body: (_) @body)
  (union_specifier body: (_) @body)
] declarator: (type_identifier) @name) @unit.struct
(type_definition type: (enum_specifier body: (_) @body) declarator: (type_identifier) @name) @unit.enum
(type_definition declarator: [
  (type_identifier) @name
  (pointer_declarator declarator: (type_identifier) @name)
  (function_declarator declarator: (parenthesized_declarator
    (pointer_declarator declarator: (type_identifier) @name)))
]) @unit.type
${preprocessorQuery}
`,
};
