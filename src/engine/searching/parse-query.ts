// Reads a query, and loads the parser of the query language only for one that uses it.

import type { QuerySyntax } from '../../core/search.ts';
import type { ParsedQuery } from '../../query/ast.ts';

/** Every query with an operator, a phrase or an expression has one of these. */
const operatorSigns = /["/:()|]|(?:^|\s)-\S|(?:^|\s)(?:NOT|AND)(?:\s|$)/;

/** Throws QuarryError `usage` for a malformed query. */
export async function parsedQuery(query: string, syntax: QuerySyntax): Promise<ParsedQuery> {
  if (syntax === 'words' || !operatorSigns.test(query))
    return { text: query, node: { kind: 'all' }, words: query, isPlain: true };
  const { parseQuery } = await import('../../query/parse.ts');
  const { languageIdOf, languageNames } = await import('../settings/languages.ts');
  return parseQuery(query, {
    languages: name => {
      const id = languageIdOf(name);
      return id === undefined ? undefined : [id];
    },
    languageNames: languageNames(),
  });
}
