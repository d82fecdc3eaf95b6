import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import type { IndexStatus } from '../../core/progress.ts';
import {
  type SearchFilter,
  type SearchMode,
  type SearchOptions,
  type SearchResult,
  searchModes,
} from '../../core/search.ts';
import { type Role, roles, unitKinds } from '../../core/unit.ts';
import type { CodeIndex } from '../../engine/code-index.ts';
import { mostReranked, rerankedFiles } from '../../engine/settings/parameters.ts';
import { bestSnippet, linesOf, type SnippetOptions, wordTest } from '../../service/view/snippet.ts';
import { type Arguments, oneOf } from '../arguments.ts';
import { commands } from '../commands.ts';
import { type OutputFormat, outputFormats } from '../formats/names.ts';
import { grepQuery } from '../grep-query.ts';
import { type JsonHit, jsonDocument, jsonHit } from '../json.ts';
import { openPlace } from '../opening.ts';
import { formatHits } from '../people.ts';
import { type Place, pathBelow, resolvePlace, shownPath } from '../place.ts';
import { complain, note, type Surroundings, withColor } from '../surroundings.ts';
import { formatDuration, grouped, printable, terminalWidth } from '../terminal.ts';
import { updateWithProgress } from '../updating.ts';

/** Everything a search needs, resolved from flags and settings. */
interface Plan {
  place: Place;
  limit: number;
  perFile: number;
  filter: SearchFilter | undefined;
  snippet: SnippetOptions;
  mode: SearchMode | undefined;
  rerank: Pick<SearchOptions, 'rerank' | 'rerankBudgetMs'>;
  /** How the query is read; undefined: with operators. */
  syntax: SearchOptions['syntax'];
  format: OutputFormat;
  args: Arguments;
}

/** What is known of the index that answers. */
interface Coverage {
  files: number;
  /** Live files and those that were left out. */
  seen: number;
  complete: boolean;
  /** The user has been told what is missing. */
  told?: boolean;
  /** Notes of the update, which the user has seen. */
  notes?: readonly string[];
}

export async function search(args: Arguments, around: Surroundings): Promise<number> {
  if (args.has('batch')) {
    const { batch } = await import('../searching/batch.ts');
    return batch(args, around);
  }
  const { query, path } = askedFor(args, around);
  const plan = await planSearch(path, args, around);
  const colored = args.has('color') ? around : withColor(around, plan.place.settings.color);
  return withIndex(plan, colored, async (index, coverage) => {
    const result = await index.search(query, searchOptions(plan));
    return present(result, index, plan, coverage, colored);
  });
}

/** The query in the query language, and where to search. Flags of grep become part of it. */
function askedFor(args: Arguments, around: Surroundings): { query: string; path: string | undefined } {
  const patterns = args.texts('regexp');
  const words = args.positionals;
  const only = words[0];
  // As with grep, what stands alone beside a pattern is where to look, if it is there.
  const isPathAlone = patterns.length > 0 && words.length === 1 && existsSync(resolve(around.cwd, only!));
  const split =
    patterns.length > 0 && (words.length === 0 || isPathAlone)
      ? { query: '', path: only }
      : splitQuery(words, around);
  const fixed = args.has('fixed-strings');
  const ignoreCase = args.has('ignore-case');
  const wholeWords = args.has('word-regexp');
  if (args.has('words')) {
    const used = [patterns.length > 0 && '-e', fixed && '-F', ignoreCase && '-i', wholeWords && '-w'];
    const other = used.find(flag => flag !== false);
    if (other !== undefined)
      throw new QuarryError('usage', `--words and ${other} exclude each other`, 'words are found by meaning');
    return split;
  }
  return { ...split, query: grepQuery(split.query, { patterns, fixed, ignoreCase, wholeWords }) };
}

/**
 * Tells the path from the query: it is the last of several arguments, if it exists. A path that was meant as one
 * (after a quoted query, or with a leading `./`, `../`, `/`, `~/`) and does not exist throws `not-found`.
 */
