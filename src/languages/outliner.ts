import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Language as Grammar, Parser, Query, type QueryMatch, type Tree } from 'web-tree-sitter';
import type { Outline } from '../core/unit.ts';
import { buildOutline } from './build.ts';
import { blockOutline } from './complete.ts';
import type { Language } from './language.ts';

export interface OutlinerOptions {
  /** Folder with the `.wasm` grammars; default: `grammars/` of this package. */
  grammarDir?: string | URL;
}

export interface OutlineOptions {
  /** Parsing and querying stop after this many milliseconds and plain blocks are returned; default 5000. */
  deadlineMs?: number;
}

/** Turns sources into outlines. One per thread; not safe for re-entrant use. */
export interface Outliner {
  /** Loads the grammar and compiles the query once. Rejects if the grammar file is missing or does not fit. */
  prepare(language: Language): Promise<void>;
  /**
   * Synchronous; `prepare` must have run for a language with a grammar, otherwise the outline is degraded.
   * Never throws on broken source: what cannot be parsed becomes plain blocks with `degraded` set.
   */
  outline(language: Language, source: string, options?: OutlineOptions): Outline;
  /** Parses and throws the tree away, for measuring. Throws if `prepare` has not run. */
  parseOnly(language: Language, source: string): void;
  /**
   * Set after the parser module trapped or took too much memory: replace the thread. Outlines made before are
   * sound; those made after may be degraded although their sources are fine.
   */
  readonly needsRecycle: boolean;
  /** Frees parsers and queries. The outliner must not be used afterwards. */
  dispose(): void;
}

interface Prepared {
  readonly grammar: Grammar;
  readonly query: Query;
  readonly topQuery: Query | undefined;
  readonly topDepth: number;
  parser: Parser;
}

// Both src/languages/ and dist/languages/ lie two levels below the package root.
const packagedGrammars = new URL('../../grammars/', import.meta.url);
const defaultDeadlineMs = 5000;

/** A parse that needs more than this is given up: at 2 GiB the module aborts and cannot be used again. */
const memoryLimit = 1 << 30;

let runtime: Promise<void> | undefined;
// 32 MiB at first and 2 GiB at most, as the module would choose itself; made here to see how much it takes.
const memory = newMemory({ initial: 512, maximum: 32_768 });

/** The TypeScript libraries in use here do not declare WebAssembly. */
function newMemory(pages: { initial: number; maximum: number }): { readonly buffer: ArrayBufferLike } {
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly: { Memory: new (descriptor: typeof pages) => { readonly buffer: ArrayBufferLike } };
  };
  return new WebAssembly.Memory(pages);
}

/** Starts the parser module, once per thread. Rejects if WebAssembly cannot be started. */
export async function createOutliner(options: OutlinerOptions = {}): Promise<Outliner> {
  runtime ??= Parser.init({ wasmMemory: memory });
  await runtime;
  return new TreeSitterOutliner(folderUrl(options.grammarDir ?? packagedGrammars));
}

function folderUrl(folder: string | URL): string {
  return typeof folder === 'string' ? folder : fileURLToPath(folder);
}

class GivenUp extends Error {
  readonly reason: 'deadline' | 'nesting';

  constructor(reason: 'deadline' | 'nesting') {
    super(reason);
    this.reason = reason;
  }
}

/**
 * Keeps V8 from optimising the WebAssembly that is first run inside `work`. A few grammars hold functions so large that
 * the optimising compiler takes gigabytes, and longer than the parses it would speed up (Swift: 3 GB and three times
 * the time for 220 files). Code gets its counter for being optimised when it is compiled, at its first call, and only
 * if it passes this filter; there is no function of that number. The flag is one of the whole process: what another
 * thread compiles meanwhile stays unoptimised as well, which costs it some speed and nothing else.
 */
function withoutTierUp<T>(quick: boolean | undefined, work: () => T): T {
  if (!quick) return work();
  setFlagsFromString('--wasm-tier-up-filter=2000000000');
  try {
    return work();
  } finally {
    setFlagsFromString('--wasm-tier-up-filter=-1');
  }
}

class TreeSitterOutliner implements Outliner {
  needsRecycle = false;
  readonly #folder: string;
  readonly #prepared = new Map<string, Promise<Prepared>>();
  readonly #ready = new Map<string, Prepared>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async prepare(language: Language): Promise<void> {
    const { id, grammar } = language;
    if (!grammar) return;
    let pending = this.#prepared.get(id);
    if (!pending) {
      pending = this.#load(grammar, language);
      this.#prepared.set(id, pending);
      pending.catch(() => this.#prepared.delete(id));
    }
    this.#ready.set(id, await pending);
  }

