import type { Language } from './language.ts';

/** Patterns that JavaScript and TypeScript share; class bodies and type declarations differ. */
export const scriptQuery = `
(function_declaration name: (_) @name body: (_) @body) @unit.function
(generator_function_declaration name: (_) @name body: (_) @body) @unit.function
(class_declaration name: (_) @name body: (_) @body) @unit.class
(method_definition name: (_) @name body: (_) @body) @unit.method
(variable_declarator name: (identifier) @name value: (class body: (_) @body)) @unit.class
(variable_declarator name: (identifier) @name value: (_ body: (_) @body)) @unit.function.inner3
(assignment_expression
  left: [(identifier) @name (member_expression object: [(identifier) (member_expression) (this)] @owner property: (_) @name)]
  right: (class body: (_) @body)) @unit.class
(assignment_expression
  left: [(identifier) @name (member_expression object: [(identifier) (member_expression) (this)] @owner property: (_) @name)]
  right: (_ body: (_) @body)) @unit.function.inner3
(pair key: [(property_identifier) (string)] @name value: (_ body: (_) @body)) @unit.method.lines3
(export_statement) @wrap
(comment) @comment
`;

/** Top-level patterns that JavaScript and TypeScript share. */
export const scriptTopQuery = `
(export_statement value: (class body: (_) @body) (#set! name "default")) @unit.class
(export_statement value: (_ body: (_) @body) (#set! name "default")) @unit.function
(export_statement value: [(object) (call_expression)] (#set! name "default")) @unit.constant.lines2
(lexical_declaration (variable_declarator name: (identifier) @name) @unit.constant.lines2)
(variable_declaration (variable_declarator name: (identifier) @name) @unit.constant.lines2)
(export_statement declaration: (lexical_declaration (variable_declarator name: (identifier) @name) @unit.constant))
(expression_statement (assignment_expression
  left: (member_expression property: (_) @name) right: (object)) @unit.constant.lines2)
(lexical_declaration (variable_declarator value: [
  (call_expression function: (identifier) @keyword arguments: (arguments . (string (string_fragment) @name)))
  (member_expression object: (call_expression
    function: (identifier) @keyword arguments: (arguments . (string (string_fragment) @name))))
])) @unit.keyword
(variable_declaration (variable_declarator value: [
  (call_expression function: (identifier) @keyword arguments: (arguments . (string (string_fragment) @name)))
  (member_expression object: (call_expression
    function: (identifier) @keyword arguments: (arguments . (string (string_fragment) @name))))
])) @unit.keyword
(expression_statement (call_expression
  function: (identifier) @keyword arguments: (arguments . (string (string_fragment) @name)))) @unit.keyword
(expression_statement . (string) .) @skip
(import_statement source: (string) @import) @skip
(export_statement source: (string) @import) @skip
(hash_bang_line) @comment
`;

/** Exports of a name that is defined elsewhere, and directives. */
export const scriptNoise: RegExp =
  /^\s*(?:export default [\w$.]+;?|module\.exports(?:\.default)? = [\w$.]+;?|exports\.[\w$]+ = [\w$.]+;?|['"]use \w+['"];?)\s*$/;

/** What belongs to a variable's unit beside its name and value. */
export const scriptLead: RegExp = /(?:\bexport\s+)?(?:\bdeclare\s+)?\b(?:const|let|var)\s+$/;

/** What does not belong into a name on the left of an assignment: `module.exports.x`, `Foo.prototype.x`. */
export const scriptOwnerNoise: RegExp = /\b(?:module|exports|prototype|this|self|window|globalThis)\b\.?/g;

export const javascript: Language = {
  id: 'javascript',
  name: 'JavaScript',
  extensions: ['.js', '.mjs', '.cjs', '.jsx', '.es6'],
  filenames: ['Jakefile'],
  interpreters: ['node', 'bun', 'deno'],
  grammar: 'javascript',
  separator: '.',
  keywords: { require: 'import' },
  ownerNoise: scriptOwnerNoise,
  fileDoc: /^\/\*\*[\s\S]*?@(?:file|fileoverview|module|packageDocumentation)\b/,
  lead: scriptLead,
  lineComment: '//',
  noise: scriptNoise,
  topQuery: scriptTopQuery,
  query: `${scriptQuery}
(field_definition property: (_) @name value: (_ body: (_) @body)) @unit.method
`,
};
