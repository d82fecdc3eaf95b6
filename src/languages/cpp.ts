import { macroLine, preprocessorQuery } from './c.ts';
import type { Language } from './language.ts';

const name =
  '[(identifier) (field_identifier) (qualified_identifier) (operator_name) (destructor_name) (template_function)] @name';
const declarators = `
  (function_declarator declarator: ${name})
  (pointer_declarator declarator: (function_declarator declarator: ${name}))
  (reference_declarator (function_declarator declarator: ${name}))
  (pointer_declarator declarator: (pointer_declarator declarator: (function_declarator declarator: ${name})))
`;

export const cpp: Language = {
  id: 'cpp',
  name: 'C++',
  extensions: [
    '.cpp',
    '.cc',
    '.cxx',
    '.c++',
    '.hpp',
    '.hh',
    '.hxx',
    '.h++',
    '.ipp',
    '.inl',
    '.tpp',
    '.txx',
    '.cu',
    '.cuh',
    '.ino',
  ],
  claims: [
    {
      extension: '.h',
      head: /^\s*(?:class\s+\w+(?:\s+\w+)?\s*(?:final\s*)?[:{;]|namespace\b|template\s*<|using\s+\w|public\s*:|private\s*:|protected\s*:)|\bstd::|#\s*include\s*<(?:string|vector|memory|map|utility|cstd\w+|iostream|functional|type_traits|algorithm|optional)>/m,
    },
  ],
  grammar: 'cpp',
  quickCompile: true,
  separator: '::',
  lineComment: '//',
  noise: macroLine,
  topQuery: `
(declaration declarator: (init_declarator declarator: [
  (identifier) @name
  (qualified_identifier) @name
  (array_declarator declarator: (identifier) @name)
] value: (_) @body)) @unit.constant.lines2
(using_declaration) @skip
`,
  query: `
(function_definition declarator: [${declarators}] body: (_)? @body) @unit.function
(function_definition declarator: (operator_cast "operator" @name type: (_) @suffix) body: (_) @body) @unit.function

(declaration declarator: [${declarators}]) @unit.function.outer
(field_declaration declarator: [${declarators}]) @unit.method.outer
(class_specifier name: (_) @name body: (_) @body) @unit.class
(struct_specifier name: (_) @name body: (_) @body) @unit.struct
(union_specifier name: (_) @name body: (_) @body) @unit.struct
(enum_specifier name: (_) @name body: (_) @body) @unit.enum
(namespace_definition name: (_) @name body: (_) @body) @unit.module
(concept_definition name: (_) @name) @unit.type
(alias_declaration name: (_) @name) @unit.type.outer
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
]) @unit.type.outer
(declaration declarator: (init_declarator declarator: (identifier) @name value: (lambda_expression
  body: (_) @body))) @unit.function.inner3
(template_declaration) @wrap
${preprocessorQuery}
`,
};
