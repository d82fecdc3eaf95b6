import { scriptLead, scriptNoise, scriptOwnerNoise, scriptQuery, scriptTopQuery } from './javascript.ts';
import type { Language } from './language.ts';

const query = `${scriptQuery}
(abstract_class_declaration name: (_) @name body: (_) @body) @unit.class
(interface_declaration name: (_) @name body: (_) @body) @unit.interface
(type_alias_declaration name: (_) @name value: (_) @body) @unit.type
(enum_declaration name: (_) @name body: (_) @body) @unit.enum
(internal_module name: (_) @name body: (_) @body) @unit.module
(module name: [(identifier) (nested_identifier) (string (string_fragment) @name)] body: (_) @body) @unit.module
(module name: [(identifier) (nested_identifier)] @name body: (_) @body) @unit.module
(function_signature name: (_) @name) @unit.function
(method_signature name: (_) @name) @unit.method
(abstract_method_signature name: (_) @name) @unit.method
(public_field_definition name: (_) @name value: (_ body: (_) @body)) @unit.method
(class_body (decorator) @attribute)
(ambient_declaration) @wrap
(expression_statement (internal_module)) @wrap
`;

const topQuery = `${scriptTopQuery}
(ambient_declaration "declare" @skip "global" @skip)
(import_statement (import_require_clause source: (string) @import)) @skip
`;

const shared = {
  separator: '.',
  keywords: { require: 'import' },
  ownerNoise: scriptOwnerNoise,
  fileDoc: /^\/\*\*[\s\S]*?@(?:file|fileoverview|module|packageDocumentation)\b/,
  lead: scriptLead,
  lineComment: '//',
  noise: scriptNoise,
  query,
  topQuery,
} as const;

export const typescript: Language = {
  ...shared,
  id: 'typescript',
  name: 'TypeScript',
  extensions: ['.ts', '.mts', '.cts'],
  interpreters: ['ts-node', 'tsx'],
  grammar: 'typescript',
};

export const tsx: Language = {
  ...shared,
  id: 'tsx',
  name: 'TSX',
  extensions: ['.tsx'],
  grammar: 'tsx',
};
