import type { Encoder } from '../../src/core/encoder.ts';
import { snapshotOf } from '../../src/engine/indexing/memory-index.ts';
import { Retriever } from '../../src/engine/searching/retrieval/retriever.ts';
import type { Candidate, Query } from '../../src/evaluation/dataset.ts';
import { datasetLoader } from '../../src/evaluation/datasets/registry.ts';
import { parseMeasure } from '../../src/evaluation/measures.ts';
import type { QueryOutcome } from '../../src/evaluation/result.ts';
import { datasetHost } from '../../src/experiments/host.ts';
import { memoryDocuments } from '../../src/experiments/systems.ts';
import { DenseIndex } from '../../src/store/vectors/dense.ts';
import { type LateQuery, LateScorer } from '../../src/store/vectors/late.ts';

/** A query as a model reads it. */
export interface Question {
  vector: Float32Array;
  late: () => LateQuery | undefined;
}

/** One collection of a development set, with its engine, ready to be asked under any setting. */
export interface Task {
  dataset: string;
  name: string;
  queries: readonly Query[];
  candidates: number;
  retriever: Retriever;
  /** The units' vectors, and those of the queries by text; absent without a model. */
  dense?: { index: DenseIndex; questions: ReadonlyMap<string, Question> };
  /** Candidate id of a path in the engine. */
  idOf: (path: string) => string;
  measure: (outcome: QueryOutcome) => number;
}

/** Development sets and what each is judged by. Test splits have no place here. */
const sets = [
  { id: 'repo-queries', split: 'dev', measure: 'ndcg@10' },
  { id: 'cosqa', split: 'dev', measure: 'mrr' },
  { id: 'cosqa-nodoc', split: 'dev', measure: 'mrr' },
] as const;

/** Queries of one pool are dealt into so many tasks, so that folds can be made of them. */
const parts = 10;

/** Loads and indexes the development sets. */
export async function loadTasks(
  data: string,
  repos: string,
  encoder: Encoder | undefined,
  onTask: (task: Task) => void,
): Promise<Task[]> {
  const tasks: Task[] = [];
  for (const { id, split, measure } of sets) {
    const dataset = await datasetLoader(id).open({ data, repos, split, host: datasetHost });
    if (dataset.task !== 'retrieval') continue;
    const parsed = parseMeasure(measure);
    if (parsed.task !== 'retrieval') continue;
    for await (const collection of dataset.collections()) {
      await collection.materialise?.();
      const candidates: Candidate[] = await Array.fromAsync(collection.candidates());
      const { documents, idOf } = memoryDocuments(candidates);
      const snapshot = await snapshotOf(documents, encoder);
      const retriever = new Retriever(snapshot);
      const dense = encoder && {
        index: new DenseIndex(snapshot, encoder.fingerprint),
        questions: await questionsOf(collection.queries, encoder),
      };
      const groups = id === 'repo-queries' ? 1 : parts;
      for (let part = 0; part < groups; part++) {
        const queries = collection.queries.filter((_, q) => q % groups === part);
        const name = groups === 1 ? collection.name : `${id} ${part + 1}/${groups}`;
        const task: Task = {
          dataset: id,
          name,
          queries,
          candidates: candidates.length,
          retriever,
          ...(dense ? { dense } : {}),
          idOf,
          measure: parsed.of,
        };
        tasks.push(task);
        onTask(task);
      }
    }
  }
  return tasks;
}

async function questionsOf(queries: readonly Query[], encoder: Encoder): Promise<Map<string, Question>> {
  const rows = await encoder.encodeQueries(queries.map(query => query.text));
  const { dims, late } = encoder;
  const scorer = late && new LateScorer(late);
  return new Map(
    queries.map(({ text }, i) => {
      const vector = rows.subarray(i * dims, (i + 1) * dims);
      const late = scorer?.query(text);
      return [text, { vector, late: () => late }];
    }),
  );
}