export function splitQuery(
  words: readonly string[],
  around: Pick<Surroundings, 'cwd' | 'stderr' | 'quiet' | 'errorStyle'>,
): { query: string; path: string | undefined } {
  if (words.every(word => word.trim() === ''))
    throw new QuarryError('usage', 'the query is empty', 'say what the code does: quarry "parse a header"');
  const last = words.at(-1)!;
  if (words.length === 1) return { query: last, path: undefined };
  const query = words.slice(0, -1).join(' ');
  if (existsSync(resolve(around.cwd, last))) {
    if (words.length > 2 && !/[./]/.test(last))
      note(around as Surroundings, `searching below ${last} – quote the query if that is one of its words`);
    return { query, path: last };
  }
  if (/^(?:\.{0,2}|~)\//.test(last) || (words.length === 2 && /\s/.test(words[0]!)))
    throw new QuarryError(
      'not-found',
      `no such file or directory: ${last}`,
      'the query is one argument if it is quoted',
    );
  return { query: words.join(' '), path: undefined };
}

export async function planSearch(
  path: string | undefined,
  args: Arguments,
  around: Surroundings,
): Promise<Plan> {
  const place = resolvePlace(path, args, around);
  const { settings } = place;
  const lines = args.whole('context', 0, 1000) ?? 0;
  const mode = args.text('mode');
  return {
    place,
    args,
    syntax: args.has('words') ? 'words' : undefined,
    format: formatOf(args),
    mode: mode === undefined ? undefined : oneOf('--mode', mode, searchModes),
    rerank: rerankOf(args),
    limit: args.whole('limit', 1, 1000) ?? settings.limit ?? 10,
    perFile: args.whole('per-file', 1, 1000) ?? settings.perFile ?? 3,
    filter: await filterOf(place, args),
    snippet: {
      height: 6,
      before: args.whole('before', 0, 1000) ?? lines,
      after: args.whole('after', 0, 1000) ?? lines,
    },
  };
}

export function searchOptions({ limit, perFile, filter, mode, rerank, syntax }: Plan): SearchOptions {
  return {
    limit,
    perFile,
    ...(filter ? { filter } : {}),
    ...(mode ? { mode } : {}),
    ...(syntax ? { syntax } : {}),
    ...rerank,
  };
}

/** What is written to stdout. `--json`, `--jsonl` and `-l` are short for a format. */
function formatOf(args: Arguments): OutputFormat {
  const named = args.text('format');
  const short = { json: 'json', jsonl: 'jsonl', 'files-with-matches': 'paths' } as const;
  const given = (['json', 'jsonl', 'files-with-matches'] as const).filter(name => args.has(name));
  const asked: OutputFormat[] = given.map(name => short[name]);
  if (named !== undefined) asked.unshift(oneOf('--format', named, outputFormats));
  const [format = 'text', other] = [...new Set(asked)];
  if (other === undefined) return format;
  const written = [...(named === undefined ? [] : [`--format ${named}`]), ...given.map(name => `--${name}`)];
  throw new QuarryError('usage', `${written.join(' and ')} are different formats`, 'choose one');
}

/** `on` means the usual number of files. */
function rerankOf(args: Arguments): Plan['rerank'] {
  const text = args.text('rerank');
  const budget = args.whole('rerank-budget', 0, 600_000);
  const rerank =
    text === undefined ? undefined : text === 'off' ? false : text === 'on' ? rerankedFiles : Number(text);
  if (
    rerank !== undefined &&
    rerank !== false &&
    !(Number.isInteger(rerank) && rerank >= 1 && rerank <= mostReranked)
  )
    throw new QuarryError(
      'usage',
      `--rerank ${text}: not a whole number from 1 to ${mostReranked}, on or off`,
      'it is how many of the first files are put in order',
    );
  return {
    ...(rerank === undefined ? {} : { rerank }),
    ...(budget === undefined ? {} : { rerankBudgetMs: budget }),
  };
}

async function filterOf(place: Place, args: Arguments): Promise<SearchFilter | undefined> {
  const filter: SearchFilter = {};
  const { below } = place;
  const paths = args.texts('path').flatMap(glob => globsBelow(below, glob));
  if (paths.length > 0) filter.paths = paths;
  else if (below !== '') filter.paths = folderGlobs(below);
  const notPaths = args.texts('not-path').flatMap(glob => globsBelow(below, glob));
  if (notPaths.length > 0) filter.notPaths = notPaths;
  const kinds = args.choices('kind', unitKinds);
  if (kinds.length > 0) filter.kinds = kinds;
  let wanted: readonly Role[] = args.choices('role', roles);
  if (args.has('no-tests')) wanted = (wanted.length > 0 ? wanted : roles).filter(role => role !== 'test');
  if (wanted.length > 0) filter.roles = wanted;
  if (args.has('lang')) {
    // The registry is only loaded when it is asked for.
    const { languageFilter } = await import('./languages.ts');
    filter.languages = languageFilter(args.texts('lang'));
  }
  return Object.keys(filter).length > 0 ? filter : undefined;
}

/** A folder or file taken literally, whatever characters its name has. */
function folderGlobs(path: string): string[] {
  if (!/[*?[\]{}()!+@\\]/.test(path)) return [path];
  const literal = path.replace(/[*?[\]{}()!+@\\]/g, '\\$&');
  return [literal, `${literal}/**`];
}

/** Globs are relative to the searched directory; those without a slash match at any depth below it. */
function globsBelow(below: string, glob: string): string[] {
  const clean = glob.replace(/^\.\//, '').replace(/\/+$/, '');
  if (below === '') return [clean];
  if (clean === '' || clean === '.') return folderGlobs(below);
  const prefix = folderGlobs(below)[0]!;
  const wild = /[*?[{]/.test(clean);
  if (clean.includes('/'))
    return wild ? [`${prefix}/${clean}`] : [`${prefix}/${clean}`, `${prefix}/${clean}/**`];
  return wild
    ? [`${prefix}/${clean}`, `${prefix}/**/${clean}`]
    : [clean, `**/${clean}`, `${clean}/**`, `**/${clean}/**`].map(rest => `${prefix}/${rest}`);
}

/** Opens the index, brings it up to date as far as that is wanted and possible, and says what is missing. */
export async function withIndex(
  plan: Plan,
  around: Surroundings,
  use: (index: CodeIndex, coverage: Coverage) => Promise<number>,
): Promise<number> {
  const { place, args } = plan;
  const noUpdate = args.has('no-update');
  const index = await openPlace(place, around, !noUpdate, 'leave --no-update out, or run: quarry index');
  try {
    const encode = plan.mode !== 'lexical';
    const coverage = noUpdate ? await coverageOf(index) : await bringUpToDate(index, encode, around);
    if ('exitCode' in coverage) return coverage.exitCode;
    if (coverage.files === 0) {
      const seen = grouped(coverage.seen);
      complain(around, `0 of ${seen} files are searchable in ${place.root}`, 'see: quarry status');
      return 1;
    }
    if (!coverage.complete && !coverage.told)
      note(
        around,
        `the index is not complete: ${grouped(coverage.files)} files are searched, the rest is not there yet`,
      );
    return await use(index, coverage);
  } finally {
    index.close();
  }
}

async function coverageOf(index: CodeIndex): Promise<Coverage> {
  const status = await index.status({ model: false });
  const out = status.skipped.length;
  return { files: status.files, seen: status.files + out, complete: status.complete };
}

async function bringUpToDate(
  index: CodeIndex,
  encode: boolean,
  around: Surroundings,
): Promise<Coverage | { exitCode: number }> {
  const update = async (wait: boolean): Promise<Coverage | { exitCode: number }> => {
    const outcome = await updateWithProgress(index, around, { delayMs: 300, wait, encode });
    if ('exitCode' in outcome) return outcome;
    const { files, skipped, added, elapsedMs, notes } = outcome.report;
    for (const line of notes) note(around, line);
    if (added > 0 && added === files && elapsedMs > 1000)
      note(around, `indexed ${grouped(files)} files in ${formatDuration(elapsedMs)}`);
    return { files, seen: files + skipped, complete: true, notes };
  };
  try {
    return await update(false);
  } catch (error) {
    if (!(error instanceof QuarryError) || !['busy', 'no-space', 'unreadable'].includes(error.code))
      throw error;
    const coverage = await coverageOf(index);
    if (coverage.files === 0) {
      if (error.code !== 'busy') throw error;
      return update(true);
    }
    const files = `${grouped(coverage.files)} files`;
    const what = coverage.complete
      ? `answering from its last state, ${files}`
      : `searching the ${files} there are so far`;
    note(around, `${error.message}; ${what}`);
    return { ...coverage, told: true };
  }
}

async function present(
  result: SearchResult,
  index: CodeIndex,
  plan: Plan,
  coverage: Coverage,
  around: Surroundings,
): Promise<number> {
  const { args, place } = plan;
  const { stdout } = around;
  const texts = await index.texts(result.hits.map(hit => hit.path));
  const readText = (path: string) => texts.get(path);
  const show = (path: string) => shownPath(path, place);
  // What the update has said already is not said again.
  const told = new Set(coverage.notes);
  for (const line of result.notes) if (!told.has(line)) note(around, line);
  if (result.confidence === 'none' && result.hits.length > 0)
    note(around, 'nothing here seems to answer this; the closest:');
  const { format } = plan;
  if (format === 'json') {
    const { files, units, complete } = await index.status({ model: false });
    const document = jsonDocument(result, jsonHits(result, index, plan), {
      root: place.root,
      directory: place.directory,
      index: { files, units, complete: complete && coverage.complete },
    });
    stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } else if (format === 'jsonl') {
    for (const hit of jsonHits(result, index, plan)) stdout.write(`${JSON.stringify(hit)}\n`);
  } else if (format !== 'text') {
    const { formatFor } = await import('../formats/index.ts');
    const { version } = around;
    const context = { result, show, readText, version: version() };
    stdout.write(
      formatFor(format, context, wordTest(result.words, result.ignoredWords), plan.snippet.height),
    );
  } else if (result.hits.length > 0) {
    const text = formatHits(result, {
      ...plan.snippet,
      snippets: !args.has('no-snippet'),
      explain: args.has('explain'),
      width: terminalWidth(stdout),
      style: around.style,
      test: wordTest(result.words, result.ignoredWords),
      readText,
      show,
    });
    stdout.write(text);
  }
  if (result.hits.length === 0)
    explainNothing(result, plan, coverage, around, await index.status({ model: false }));
  else {
    if (result.unknownWords.length > 0)
      note(around, `not found anywhere: ${result.unknownWords.map(printable).join(', ')}`);
    if (stdout.isTTY && result.total > result.hits.length)
      note(
        around,
        `${result.hits.length} of ${grouped(result.total)} files, in ${result.tookMs.toFixed(1)} ms; more with -k`,
      );
  }
  return result.hits.length > 0 ? 0 : 1;
}

export function jsonHits(result: SearchResult, index: CodeIndex, plan: Plan): JsonHit[] {
  const { place } = plan;
  const test = wordTest(result.words, result.ignoredWords);
  const readText = textReader(index);
  return result.hits.map(hit => {
    const text = readText(hit.path);
    const unit = text === undefined ? undefined : index.read(hit);
    const snippet = bestSnippet(text ?? '', text === undefined ? [] : linesOf(text), hit, test, plan.snippet);
    return jsonHit(hit, pathBelow(hit.path, place), unit, snippet);
  });
}

/** Reads files of the index as text, each once. */
function textReader(index: CodeIndex): (path: string) => string | undefined {
  const texts = new Map<string, string | undefined>();
  return path => {
    if (!texts.has(path)) texts.set(path, index.text(path));
    return texts.get(path);
  };
}

function explainNothing(
  result: SearchResult,
  plan: Plan,
  coverage: Coverage,
  around: Surroundings,
  status: IndexStatus,
): void {
  const { below } = plan.place;
  const unseen = status.skipped.filter(({ path }) => path === below || path.startsWith(`${below}/`));
  const advice: string[] = [];
  if (result.unknownWords.length > 0)
    advice.push(`no file has: ${result.unknownWords.map(printable).join(', ')}; try other words`);
  if (plan.filter)
    advice.push(below === '' ? 'try without filters' : `only ${printable(below)} was searched`);
  if (below !== '' && unseen.length > 0)
    advice.push(`${grouped(unseen.length)} files there are not searchable, see: quarry status --skipped`);
  if (!/\s/.test(result.query)) {
    const command = nearest(
      result.query,
      commands.map(known => known.name),
    );
    if (command !== undefined) advice.push(`did you mean: quarry ${command}`);
  }
  if (advice.length === 0) advice.push('try other words');
  const where = `${grouped(coverage.files)} files`;
  complain(around, `nothing matches ${JSON.stringify(result.query)} in ${where}`, advice.join(' · '));
}