  async #load(file: string, language: Language): Promise<Prepared> {
    const bytes = await readFile(`${this.#folder.replace(/\/$/, '')}/${file}.wasm`);
    const grammar = await Grammar.load(bytes);
    const parser = new Parser();
    parser.setLanguage(grammar);
    return {
      grammar,
      query: new Query(grammar, language.query ?? ''),
      topQuery: language.topQuery ? new Query(grammar, language.topQuery) : undefined,
      topDepth: language.topDepth ?? 1,
      parser,
    };
  }

  outline(language: Language, source: string, options: OutlineOptions = {}): Outline {
    if (language.outline) return language.outline(source);
    if (!language.grammar) return blockOutline(source);
    const prepared = this.#ready.get(language.id);
    if (!prepared) return blockOutline(source, 'grammar');
    const text = withoutNul(source);
    let tree: Tree | undefined;
    try {
      const stopAt = performance.now() + (options.deadlineMs ?? defaultDeadlineMs);
      tree = withoutTierUp(language.quickCompile, () => parse(prepared.parser, text, stopAt));
      const outline = buildOutline(language, text, findMatches(prepared, tree, stopAt));
      this.needsRecycle ||= memory.buffer.byteLength > memoryLimit;
      return outline;
    } catch (error) {
      if (error instanceof GivenUp) {
        prepared.parser.reset();
        // The module's memory never shrinks, so the thread should not live on with it.
        if (error.reason === 'nesting') this.needsRecycle = true;
        return blockOutline(source, error.reason);
      }
      tree = undefined;
      this.#renew(prepared);
      return blockOutline(source, isOverflow(error) ? 'nesting' : 'grammar');
    } finally {
      tree?.delete();
    }
  }

  parseOnly(language: Language, source: string): void {
    const prepared = this.#ready.get(language.id);
    if (!prepared) throw new Error(`language not prepared: ${language.id}`);
    withoutTierUp(language.quickCompile, () => prepared.parser.parse(withoutNul(source))?.delete());
  }

  /** The old parser and tree are left alone: freeing what a trap left behind could trap again. */
  #renew(prepared: Prepared): void {
    this.needsRecycle = true;
    try {
      prepared.parser = new Parser();
      prepared.parser.setLanguage(prepared.grammar);
    } catch {
      // The module is beyond repair: every later outline takes this path until the thread is replaced.
    }
  }

  dispose(): void {
    for (const { parser, query, topQuery } of this.#ready.values()) {
      parser.delete();
      query.delete();
      topQuery?.delete();
    }
    this.#ready.clear();
    this.#prepared.clear();
  }
}

/** Scanners take NUL for the end of the text; a space keeps all offsets. */
function withoutNul(source: string): string {
  return source.includes('\0') ? source.replaceAll('\0', ' ') : source;
}

function parse(parser: Parser, text: string, stopAt: number): Tree {
  const limit = Math.max(memoryLimit, memory.buffer.byteLength);
  const tree = parser.parse(text, null, {
    progressCallback: () => memory.buffer.byteLength > limit || performance.now() > stopAt,
  });
  if (!tree) throw new GivenUp(memory.buffer.byteLength > limit ? 'nesting' : 'deadline');
  return tree;
}

/**
 * `matches` instead of `captures`: it marshals every captured node once, and the nodes of a match come together.
 * Measured on 4.7 MB of Python: parsing 715 ms, parsing and this query 900 ms; a cursor walk over all nodes from
 * here 925 ms before it has looked at a single name. On Rust a query of one rare pattern takes 63 ms where parsing
 * takes 225 ms, the full query 83 ms: most of the price is the engine's walk, not the patterns.
 */
function findMatches({ query, topQuery, topDepth }: Prepared, tree: Tree, stopAt: number): QueryMatch[][] {
  let late = false;
  const progressCallback = () => (late ||= performance.now() > stopAt);
  const root = tree.rootNode;
  const found = [query.matches(root, { progressCallback })];
  if (topQuery) found.push(topQuery.matches(root, { maxStartDepth: topDepth, progressCallback }));
  if (late) throw new GivenUp('deadline');
  return found;
}

function isOverflow(error: unknown): boolean {
  return error instanceof RangeError || (error instanceof Error && /stack|recursion/i.test(error.message));
}
