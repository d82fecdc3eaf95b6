import { QuarryError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import type { DatasetLoader } from '../dataset.ts';
import { beirLoader } from './beir.ts';
import { codennCsharpLoader, codennSqlLoader } from './codenn.ts';
import { conalaLoader } from './conala.ts';
import { corpusLoader } from './corpus.ts';
import { cosqaLoader, cosqaNodocLoader } from './cosqa.ts';
import { csnLoader } from './csn.ts';
import { jsonlLoader } from './jsonl.ts';
import { mbxpLoader } from './mbxp.ts';
import { nl2bashLoader } from './nl2bash.ts';
import { questionsLoader } from './questions.ts';
import { repoQueriesLoader } from './repo-queries.ts';
import { repositoryLoader } from './repository.ts';
import { staqcLoader, staqcRetrievalLoader } from './staqc.ts';
import { swebenchLoaders } from './swebench.ts';
import { thirtySecondsLoader } from './thirty-seconds.ts';
import { tlCodesumLoader } from './tl-codesum.ts';
import { webqueryLoader, webqueryNodocLoader } from './webquery.ts';

/** Every data set that can be evaluated on, in the order of lists. */
export const datasetLoaders: readonly DatasetLoader[] = [
  cosqaLoader,
  cosqaNodocLoader,
  webqueryLoader,
  webqueryNodocLoader,
  staqcLoader,
  staqcRetrievalLoader,
  codennSqlLoader,
  codennCsharpLoader,
  conalaLoader,
  mbxpLoader,
  thirtySecondsLoader,
  tlCodesumLoader,
  nl2bashLoader,
  repoQueriesLoader,
  ...swebenchLoaders,
  csnLoader,
  corpusLoader,
  beirLoader,
  jsonlLoader,
  questionsLoader,
  repositoryLoader,
];

/** The loader of an id, without what follows a colon. Throws QuarryError `usage` naming the nearest one. */
export function datasetLoader(id: string): DatasetLoader {
  const found = datasetLoaders.find(loader => loader.id === id);
  if (found) return found;
  const ids = datasetLoaders.map(loader => loader.id);
  const near = nearest(id, ids);
  throw new QuarryError(
    'usage',
    `unknown data set ${JSON.stringify(id)}`,
    near === undefined ? `known: ${ids.join(', ')}` : `did you mean ${JSON.stringify(near)}?`,
  );
}
