import { createHash } from 'node:crypto';
import { throwIfAborted } from '../../core/errors.ts';
import type {
  Candidate,
  Collection,
  DatasetLoader,
  OpenDataset,
  Query,
  RetrievalDataset,
} from '../dataset.ts';
import { splitOf } from './opening.ts';
import { countNotes, fingerprintOf, firstNote, publishedReader, retrievalMeasures } from './published.ts';
import { type DataReader, MalformedRow, type Row } from './reading.ts';

/** A row of a file of (query, code) pairs. */
export interface Pair {
  id: string;
  query: string;
  code: string;
  language: string | undefined;
  name: string | undefined;
  split: string;
  /** Undefined where all pairs are right ones. */
  label: 0 | 1 | undefined;
}

/** A published file of (query, code) pairs as a retrieval set: every query is asked of the codes of its split. */
export interface PairSet {
  id: string;
  title: string;
  licence: string;
  source: string;
  /** Relative to the data directory. */
  file: string;
  /** The first one is the default; `all` takes every row. */
  splits: readonly string[];
  /** The split of a row, where it is not the one that stands there. May throw MalformedRow. */
  splitOf?: (pair: Pair) => string;
  /** One collection per language instead of one for all. */
  byLanguage?: true;
  /**
   * Codes that another row gives for the same query are right too, and queries of the same text are one observation.
   * Otherwise only the row's own code is right. Codes of the same text are right together in any case.
   */
  sameQuery: boolean;
  slices?: (pair: Pair) => Record<string, string>;
  /** Published number of rows, by split as it stands in the file or by language. */
  counts: Readonly<Record<string, number>>;
  countedBy: 'split' | 'language';
  notes: readonly string[];
}

/** What is kept of a row once its code has been read. */
interface Member {
  id: string;
  query: string;
  /** Hash of the code. */
  code: string;
  label: 0 | 1 | undefined;
  slices: Record<string, string> | undefined;
}

export function pairLoader(set: PairSet): DatasetLoader {
  const { id, title, licence, source, splits } = set;
  return { id, title, task: 'retrieval', splits, licence, source, open: options => open(set, options) };
}

/** Streams the pairs of a file. Rows with an id that was seen before are malformed. */
export function readPairs(reader: DataReader, set: Pick<PairSet, 'file' | 'splitOf'>): AsyncGenerator<Pair> {
  const seen = new Set<string>();
  return reader.rows(set.file, row => {
    const pair = pairOf(row);
    if (set.splitOf) pair.split = set.splitOf(pair);
    if (seen.has(pair.id)) throw new MalformedRow(`id ${pair.id} occurs twice`);
    seen.add(pair.id);
    return pair;
  });
}

function pairOf(row: Row): Pair {
  return {
    id: row.id('id'),
    query: row.text('query'),
    code: row.text('code'),
    language: row.optionalText('lang'),
    name: row.optionalText('func_name'),
    split: row.text('split'),
    label: row.fields['label'] === undefined ? undefined : row.label('label'),
  };
}

export function candidateOf({ id, code, language, name }: Pair): Candidate {
  return {
    id,
    text: code,
    ...(language === undefined ? {} : { language }),
    ...(name === undefined ? {} : { name }),
  };
}

async function open(set: PairSet, options: OpenDataset): Promise<RetrievalDataset> {
  const { id, title, licence, source } = set;
  const split = splitOf(id, set.splits, options);
  const reader = publishedReader(id, source, options);
  const counts: Record<string, number> = {};
  const collections = new Map<string, Member[]>();
  for await (const pair of readPairs(reader, set)) {
    const counted = (set.countedBy === 'split' ? pair.split : pair.language) ?? '';
    counts[counted] = (counts[counted] ?? 0) + 1;
    if (split !== 'all' && pair.split !== split) continue;
    const name = (set.byLanguage ? pair.language : undefined) ?? id;
    const members = collections.get(name) ?? [];
    collections.set(name, members);
    members.push({
      id: pair.id,
      query: pair.query,
      code: createHash('sha256').update(pair.code).digest('base64'),
      label: pair.label,
      slices: set.slices?.(pair),
    });
  }
  const parts = [...collections].map(([name, members]) => ({ name, ...cut(members, options.first) }));
  const each = set.byLanguage ? ' of every language' : '';
  const labelled = parts.some(part => part.members.some(member => member.label !== undefined));
  return {
    task: 'retrieval',
    id,
    title,
    split,
    licence,
    source,
    files: reader.files,
    notes: [
      ...set.notes,
      ...countNotes(counts, set.counts),
      ...firstNote(options, labelled ? '' : `${each}, and only their codes`),
    ],
    measures: retrievalMeasures,
    averaging: set.byLanguage ? 'collections' : 'queries',
    async *collections(signal) {
      for (const { name, members, asked } of parts) {
        throwIfAborted(signal);
        const queries = queriesOf(members, asked, set.sameQuery);
        yield {
          name,
          fingerprint: fingerprintOf(reader, id, split, name, queries, members.length),
          ...(set.byLanguage ? { slices: { language: name } } : {}),
          queries,
          candidates: inner => candidates(reader, set, new Set(members.map(member => member.id)), inner),
        } satisfies Collection;
      }
    },
  };
}

/** The first queries with the codes they are asked of: their own, or all where some codes answer nothing. */
function cut(
  members: readonly Member[],
  first: number | undefined,
): { members: readonly Member[]; asked: readonly Member[] } {
  const asked = members.filter(member => member.label !== 0).slice(0, first);
  return members.some(member => member.label === 0) ? { members, asked } : { members: asked, asked };
}

function queriesOf(members: readonly Member[], asked: readonly Member[], sameQuery: boolean): Query[] {
  const byCode = Map.groupBy(members, member => member.code);
  const byQuery = Map.groupBy(members, member => member.query);
  return asked.map(member => {
    const judged = sameQuery ? byQuery.get(member.query)! : [member];
    const judgments: Record<string, number> = {};
    // What is right last: a code that was judged both ways by two people counts as right.
    for (const { code, label = 1 } of judged.toSorted((a, b) => (a.label ?? 1) - (b.label ?? 1))) {
      for (const same of byCode.get(code)!) judgments[same.id] = label;
    }
    const alike = sameQuery && judged.filter(other => other.label !== 0).length > 1;
    return {
      id: member.id,
      text: member.query,
      judgments,
      ...(member.slices ? { slices: member.slices } : {}),
      ...(alike ? { cluster: member.query } : {}),
    };
  });
}

async function* candidates(
  reader: DataReader,
  set: PairSet,
  wanted: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Candidate> {
  for await (const pair of readPairs(reader, set)) {
    throwIfAborted(signal);
    if (wanted.has(pair.id)) yield candidateOf(pair);
  }
}
