import type { QuerySyntax } from '../../core/search.ts';
import type { ParsedQuery } from '../../query/ast.ts';

/** What no query with an operator, a phrase or an expression is without. */
const signs = /["/:()|]|(?:^|\s)-\S|(?:^|\s)(?:NOT|AND)(?:\s|$)/;

/** Reads a query. The parser is only loaded where there is something to parse. Throws QuarryError `usage`. */
export async function parsed(query: string, syntax: QuerySyntax): Promise<ParsedQuery> {
  if (syntax === 'words' || !signs.test(query))
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
