import type { Candidate } from '../dataset.ts';
import { callsOf, definedNames, leadingComment } from './calls.ts';
import { type Postings, TermIndexBuilder, termsOf } from './term-index.ts';
import { CosineSearch } from './tfidf.ts';

/** Stems without stop words, for code, queries and API documents alike. */
export const codeHowAnalysis = { stem: true, stopWords: true } as const;

/** An API a query may refer to. */
export interface PotentialApi {
  name: string;
  /** Mean of the cosines of the query with the API's name and with its description, in (0, 1]. */
  similarity: number;
  /** Terms of its name and description: the words of a query that it stands for. */
  terms: ReadonlySet<string>;
}

interface Api {
  documents: number[];
  frequencies: number[];
  /** Names through which it is called. */
  qualifiers: Set<string>;
}

/** Longest description that is kept, in characters: a doc comment's first lines say what a function does. */
const maxDescription = 600;

/** Collects what a collection calls, and what it says of the functions it defines. */
export class ApiCollector {
  private readonly apis: Map<string, Api> = new Map();
  private readonly descriptions: Map<string, string> = new Map();
  private readonly most: number[] = [];

  /** Adds the calls of a candidate, which has the number `document`; numbers ascend. Returns its definitions and calls. */
  add(candidate: Candidate, document: number): { defined: string[]; called: string[] } {
    const { text, name } = candidate;
    const found = definedNames(text);
    const defined = name !== undefined && !found.includes(name) ? [name, ...found] : found;
    if (defined[0] !== undefined && !this.descriptions.has(defined[0]))
      this.descriptions.set(defined[0], leadingComment(text).slice(0, maxDescription));
    const counts = new Map<string, number>();
    const calls = callsOf(text, defined);
    for (const { name: callee, qualifier } of calls) {
      let api = this.apis.get(callee);
      if (!api) this.apis.set(callee, (api = { documents: [], frequencies: [], qualifiers: new Set() }));
      if (qualifier !== '' && api.qualifiers.size < 20) api.qualifiers.add(qualifier);
      counts.set(callee, (counts.get(callee) ?? 0) + 1);
    }
    let most = 0;
    for (const [callee, n] of counts) {
      const api = this.apis.get(callee)!;
      api.documents.push(document);
      api.frequencies.push(n);
      most = Math.max(most, n);
    }
    this.most[document] = most;
    return { defined, called: calls.map(call => `${call.qualifier} ${call.name}`) };
  }

  finish(): ApiCatalog {
    return new ApiCatalog(this.apis, this.descriptions, Int32Array.from(this.most));
  }
}

/** The APIs of a collection, to be found by name and description. */
export class ApiCatalog {
  /** Calls of the API a candidate calls most often, by candidate. */
  readonly most: Int32Array;
  private readonly apis: ReadonlyMap<string, Api>;
  private readonly names: CosineSearch;
  private readonly descriptions: CosineSearch;
  private readonly described: (name: string) => string;

  constructor(apis: ReadonlyMap<string, Api>, descriptions: ReadonlyMap<string, string>, most: Int32Array) {
    this.apis = apis;
    this.most = most;
    this.described = name => [...apis.get(name)!.qualifiers, descriptions.get(name) ?? ''].join(' ');
    const names = new TermIndexBuilder(codeHowAnalysis);
    const texts = new TermIndexBuilder(codeHowAnalysis);
    for (const name of apis.keys()) {
      names.add(name, name);
      texts.add(name, this.described(name));
    }
    this.names = new CosineSearch(names.finish(), true);
    this.descriptions = new CosineSearch(texts.finish(), true);
  }

  /** The `count` APIs most like a query, best first. */
  find(query: string, count: number): PotentialApi[] {
    const found = new Map<string, number>();
    for (const search of [this.names, this.descriptions]) {
      for (const { id, score } of search.search(query, 1000)) found.set(id, (found.get(id) ?? 0) + score / 2);
    }
    return [...found]
      .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
      .slice(0, count)
      .map(([name, similarity]) => ({
        name,
        similarity: Math.min(1, similarity),
        terms: new Set(termsOf(`${name} ${this.described(name)}`, codeHowAnalysis)),
      }));
  }

  /** Candidates that call an API, and how often. */
  postings(name: string): Postings {
    const { documents, frequencies } = this.apis.get(name)!;
    return { documents: Int32Array.from(documents), frequencies: Int32Array.from(frequencies) };
  }
}
