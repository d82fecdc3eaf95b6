/** Read by the model at the start of every session: short, and nothing the tools' own descriptions say. */
export const instructions = `Quarry searches the code of this project by meaning and by words, with exact lines.
- Where or how something is done: search_code with plain words ("retry failed uploads"). Its code is often enough; read_code shows more.
- A known name: find_symbol. More code like a place: find_related. Nothing found although it must be there: index_status.
- Places are path:first-last, 1-based. "still indexing" means: results are partial, ask again later.
Query language of search_code (all optional, combined with AND):
- words rank; "exact phrase" and /regex/ must occur; -word or -"phrase" excludes; a or b; ( ) groups
- lang:go  path:src/**  file:*.test.ts  repo:name@branch
- sym:Client.send (a definition's name)  kind:function|method|class|interface|type|…
- is:test, is:docs, is:generated, is:vendored, -is:test; case:yes
- content:text takes text that would look like an operator`;
