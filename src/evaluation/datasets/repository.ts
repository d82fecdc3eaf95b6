import { createHash } from 'node:crypto';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import { identifierTerms } from '../../core/identifiers.ts';
import type {
  Candidate,
  DatasetLoader,
  OpenDataset,
  Place,
  Query,
  RepositoryFile,
  RepositoryUnit,
  RetrievalDataset,
} from '../dataset.ts';
import { queryOfDoc } from './doc-query.ts';
import { counted, Fingerprint, givenPath, splitOf } from './opening.ts';
import { isFunction, selectUnits } from './repository-units.ts';

const splits = ['test', 'dev', 'all'];
/** A sentence that documents more units than this says nothing about any of them. */
const mostSharing = 10;

/** A repository of one's own: what its doc comments say is asked, and the code below them has to be found. */
export const repositoryLoader: DatasetLoader = {
  id: 'repo',
  title: 'Your own repository: doc comments find the code they document',
  task: 'retrieval',
  splits,
  licence: 'your own',
  source: 'your own',
  needs: 'path',
  open,
};

/** A unit with the query made of its doc comment. */
interface Asked {
  unit: RepositoryUnit;
  text: string;
  /** The candidate that stands for it. */
  candidate: string;
}

async function open(options: OpenDataset): Promise<RetrievalDataset> {
  const split = splitOf('repo', splits, options);
  const given = givenPath('repo', 'the directory of a repository', options);
  if (!given.isDirectory) throw new QuarryError('usage', `${given.path} is a file`, 'repo needs a directory');
  const dropped = new Counts();
  const unasked = new Counts();
  const units: RepositoryUnit[] = [];
  const fingerprint = new Fingerprint();
  const copied = new Set<string>();
  let files = 0;
  for await (const file of options.host.readUnits(given.path, options.signal)) {
    throwIfAborted(options.signal);
    files++;
    fingerprint.file(file);
    for (const unit of file.units) units.push(unit);
    noteCopies(file, copied);
  }
  const chosen = selectUnits(units, reason => dropped.add(reason));
  const { candidates, standsFor } = collapse(chosen, dropped);
  const asked = askDocs(chosen, standsFor, copied, unasked);
  const all = queriesOf(asked, unasked);
  const ofSplit = all.filter(({ path }) => split === 'all' || splitOfPath(path) === split);
  if (ofSplit.length === 0)
    throw new QuarryError(
      'not-found',
      `no documented functions or types in ${given.path} (split ${split})`,
      'they need a doc comment of at least three words and three lines of code',
    );
  const queries = ofSplit.slice(0, options.first).map(({ query }) => query);

  for (const candidate of candidates) fingerprint.candidate(candidate);
  for (const query of queries) fingerprint.query(query);
  const digest = fingerprint.digest();
  const notes = [
    'a query is the first sentence of a doc comment; its answer is the code below, from which all doc comments were cut',
    `the candidates are all ${counted(candidates.length, 'unit')} of the repository; only the queries are split, by a hash of the file's path (${all.length.toLocaleString('en')} in all)`,
    'what people wrote above their code shares words with it: numbers are higher than for questions asked without knowing the code',
    `systems that search files (lexical, external with files: true) get all ${counted(files, 'file')} an index would hold, without these comments, and what they find counts as the candidate it lies in; the others search the candidates themselves`,
    `${counted(units.length, 'unit')} read; no candidates: ${dropped.text()}`,
    `candidates without a query of their own: ${unasked.text()}`,
  ];
  if (queries.length < ofSplit.length)
    notes.push(`only the first ${counted(queries.length, 'query', 'queries')}`);
  return {
    task: 'retrieval',
    id: 'repo',
    title: `${given.name}: its own doc comments`,
    split,
    licence: 'your own',
    source: `your own: ${given.path}`,
    files: [],
    notes,
    measures: ['mrr', 'success@1', 'success@5', 'success@10', 'ndcg@10'],
    averaging: 'queries',
    async *collections(signal) {
      throwIfAborted(signal);
      yield {
        name: given.name,
        fingerprint: digest,
        queries,
        async *candidates(inner) {
          throwIfAborted(inner);
          yield* candidates;
        },
        async *files(inner) {
          for await (const { path, text, language, role } of options.host.readUnits(given.path, inner))
            yield { path, text, language, role };
        },
      };
    },
  };
}

