import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import type { Dataset, DatasetHost, DatasetLoader } from '../../evaluation/dataset.ts';
import { datasetLoaders } from '../../evaluation/datasets/registry.ts';
import { NearIndex, type Signature, signatureOf } from './near.ts';
import type { MinedPair } from './pair.ts';
import { codeTokens, codeWidth, nearlyEqual, queryTokens, tokensHash } from './tokens.ts';

/** What was held against one evaluation set. */
export interface SetReport {
  /** Id of the data set and split, e.g. `cosqa test`. */
  set: string;
  codes: number;
  queries: number;
  /** Pairs removed because of it: equal code, nearly equal code, equal query. */
  removed: { code: number; nearCode: number; query: number };
}

/** Why a pair is removed. */
export interface Contamination {
  set: string;
  by: keyof SetReport['removed'];
}

/** A query of fewer words is asked everywhere. */
const fewestWords = 3;
/** Tokens below which equal code means nothing. */
const fewestTokens = 8;

/**
 * Hashes of the codes and queries of evaluation sets. Takes about 400 bytes per code and 100 per query. The first set
 * that holds something is the one named.
 */
export class Decontaminator {
  readonly sets: SetReport[] = [];
  /** Sets that could not be read, with the reason. */
  readonly unavailable: Array<{ set: string; reason: string }> = [];
  private readonly codes: Map<string, number> = new Map();
  private readonly queries: Map<string, number> = new Map();
  private readonly near: NearIndex = new NearIndex();
  private readonly setOfNear: number[] = [];

  begin(set: string): void {
    this.sets.push({ set, codes: 0, queries: 0, removed: { code: 0, nearCode: 0, query: 0 } });
  }

  /** Adds to the set begun last. */
  addCode(code: string): void {
    const tokens = codeTokens(code);
    const set = this.sets.length - 1;
    this.sets[set]!.codes++;
    if (tokens.length < fewestTokens) return;
    const hash = tokensHash(tokens);
    if (this.codes.has(hash)) return;
    this.codes.set(hash, set);
    this.near.add(signatureOf(tokens, codeWidth)!);
    this.setOfNear.push(set);
  }

  /** Adds to the set begun last. */
  addQuery(query: string): void {
    const tokens = queryTokens(query);
    const set = this.sets.length - 1;
    this.sets[set]!.queries++;
    if (tokens.length < fewestWords) return;
    const hash = tokensHash(tokens);
    if (!this.queries.has(hash)) this.queries.set(hash, set);
  }

  /** What a pair has in common with an evaluation set; undefined if nothing. Counts nothing. */
  check(pair: Pick<MinedPair, 'query' | 'code'>, signature?: Signature): Contamination | undefined {
    const tokens = codeTokens(pair.code);
    const equal = this.codes.get(tokensHash(tokens));
    if (equal !== undefined) return { set: this.sets[equal]!.set, by: 'code' };
    const own = signature ?? signatureOf(tokens, codeWidth);
    const [close] = own ? this.near.near(own, nearlyEqual) : [];
    if (close !== undefined) return { set: this.sets[this.setOfNear[close]!]!.set, by: 'nearCode' };
    const asked = this.queries.get(tokensHash(queryTokens(pair.query)));
    return asked === undefined ? undefined : { set: this.sets[asked]!.set, by: 'query' };
  }

  /** Notes that a pair was removed. */
  count({ set, by }: Contamination): void {
    this.sets.find(one => one.set === set)!.removed[by]++;
  }
}

/**
 * Reads every registered evaluation set that lies below the data directory: all splits but those that are for
 * training. What is not there, or needs checkouts, is listed as unavailable. Throws QuarryError `aborted`.
 */
export async function evaluationSets(
  data: string,
  host: DatasetHost,
  options: { signal?: AbortSignal; onSet?: (set: string) => void; loaders?: readonly DatasetLoader[] } = {},
): Promise<Decontaminator> {
  const found = new Decontaminator();
  for (const loader of options.loaders ?? datasetLoaders) {
    if (loader.needs !== undefined) {
      found.unavailable.push({ set: loader.id, reason: `needs ${loader.needs}` });
      continue;
    }
    for (const split of evaluatedSplits(loader.splits)) {
      throwIfAborted(options.signal);
      const set = `${loader.id} ${split}`;
      options.onSet?.(set);
      try {
        const dataset = await loader.open({
          data,
          host,
          split,
          ...(options.signal ? { signal: options.signal } : {}),
        });
        found.begin(set);
        await addDataset(found, dataset, options.signal);
      } catch (error) {
        if (!(error instanceof QuarryError) || error.code === 'aborted') throw error;
        // A set that breaks off in the middle keeps what was read of it.
        found.unavailable.push({ set, reason: error.message });
      }
    }
  }
  addQuestions(found, data);
  return found;
}

/** Everything a number is reported or tuned on; `all` only where there is nothing else. */
function evaluatedSplits(splits: readonly string[]): readonly string[] {
  const parts = splits.filter(split => split !== 'train' && split !== 'all');
  return parts.length > 0 ? parts : splits;
}

async function addDataset(
  found: Decontaminator,
  dataset: Dataset,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (dataset.task === 'classification') {
    for (const { query, code } of dataset.pairs) {
      found.addQuery(query);
      found.addCode(code.text);
    }
    return;
  }
  for await (const collection of dataset.collections(signal)) {
    for (const query of collection.queries) found.addQuery(query.text);
    for await (const candidate of collection.candidates(signal)) found.addCode(candidate.text);
  }
}

/** Questions whose answers lie in repositories: the repositories are refused, and the questions too. */
function addQuestions(found: Decontaminator, data: string): void {
  const challenge = join(data, 'csn/queries99.jsonl.gz');
  if (existsSync(challenge)) {
    found.begin('csn challenge');
    for (const line of gunzipSync(readFileSync(challenge)).toString('utf8').split('\n')) {
      const query = /"query":\s*"((?:[^"\\]|\\.)*)"/.exec(line)?.[1];
      if (query !== undefined) found.addQuery(query);
    }
  }
  const described = join(data, 'repo-queries/repos.json');
  if (existsSync(described)) {
    found.begin('repo-queries');
    for (const { name } of JSON.parse(readFileSync(described, 'utf8')) as Array<{ name: string }>) {
      const file = join(data, 'repo-queries/queries', `${name}.json`);
      if (!existsSync(file)) continue;
      for (const { query } of JSON.parse(readFileSync(file, 'utf8')) as Array<{ query?: string }>)
        if (query) found.addQuery(query);
    }
  }
}
