import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { stem } from '../../src/core/stem.ts';
import { type MemoryDocument, snapshotOf } from '../../src/engine/memory-index.ts';
import { bm25f, weights } from '../../src/engine/parameters.ts';
import { Retriever } from '../../src/engine/retrieve.ts';

/** A pool of code snippets and queries with one or more right answers in it. */
export interface Pool {
  name: string;
  documents: Array<MemoryDocument & { path: string }>;
  queries: Array<{ text: string; relevant: Set<string> }>;
  /** MRR of a plain BM25 as the README of the data gives it, made by other hands; for the test split. */
  quoted?: number;
}

function rows<T>(file: string): T[] {
  return gunzipSync(readFileSync(file))
    .toString('utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as T);
}

/** CoSQA: web queries against the whole pool of 6,267 Python functions, docstrings kept or cut out. */
export function loadCosqa(data: string, split: 'dev' | 'test', withDoc: boolean): Pool {
  const codes = rows<{ id: number; code: string; code_with_doc: string }>(
    join(data, 'cosqa/codebase.jsonl.gz'),
  );
  const queries = rows<{ query: string; relevant: number[] }>(join(data, `cosqa/queries.${split}.jsonl.gz`));
  return {
    name: `cosqa ${split}, docstring ${withDoc ? 'kept' : 'removed'}`,
    documents: codes.map(c => ({
      path: nameOf(c.id),
      text: withDoc ? c.code_with_doc : c.code,
      language: 'python',
    })),
    queries: queries.map(q => ({ text: q.query, relevant: new Set(q.relevant.map(nameOf)) })),
    ...(split === 'test' ? { quoted: withDoc ? 0.346 : 0.229 } : {}),
  };
}

/** 30 seconds of code: the first sentence of each description against all 660 snippets. */
export function loadThirtySeconds(data: string): Pool {
  const pairs = rows<{ query: string; code: string; lang: string }>(
    join(data, 'thirty_seconds/pairs.jsonl.gz'),
  );
  return {
    name: '30 seconds of code',
    documents: pairs.map((p, i) => ({ path: nameOf(i), text: p.code, language: p.lang })),
    queries: pairs.map((p, i) => ({ text: p.query, relevant: new Set([nameOf(i)]) })),
    quoted: 0.405,
  };
}

/** Reciprocal rank of the first right answer; 0 if it is not in the list. Ties count against the system. */
export function reciprocalRank(
  ranked: ReadonlyArray<{ path: string; score: number }>,
  relevant: ReadonlySet<string>,
): number {
  const at = ranked.findIndex(hit => relevant.has(hit.path));
  if (at < 0) return 0;
  let last = at;
  while (last + 1 < ranked.length && ranked[last + 1]!.score === ranked[at]!.score) last++;
  return 1 / (last + 1);
}

/** Reciprocal ranks of Quarry's engine, one per query. */
export async function quarryRanks(pool: Pool): Promise<number[]> {
  const retriever = new Retriever(await snapshotOf(pool.documents));
  return pool.queries.map(({ text, relevant }) => {
    const { hits } = retriever.retrieve(text, {
      limit: 1000,
      perFile: 1,
      parameters: bm25f,
      weights,
      candidates: 1000,
    });
    return reciprocalRank(hits, relevant);
  });
}

/** Plain BM25 (k1 1.2, b .75) over whole snippets: split identifiers without stems, one field. The baseline. */
export function bm25Ranks(pool: Pool, terms: (text: string) => string[] = plainTerms): number[] {
  const postings = new Map<string, Array<[number, number]>>();
  const lengths: number[] = [];
  pool.documents.forEach((document, d) => {
    const counts = new Map<string, number>();
    const list = terms(document.text);
    for (const term of list) counts.set(term, (counts.get(term) ?? 0) + 1);
    for (const [term, n] of counts) {
      const known = postings.get(term);
      if (known) known.push([d, n]);
      else postings.set(term, [[d, n]]);
    }
    lengths.push(list.length);
  });
  const average = lengths.reduce((a, b) => a + b, 0) / lengths.length;
  const n = pool.documents.length;
  return pool.queries.map(({ text, relevant }) => {
    const scores = new Float64Array(n);
    for (const term of terms(text)) {
      const list = postings.get(term) ?? [];
      const idf = Math.log(1 + (n - list.length + 0.5) / (list.length + 0.5));
      for (const [d, tf] of list)
        scores[d]! += (idf * tf * 2.2) / (tf + 1.2 * (0.25 + (0.75 * lengths[d]!) / average));
    }
    const ranked = [...scores.keys()]
      .filter(d => scores[d]! > 0)
      .sort((a, b) => scores[b]! - scores[a]!)
      .map(d => ({ path: pool.documents[d]!.path, score: scores[d]! }));
    return reciprocalRank(ranked, relevant);
  });
}

/** Words split at case changes and underscores, lower-cased, not stemmed: the usual baseline. */
function plainTerms(text: string): string[] {
  return (text.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g) ?? []).map(word => word.toLowerCase());
}

/** The same with stems: the stronger baseline. */
export function stemmedTerms(text: string): string[] {
  return plainTerms(text).map(stem);
}

/** A path for the n-th snippet that no query word can match. */
function nameOf(n: number): string {
  return `zq${n.toString(26).replace(/\d/g, digit => 'qrstuvwxyz'[Number(digit)]!)}`;
}