/** One candidate for all units with the same tokens, at all their places. `standsFor`: the id of a unit's candidate. */
function collapse(
  units: readonly RepositoryUnit[],
  dropped: Counts,
): { candidates: Candidate[]; standsFor: Map<RepositoryUnit, string> } {
  const candidates: Candidate[] = [];
  const standsFor = new Map<RepositoryUnit, string>();
  const byTokens = new Map<string, { id: string; places: Place[] }>();
  const used = new Set<string>();
  for (const unit of units) {
    const tokens = (unit.code.match(/[\p{L}\p{N}_$]+|[^\s\p{L}\p{N}_$,;]/gu) ?? []).join(' ');
    const earlier = byTokens.get(tokens);
    if (earlier !== undefined) {
      dropped.add('code equal to an earlier unit');
      standsFor.set(unit, earlier.id);
      earlier.places.push({ path: unit.path, lines: unit.lines });
      continue;
    }
    const id = freeId(unit, used);
    const { code: text, language, name, path, role, lines } = unit;
    const places = [{ path, lines }];
    byTokens.set(tokens, { id, places });
    standsFor.set(unit, id);
    candidates.push({ id, text, language, name, path, role, places });
  }
  return { candidates, standsFor };
}

function freeId({ path, firstLine, lastLine }: RepositoryUnit, used: Set<string>): string {
  const place = `${path}:${firstLine}-${lastLine}`;
  let id = place;
  for (let i = 2; used.has(id); i++) id = `${place}#${i}`;
  used.add(id);
  return id;
}

function askDocs(
  units: readonly RepositoryUnit[],
  standsFor: ReadonlyMap<RepositoryUnit, string>,
  copied: ReadonlySet<string>,
  unasked: Counts,
): Asked[] {
  const asked: Asked[] = [];
  for (const unit of units) {
    if (unit.doc.trim() === '') {
      unasked.add('without a doc comment');
      continue;
    }
    const made = queryOfDoc(unit.doc, unit);
    if ('dropped' in made) unasked.add(`${made.dropped}`);
    else if (copied.has(keyOf(unit))) unasked.add('the query stands in the code');
    else asked.push({ unit, text: made.text, candidate: standsFor.get(unit)! });
  }
  return asked;
}

/** Adds the units of a file whose query stands elsewhere in it as well, in a second comment or a literal. */
function noteCopies({ text, units }: RepositoryFile, copied: Set<string>): void {
  const documented = units.filter(unit => unit.doc !== '');
  if (documented.length === 0) return;
  const line = oneLine(text);
  for (const unit of documented) {
    const made = queryOfDoc(unit.doc, unit);
    if ('text' in made && line.includes(oneLine(made.text))) copied.add(keyOf(unit));
  }
}

function keyOf({ path, qualifiedName, firstLine, lastLine }: RepositoryUnit): string {
  return `${path}:${firstLine}-${lastLine} ${qualifiedName}`;
}

/** Queries in the order of their first unit; a sentence that documents several units has several answers. */
function queriesOf(asked: readonly Asked[], unasked: Counts): Array<{ path: string; query: Query }> {
  const queries: Array<{ path: string; query: Query }> = [];
  for (const group of Map.groupBy(asked, ({ text }) => text.toLowerCase()).values()) {
    const ids = [...new Set(group.map(({ candidate }) => candidate))];
    if (ids.length > mostSharing) {
      unasked.add(`shared by more than ${mostSharing} units`, group.length);
      continue;
    }
    unasked.add('the same as of an earlier unit (all are relevant)', group.length - 1);
    const { unit, text } = group[0]!;
    const query = {
      id: ids[0]!,
      text,
      judgments: Object.fromEntries(ids.map(id => [id, 1])),
      slices: {
        language: unit.language,
        kind: isFunction(unit.kind) ? 'function' : 'type',
        name: saysName(text, unit.name) ? 'in the query' : 'not in the query',
      },
    };
    queries.push({ path: unit.path, query });
  }
  const seen = new Map<string, number>();
  for (const { query } of queries) {
    // Units with equal code may have different docs: two queries with one answer.
    const times = (seen.get(query.id) ?? 0) + 1;
    seen.set(query.id, times);
    if (times > 1) query.id = `${query.id} (${times})`;
  }
  return queries;
}

/** All words of the name occur, in whatever form. */
function saysName(text: string, name: string): boolean {
  const words = new Set((text.match(/[\p{L}\p{N}_]+/gu) ?? []).flatMap(word => identifierTerms(word)));
  const terms = identifierTerms(name);
  const parts = terms.length > 1 ? terms.slice(0, -1) : terms;
  return parts.length > 0 && parts.every(term => words.has(term));
}

function splitOfPath(path: string): 'test' | 'dev' {
  return (createHash('sha256').update(path).digest()[0]! & 1) === 0 ? 'test' : 'dev';
}

function oneLine(text: string): string {
  return text.toLowerCase().replace(/[\s*/#]+/g, ' ');
}

class Counts {
  private readonly counts: Map<string, number> = new Map();

  add(reason: string, count = 1): void {
    if (count > 0) this.counts.set(reason, (this.counts.get(reason) ?? 0) + count);
  }

  /** `3 shorter than three lines, 2 constructor`. */
  text(): string {
    const parts = [...this.counts].map(([reason, count]) => `${count.toLocaleString('en')} ${reason}`);
    return parts.length === 0 ? 'none' : parts.join(', ');
  }
}
