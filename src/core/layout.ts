// Who may import whom: the one table behind the architecture test, ARCHITECTURE.md and the keys of cached evaluations.

/** What a folder (or a file) may import. */
export interface FolderRule {
  /** Path from the root of the repository. Of all rules, the longest path that a file begins with decides. */
  path: string;
  /** What it is for, in Markdown: the second column of ARCHITECTURE.md's table. */
  holds: string;
  /** Paths below `src/` that it may import, besides itself; each stands for all below it. Every one is used. */
  imports: readonly string[];
}

/** Every part of the product. A folder without a rule of its own belongs to the one above it. */
export const folderRules: readonly FolderRule[] = [
  {
    path: 'src/core',
    holds:
      'the shared vocabulary: units, hits, progress, errors; splitting and stemming of identifiers; no I/O',
    imports: [],
  },
  {
    path: 'src/languages',
    holds: 'one file per language, a registry, and the driver that turns a syntax tree into an outline',
    imports: ['core'],
  },
  {
    path: 'src/ingest',
    holds: 'a tree on disk or a revision in git → source texts: walk, ignore rules, reading, roles',
    imports: ['core'],
  },
  {
    path: 'src/store',
    holds:
      'the index file: SQLite container, catalog, segments, postings and BM25F; `vectors/` int8 rows and their scan, `trigrams/` which documents can have a text',
    imports: ['core'],
  },
  {
    path: 'src/query',
    holds: 'the query language: text → tree, tree → text, what each operator is',
    imports: ['core'],
  },
  {
    path: 'src/ranking',
    holds: 'query analysis, signals, order, cascade: pure functions over candidates',
    imports: ['core'],
  },
  {
    path: 'src/text',
    holds: 'byte-pair tokenizer for code and queries: training, encoding, `tokenizer.json`',
    imports: ['core'],
  },
  {
    path: 'src/tensor',
    holds:
      'graphs with static shapes, autodiff, optimizers, checkpoints, export; runs on onnxruntime; knows nothing of code',
    imports: ['core'],
  },
  {
    path: 'src/models',
    holds:
      'how a text becomes a vector: `encoders/` one file per architecture, `cross/` the re-ranker, `external/` models of others, `library/` where models lie and how they are fetched',
    imports: ['core', 'tensor', 'text'],
  },
  {
    path: 'src/engine',
    holds: 'an open index (`CodeIndex`) and a workspace of several: what the wings below are put together to',
    imports: [
      'core',
      'engine/encoding',
      'engine/indexing',
      'engine/searching',
      'engine/settings',
      'engine/sources',
      'ingest',
      'store',
    ],
  },
  {
    path: 'src/engine/sources',
    holds: 'where files come from: trees and revisions, their mounts, texts and freshness',
    imports: ['core', 'ingest', 'store'],
  },
  {
    path: 'src/engine/settings',
    holds: 'configuration files, places of indexes, the numbers of the ranking',
    imports: ['core', 'engine', 'ingest', 'languages', 'ranking', 'store'],
  },
  {
    path: 'src/engine/encoding',
    holds: 'vectors of units: the model in use, what it reads, its cache, the phase that fills gaps',
    imports: ['core', 'engine/sources', 'languages', 'models', 'store'],
  },
  {
    path: 'src/engine/indexing',
    holds: 'a changed file → a segment: comparison, workers, importers, commit, compaction',
    imports: ['core', 'engine/encoding', 'engine/settings', 'engine/sources', 'ingest', 'languages', 'store'],
  },
  {
    path: 'src/engine/searching',
    holds:
      'a query → hits: `selection/` what a query lets through, `content/` literals and expressions in files, `reranking/`',
    imports: [
      'core',
      'engine/encoding',
      'engine/indexing/memory-index.ts',
      'engine/settings',
      'engine/sources',
      'ingest',
      'languages',
      'models/cross',
      'query',
      'ranking',
      'store',
    ],
  },
  {
    path: 'src/engine/health',
    holds: '`quarry doctor`: what is damaged, and its repair',
    imports: ['core', 'engine', 'engine/encoding', 'engine/sources', 'store'],
  },
  {
    path: 'src/engine/watch',
    holds: 'follows trees and repositories, and says when an update is due',
    imports: ['core', 'engine/settings', 'engine/sources', 'ingest'],
  },
  {
    path: 'src/service',
    holds:
      'one index for many callers: queue, cache, cursors; `view/` snippets and highlighting, `updating/` updates in a process of their own; `api.ts` is what all front ends but the terminal speak',
    imports: ['core', 'engine', 'library.ts'],
  },
  {
    path: 'src/server',
    holds: 'the service over HTTP: routes, tokens, limits, metrics, the life of the daemon',
    imports: ['core', 'engine', 'service'],
  },
  {
    path: 'src/mcp',
    holds: 'the service as tools for agents, and the configuration of the programs that call them',
    imports: ['core', 'service'],
  },
  {
    path: 'src/evaluation',
    holds: 'data sets, baseline systems, judging, significance, reports: `quarry eval` without the engine',
    imports: ['core', 'ranking'],
  },
  {
    path: 'src/training',
    holds: 'what is trained: recipes, kinds, report; `adapt/` fits a model to a repository',
    imports: ['core', 'evaluation', 'models', 'tensor', 'text'],
  },
  {
    path: 'src/experiments',
    holds: 'Quarry as systems under evaluation: lexical, dense, hybrid, cascade, fusion',
    imports: ['core', 'engine', 'evaluation', 'models', 'training/corpus'],
  },
  {
    path: 'src/cli',
    holds: 'the command line: one file per command; `formats/` for editors and pipelines, `completions/`',
    imports: [
      'core',
      'engine',
      'evaluation',
      'experiments',
      'library.ts',
      'mcp',
      'models',
      'query',
      'server',
      'service',
      'training',
    ],
  },
  {
    path: 'src/library.ts',
    holds:
      'opens indexes and keeps them fresh with the environment of the process: what the engine never reads',
    imports: ['engine', 'ingest'],
  },
  {
    path: 'src/index.ts',
    holds: 'the public API, nothing else',
    imports: ['core', 'engine', 'library.ts', 'query'],
  },
  {
    path: 'web/report',
    holds:
      'the page of an evaluation or a training (preact, Observable Plot), built into one HTML template in `dist/`',
    imports: ['evaluation', 'training/report.ts'],
  },
  {
    path: 'web/search',
    holds: 'the search page (preact), built to `dist/web/search/`',
    imports: ['core', 'service/api.ts'],
  },
];

