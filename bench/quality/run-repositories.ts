import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { snapshotOf } from '../../src/engine/memory-index.ts';
import { bm25f, candidateFiles, weights } from '../../src/engine/parameters.ts';
import { Retriever } from '../../src/engine/retrieve.ts';
import { hasStem, loadTasks, ndcg10, readTree } from './repository-queries.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    repos: { type: 'string' },
    only: { type: 'string' },
    misses: { type: 'boolean' },
  },
});
const tasks = loadTasks(values.data!).filter(task => !values.only || task.name === values.only);
const rows: Array<{ repository: string; language: string; category: string; stem: boolean; score: number }> = [];
for (const task of tasks) {
  const directory = join(values.repos!, task.name, task.root ?? '');
  const prefix = task.root ? `${task.root}/` : '';
  const documents = readTree(directory).map(d => ({ ...d, path: d.path }));
  const snapshot = await snapshotOf(documents);
  const retriever = new Retriever(snapshot);
  for (const query of task.queries) {
    const found = retriever.retrieve(query.query, {
      limit: 10,
      perFile: 1,
      parameters: bm25f,
      weights,
      candidates: candidateFiles,
    });
    const paths = found.hits.map(hit => prefix + hit.path);
    const score = ndcg10(paths, query.targets);
    rows.push({
      repository: task.name,
      language: task.language,
      category: query.category,
      stem: hasStem(query),
      score,
    });
    if (values.misses && score < 0.7) {
      console.log(`${score.toFixed(2)} [${query.category}] ${query.query}\n   want ${query.targets.join(' ')}`);
      for (const hit of found.hits.slice(0, 4)) {
        console.log(
          `   ${hit.score.toFixed(3)} ${prefix}${hit.path} ${hit.qualifiedName}  ${hit.signals.map(s => `${s.name}=${s.value.toFixed(2)}`).join(' ')}`,
        );
      }
    }
  }
}
const mean = (list: number[]) => list.reduce((a, b) => a + b, 0) / Math.max(1, list.length);
const byRepository = (pick: (row: (typeof rows)[number]) => boolean) => {
  const groups = Map.groupBy(rows.filter(pick), row => row.repository);
  return mean([...groups.values()].map(group => mean(group.map(row => row.score))));
};
for (const [name, group] of Map.groupBy(rows, row => row.repository)) {
  console.log(name.padEnd(20), mean(group.map(row => row.score)).toFixed(3));
}
console.log('all', byRepository(() => true).toFixed(4));
for (const c of ['architecture', 'semantic', 'symbol']) console.log(c, byRepository(r => r.category === c).toFixed(3));
console.log('no stem', byRepository(r => !r.stem).toFixed(3));
console.log('typescript', byRepository(r => r.language === 'typescript').toFixed(3));
