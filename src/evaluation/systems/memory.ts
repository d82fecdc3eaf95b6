import type { SystemKind } from '../system.ts';
import { bm25Defaults, bm25System } from './bm25.ts';

/**
 * BM25 over codes with their training queries appended: document expansion as in R. Nogueira, W. Yang, J. Lin, K. Cho:
 * "Document Expansion by Query Prediction" (2019), with the queries people asked instead of predicted ones. It learns
 * nothing about language or code. What it gains over BM25 shows how much of a data set is memory of its pool: in CoSQA
 * most test answers also answer a training query. With the protocol `disjoint` those have none, and the gain goes.
 */
export const bm25Memory: SystemKind = {
  id: 'bm25-memory',
  title: 'BM25 over codes with their training queries: memory of the pool',
  source: 'document expansion after Nogueira, Yang, Lin & Cho 2019',
  defaults: bm25Defaults,
  create: values => bm25System('bm25-memory', values, candidate => candidate.trainingQueries ?? []),
};