/** Where packages may be imported: paths from the root of the repository. A package that is missing here may not be used. */
export const packageRules: Readonly<Record<string, readonly string[]>> = {
  '@bufbuild/protobuf': ['src/tensor/onnx.ts'],
  '@fastify/rate-limit': ['src/server'],
  '@fastify/swagger': ['src/server'],
  '@huggingface/tokenizers': ['src/models/external/tokenizer.ts'],
  '@modelcontextprotocol/sdk': ['src/mcp'],
  '@observablehq/plot': ['web/report'],
  '@parcel/watcher': ['src/engine/watch/native.ts'],
  fastify: ['src/server'],
  'onnxruntime-node': ['src/tensor'],
  pino: ['src/server'],
  preact: ['web'],
  'prom-client': ['src/server/metrics.ts'],
  shiki: ['src/service/view'],
  'web-tree-sitter': ['src/languages'],
  zod: ['src/mcp'],
};

/** The rule for a path from the root of the repository: the one with the longest path that it begins with. */
export function ruleOf(path: string, rules: readonly FolderRule[] = folderRules): FolderRule | undefined {
  let best: FolderRule | undefined;
  for (const rule of rules) {
    if (isBelow(path, rule.path) && rule.path.length > (best?.path.length ?? 0)) best = rule;
  }
  return best;
}

/** Whether a path is a folder or lies in it. */
export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/**
 * The folders below `src/`, given and imported by them at any remove, whose code can decide what the given ones do. Sorted; no
 * one lies in another.
 */
export function codeBehind(folders: readonly string[]): string[] {
  const reached = new Set<string>();
  const visit = (folder: string) => {
    if (reached.has(folder)) return;
    reached.add(folder);
    const own = ruleOf(`src/${folder}`);
    const within = folderRules.filter(rule => isBelow(rule.path, `src/${folder}`));
    for (const rule of own ? [own, ...within] : within) rule.imports.forEach(visit);
  };
  folders.forEach(visit);
  return [...reached]
    .filter(folder => ![...reached].some(other => other !== folder && isBelow(folder, other)))
    .sort();
}
