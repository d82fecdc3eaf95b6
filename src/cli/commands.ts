import type { Arguments, CommandSpec, Flag } from './arguments.ts';
import type { Surroundings } from './surroundings.ts';

/** Runs a command and gives the exit code. Expected failures are thrown as QuarryError. */
type Run = (args: Arguments, around: Surroundings) => Promise<number>;

/** A command and where its code is: loaded only when it is called, so that a search starts fast. */
export interface Command extends CommandSpec {
  load: () => Promise<Run>;
}

/** Flags every command has. */
const common: readonly Flag[] = [
  { name: 'color', value: 'WHEN', help: 'auto (default), always or never; NO_COLOR is respected' },
  { name: 'quiet', short: 'q', help: 'no notes and no progress on stderr, only errors' },
  { name: 'debug', help: 'show the stack trace of an error' },
  { name: 'help', short: 'h', help: 'show this help' },
  { name: 'version', short: 'V', help: 'show the version' },
];

const indexFile: Flag = {
  name: 'index',
  value: 'FILE',
  help: 'the index file; default: one per tree in the cache directory',
};
const model: Flag = {
  name: 'model',
  value: 'NAME',
  help: 'what searches by meaning: a model, its folder, or none; default: the shipped one',
};
const threads: Flag = { name: 'threads', value: 'N', help: 'indexing threads; default: one per core' };
const workspace: Flag = {
  name: 'workspace',
  value: 'NAME',
  help: 'several repositories in one index (see: quarry repos); default: $QUARRY_WORKSPACE',
};
const revisions: Flag = {
  name: 'rev',
  value: 'A,B',
  repeat: true,
  help: 'also these branches, tags or commits; they need not be checked out',
};
const repositoryNames: Flag = {
  name: 'name',
  value: 'A,B',
  repeat: true,
  help: 'names of the directories, in their order; default: what they are called',
};
const json: Flag = { name: 'json', help: 'one JSON document on stdout' };

const search: Command = {
  name: 'search',
  summary: 'find code by what it does (the default: the word "search" can be left out)',
  usage: '"words or code" [path]',
  details: [
    'Words need not be quoted: if the last argument is an existing path, that is where to search.',
    'The index is brought up to date first; files that did not change are not read again.',
  ],
  positionals: Number.POSITIVE_INFINITY,
  flags: [
    { name: 'limit', short: 'k', value: 'N', help: 'how many files to show, 1 to 1000; default 10' },
    { name: 'per-file', value: 'N', help: 'how many places of each file, the best one first; default 3' },
    { name: 'context', short: 'C', value: 'N', help: 'N more lines before and after each snippet' },
    { name: 'before', short: 'B', value: 'N', help: 'N more lines before each snippet' },
    { name: 'after', short: 'A', value: 'N', help: 'N more lines after each snippet' },
    { name: 'files-with-matches', short: 'l', help: 'only the paths' },
    { name: 'no-snippet', help: 'only the lines that say where' },
    { name: 'explain', help: 'show what each score is made of' },
    { name: 'lang', value: 'A,B', repeat: true, help: 'only these languages (see: quarry languages)' },
    {
      name: 'kind',
      value: 'A,B',
      repeat: true,
      help: 'only these kinds: function, method, class, interface, …',
    },
    { name: 'role', value: 'A,B', repeat: true, help: 'only source, test, generated, vendored or docs' },
    { name: 'no-tests', help: 'leave test code out' },
    {
      name: 'path',
      value: 'GLOB',
      repeat: true,
      help: 'only files that match: src/**, *.ts, a folder; repeatable',
    },
    { name: 'not-path', value: 'GLOB', repeat: true, help: 'no files that match; repeatable' },
    {
      name: 'regexp',
      short: 'e',
      value: 'PATTERN',
      repeat: true,
      help: 'only what a regular expression matches; repeatable: any of them; words rank',
    },
    { name: 'fixed-strings', short: 'F', help: 'the query, or -e, is text to find as it is' },
    { name: 'ignore-case', short: 'i', help: 'for text and patterns: upper and lower case are the same' },
    { name: 'word-regexp', short: 'w', help: 'with -F or -e: only whole words' },
    { name: 'words', help: 'the query is nothing but words: no operators, quotes or patterns in it' },
    {
      name: 'format',
      value: 'NAME',
      help: 'text (default), paths, vimgrep, github, sarif, markdown, json or jsonl',
    },
    json,
    { name: 'jsonl', help: 'one JSON document per result' },
    { name: 'batch', help: 'read {"id", "query"} lines on stdin, write {"id", "results"} lines' },
    {
      name: 'mode',
      value: 'MODE',
      help: 'lexical: by words only; dense: by meaning only; hybrid: both (default)',
    },
    model,
    {
      name: 'rerank',
      value: 'N',
      help: 'let a cross-encoder put the first N files in order, 1 to 100, or: on, off',
    },
    { name: 'rerank-budget', value: 'MS', help: 'milliseconds it may take; default 1000' },
    {
      name: 'reranker',
      value: 'NAME',
      help: 'the cross-encoder: a name or its folder; with it, rerank is on',
    },
    { name: 'no-update', help: 'search the index as it is, without looking at the tree' },
    workspace,
    indexFile,
    threads,
    ...common,
  ],
  examples: [
    ['"where are retries scheduled"', 'search the tree around the current directory'],
    ['parseHeader src/http', 'an identifier, below a folder'],
    ['"read a config file" --lang go,rust -k 3', 'three results in two languages'],
    ['"connection pool" --json | jq .results[0].path', 'for scripts'],
    ["-F 'foo(' src", 'a literal, as with grep -F'],
    ["-e 'retry\\w*\\(' backoff with jitter", 'a pattern filters, words rank'],
    ['search index', 'search for a word that is also a command'],
    [
      '"read settings" --format vimgrep',
      "Vim, :cexpr system('quarry …'); or set grepprg=quarry\\ --format\\ vimgrep",
    ],
    ['-F TODO --format github', 'annotations in a workflow of GitHub Actions'],
  ],
  load: async () => (await import('./commands/search.ts')).search,
};

const index: Command = {
  name: 'index',
  summary: 'build the index or bring it up to date',
  usage: '[path]...',
  details: [
    'Ctrl-C keeps what is done; the next run goes on from there.',
    'Several directories, or revisions, make a workspace: one index in which what they have in common is kept once.',
  ],
  positionals: Number.POSITIVE_INFINITY,
  flags: [
    workspace,
    revisions,
    repositoryNames,
    { name: 'force', help: 'throw the index away and read everything again' },
    { name: 'no-wait', help: 'fail at once if another process is updating this index' },
    json,
    indexFile,
    model,
    threads,
    ...common,
  ],
  examples: [
    ['index', 'the tree around the current directory'],
    ['index ~/src/linux --threads 8', 'a big one'],
    ['index ~/src/app ~/src/lib --workspace team', 'two repositories, searched together'],
    ['index ~/src/app --rev main,v1.0', 'the working tree, a branch and a tag'],
  ],
  load: async () => (await import('./commands/index.ts')).index,
};

const watch: Command = {
  name: 'watch',
  summary: 'keep an index up to date while files change, until Ctrl-C',
  usage: '[path]',
  details: [
    'One line per update on stdout. Changes are collected until it is quiet; a checkout or rebase is one update. Where the system',
    'gives no events, as on network drives, all files are looked at again and again, less often while nothing happens.',
    'Exit code: 0 when it is stopped, 130 if the first update had not ended. A quarry serve of the same tree watches itself.',
  ],
  positionals: 1,
  flags: [
    {
      name: 'poll',
      value: 'SECONDS',
      help: 'look at all files every so often, instead of waiting for events',
    },
    { name: 'json', help: 'one JSON document per line: {"time", "event": "updated", "note" or "failed", …}' },
    workspace,
    indexFile,
    model,
    threads,
    ...common,
  ],
  examples: [
    ['watch', 'the tree around the current directory'],
    ['watch /mnt/share/code --poll 10', 'a network drive'],
    ["watch --json | jq -r '.changed'", 'for scripts'],
  ],
  load: async () => (await import('./commands/watch.ts')).watch,
};

const status: Command = {
  name: 'status',
  summary: 'what is indexed, what is not, and why',
  usage: '[path]',
  positionals: 1,
  flags: [
    { name: 'skipped', help: 'list every file that is not indexed' },
    json,
    workspace,
    indexFile,
    model,
    ...common,
  ],
  examples: [
    ['status', 'the tree around the current directory'],
    ['status --skipped | less', 'everything that was left out'],
  ],
  load: async () => (await import('./commands/status.ts')).status,
};

const doctor: Command = {
  name: 'doctor',
  summary: 'check an index for damage, and repair it',
  usage: '[path]',
  details: [
    'Without --repair nothing is changed. Exit code 0: sound, 1: something was found, 2: could not look.',
  ],
  positionals: 1,
  flags: [{ name: 'repair', help: 'do what the findings say' }, json, workspace, indexFile, model, ...common],
  examples: [
    ['doctor', 'look'],
    ['doctor --repair', 'look and repair'],
  ],
  load: async () => (await import('./commands/doctor.ts')).doctor,
};

const clear: Command = {
  name: 'clear',
  summary: 'remove an index; source files are never touched',
  usage: '[path]',
  positionals: 1,
  flags: [
    { name: 'all', help: 'remove all indexes in the index directory, and the cache of vectors' },
    json,
    workspace,
    indexFile,
    ...common,
  ],
  examples: [['clear', 'the index of the tree around the current directory']],
  load: async () => (await import('./commands/clear.ts')).clear,
};

const repos: Command = {
  name: 'repos',
  summary: 'the repositories and revisions of a workspace',
  usage: '[list] | add <directory>... [--rev A,B] | remove <name or name@rev>...',
  details: [
    'A directory is a working tree of git, a bare repository, or any other. What is removed is only left out of the index;',
    'source files and repositories are never touched. What vanishes or moves keeps its files here until it is removed.',
  ],
  positionals: Number.POSITIVE_INFINITY,
  flags: [workspace, revisions, repositoryNames, json, indexFile, ...common],
  examples: [
    ['repos', 'what is in the workspace'],
    ['repos add ~/src/app --rev v1.0', 'one more, and an old version of it'],
    ['repos remove app@v1.0', 'without the old version'],
  ],
  load: async () => (await import('./commands/repos.ts')).repos,
};

const languages: Command = {
  name: 'languages',
  summary: 'the languages Quarry knows and their file names',
  usage: '',
  positionals: 0,
  flags: [json, ...common],
  examples: [['languages', 'names to use with --lang']],
  load: async () => (await import('./commands/languages.ts')).languages,
};

const evaluation: Command = {
  name: 'eval',
  summary: 'measure how good a search is: on public benchmarks, or on your own code',
  usage: '<data set, experiment.json or directory>...',
  details: [
    'A data set is a name (see --list), one with a path (csn:DIR, beir:DIR, jsonl:FILE, questions:FILE, repo:DIR), or a',
    'directory: its doc comments become queries. An experiment file holds data sets, systems, measures and a baseline.',
    'Runs are kept by a fingerprint of data, system and code: what has run once is not run again, and Ctrl-C loses',
    'only the step it interrupts. Exit code 1: --golden found a measure that fell.',
  ],
  positionals: Number.POSITIVE_INFINITY,
  flags: [
    { name: 'list', help: 'list data sets, systems and measures' },
    {
      name: 'systems',
      value: 'A,B',
      repeat: true,
      help: 'systems, e.g. bm25,codehow,lexical or bm25(k1=2,b=0.5)',
    },
    {
      name: 'external',
      value: 'NAME=COMMAND',
      repeat: true,
      help: 'any command that prints ranked paths; {query} {root} {limit} {cwd}',
    },
    {
      name: 'baseline',
      value: 'NAME',
      help: 'what the others are compared with; default: bm25, or the first system',
    },
    {
      name: 'measures',
      value: 'A,B',
      repeat: true,
      help: 'e.g. mrr,ndcg@10,success@1; default: those of the data set',
    },
    { name: 'data', value: 'DIR', help: 'folder with one folder per data set; default: $QUARRY_DATA' },
    { name: 'repos', value: 'DIR', help: 'checkouts or clones, for data sets about repositories' },
    { name: 'split', value: 'NAME', help: 'dev while tuning; default: test' },
    {
      name: 'protocol',
      value: 'NAME',
      help: 'training pairs a learning system may see: full (default) or disjoint',
    },
    { name: 'first', value: 'N', help: 'only the first N queries' },
    {
      name: 'pool',
      value: 'N',
      help: 'rank within pools of N candidates, e.g. 1000; default: the whole codebase',
    },
    { name: 'strict', help: 'fail at the first malformed row instead of leaving it out' },
    { name: 'seed', value: 'N', help: 'seed of pools, bootstrap and randomisation; default 1' },
    { name: 'worst', value: 'N', help: 'show the N queries answered worst' },
    json,
    { name: 'rows', value: 'FILE', help: 'write one JSON line per query' },
    { name: 'html', value: 'FILE', help: 'write a report to open in a browser' },
    { name: 'markdown', value: 'FILE', help: 'write a report in Markdown' },
    { name: 'out', value: 'DIR', help: 'write result.json, rows.jsonl, report.md and report.html there' },
    {
      name: 'golden',
      value: 'FILE',
      help: 'compare with golden ranks and write them; fails if a measure fell',
    },
    { name: 'accept', value: 'REASON', help: 'with --golden: take the new ranks although a measure fell' },
    { name: 'no-latency', help: 'do not time single queries' },
    { name: 'no-cache', help: 'run everything again' },
    { name: 'cache', value: 'DIR', help: 'where runs are kept; default: quarry/eval in the cache directory' },
    ...common,
  ],
  examples: [
    ['eval cosqa --systems bm25,codehow,lexical --baseline bm25', 'three systems on one benchmark'],
    ['eval .', 'how good is it on this repository'],
    ['eval repo-queries --repos checkouts --html report.html', 'a report with plots and a failure browser'],
    ['eval experiment.json --out results', 'an experiment from a file'],
  ],
  load: async () => (await import('./commands/eval.ts')).evaluate,
};

const corpus: Command = {
  name: 'corpus',
  summary: 'mine (question, code) pairs to train on from repositories and packages',
  usage: 'build <manifest> | stats <corpus> | check <corpus>',
  details: [
    'A manifest lists sources with their licences; what is not permissive is refused. Pairs come from doc comments, tests,',
    'READMEs, changelogs, examples and commits. What an evaluation set below --data holds is taken out, and its repositories',
    'are not read. Ctrl-C keeps every finished source. check: exit code 1 if something was found.',
  ],
  positionals: 2,
  flags: [
    {
      name: 'sources',
      value: 'DIR',
      help: 'where the clones and packages lie; default: the current directory',
    },
    { name: 'out', value: 'DIR', help: 'the corpus; default: corpus' },
    { name: 'data', value: 'DIR', help: 'evaluation data, one folder per data set; default: $QUARRY_DATA' },
    { name: 'no-decontamination', help: 'build without looking at evaluation data' },
    { name: 'limit', value: 'N', help: 'at most N pairs of each kind per source' },
    { name: 'commits', value: 'N', help: 'commits of each clone to look at; default 4000, 0 for none' },
    { name: 'seed', value: 'N', help: 'seed of the splits and of --limit; default 1' },
    {
      name: 'allow-licence',
      value: 'A,B',
      repeat: true,
      help: 'SPDX ids to allow besides the permissive ones',
    },
    json,
    ...common,
  ],
  examples: [
    ['corpus build corpora/manifest.json --sources clones --data data --out corpus', 'build, or go on'],
    ['corpus stats corpus', 'pairs by language, kind and split'],
    ['corpus check corpus --data data', 'checksums, and nothing of an evaluation set in it'],
  ],
  load: async () => (await import('./commands/corpus.ts')).corpus,
};

const models: Command = {
  name: 'models',
  summary: 'the models there are, and more of them from a hub or a folder',
  usage: '[list] | show <name> | add <owner/name[@revision]> | remove <name> | check <name or folder>',
  details: [
    'Nothing is downloaded unless you ask for it with add. Downloaded models are kept in $QUARRY_MODELS_DIR, else in',
    '~/.cache/quarry/models. HF_ENDPOINT names another hub, HF_TOKEN opens private models, HTTPS_PROXY and NO_PROXY count.',
    'A folder with model.onnx and tokenizer.json needs no adding: name it. check: exit code 1 if something was found.',
  ],
  positionals: 2,
  flags: [
    { name: 'quantized', help: 'add: the int8 network, smaller and faster, in place of the full one' },
    json,
    ...common,
  ],
  examples: [
    ['models', 'what there is'],
    ['models add minishlab/potion-code-16M', 'download one; Ctrl-C keeps what is there'],
    ['models check ./folder', 'open it and encode two pieces of code'],
  ],
  load: async () => (await import('./commands/models.ts')).models,
};

const train: Command = {
  name: 'train',
  summary: 'train an encoder, or adapt one to your own code',
  usage: '[recipe] --out <dir> | --on <dir> | --out <dir> --resume | report <run>...',
  details: [
    'A recipe is an encoder, a loss, sources of pairs and their settings (see --list; default: static); flags change its fields.',
    'Ctrl-C writes a checkpoint; --resume goes on from it as if nothing had been. With --threads 1 a run repeats to the bit.',
    '--on trains the current static model further on a repository, compares both on files that were held out, and keeps the',
    'new one under the name --id if it is better. Exit code 1: it is not. report writes a page with the plots of some runs.',
  ],
  positionals: Number.POSITIVE_INFINITY,
  flags: [
    { name: 'list', help: 'list recipes, losses, encoders and sources' },
    { name: 'out', value: 'DIR', help: 'where the run is kept; with report: the file to write' },
    { name: 'resume', help: 'go on with the run in --out' },
    { name: 'corpus', value: 'DIR', help: 'what the source corpus means (see: quarry corpus)' },
    { name: 'data', value: 'DIR', help: 'folder with one folder per data set; default: $QUARRY_DATA' },
    {
      name: 'source',
      value: 'SPEC',
      repeat: true,
      help: 'train on this instead: ID, ID:ARGUMENT or ID*TIMES; repeatable',
    },
    { name: 'init', value: 'DIR', help: 'run or static model to start from, with its tokenizer' },
    { name: 'on', value: 'DIR', help: 'adapt the current model to this tree' },
    { name: 'model', value: 'NAME', help: 'with --on: the model to adapt, a name or a folder' },
    { name: 'commits', value: 'N', help: 'with --on: commits to look at; default 4000, 0 for none' },
    {
      name: 'id',
      value: 'NAME',
      help: 'name of the model; default: that of the recipe, with --on own-<folder>',
    },
    { name: 'epochs', value: 'N', help: 'passes over all pairs' },
    { name: 'steps', value: 'N', help: 'most steps, if fewer than the epochs have' },
    { name: 'batch', value: 'N', help: 'pairs per step; all others of the batch are wrong answers' },
    { name: 'rate', value: 'X', help: 'highest learning rate' },
    { name: 'dims', value: 'N', help: 'length of a vector' },
    { name: 'vocabulary', value: 'N', help: 'tokens of the tokenizer' },
    { name: 'temperature', value: 'X', help: 'of the loss' },
    { name: 'dropout', value: 'X', help: 'share of activations left out in training' },
    { name: 'similar', value: 'X', help: 'share of pairs in batches of similar ones; needs --init' },
    { name: 'freeze', value: 'A,B', help: 'weights that stay as they are in --init' },
    { name: 'towers', value: 'WHICH', help: 'shared or separate weights for queries and code' },
    { name: 'patience', value: 'N', help: 'stop after N validations without a better one; 0: never' },
    { name: 'seed', value: 'N', help: 'of everything that is drawn; default 1' },
    { name: 'threads', value: 'N', help: 'threads of the runtime; default: one per core' },
    { name: 'device', value: 'NAME', help: 'cpu (default) or webgpu' },
    json,
    ...common,
  ],
  examples: [
    ['train static --corpus corpus --data data --out runs/static', 'the fast encoder'],
    [
      'train transformer --init runs/static --corpus corpus --data data --out runs/t',
      'start from another run',
    ],
    ['train --out runs/static --resume', 'go on after Ctrl-C'],
    ['train --on . --id mine', 'adapt the current model to this tree'],
    ['train report runs/static runs/t --out report.html', 'curves of two runs'],
  ],
  load: async () => (await import('./commands/train.ts')).train,
};

const completions: Command = {
  name: 'completions',
  summary: 'print a script that completes commands, flags and values in a shell',
  usage: 'bash | zsh | fish',
  details: ['Downloaded models are completed by the names they have now: run it again after adding one.'],
  positionals: 1,
  flags: common,
  examples: [
    ['completions bash > ~/.local/share/bash-completion/completions/quarry', 'for bash'],
    ['completions zsh > ~/.zfunc/_quarry', 'for zsh; ~/.zfunc must be in fpath before compinit'],
    ['completions fish > ~/.config/fish/completions/quarry.fish', 'for fish'],
  ],
  load: async () => (await import('./commands/completions.ts')).completions,
};

const mcp: Command = {
  name: 'mcp',
  summary: 'search for coding agents: tools on stdin and stdout (Model Context Protocol)',
  usage: '[path] | install [path] --client NAME',
  details: [
    'Agents start it themselves. The index is built in the background and kept up to date; a running quarry serve is shared.',
    'install prints the configuration of an agent or editor, --write puts it into its file, where all else stays as it is.',
  ],
  positionals: 2,
  flags: [
    {
      name: 'client',
      value: 'A,B',
      repeat: true,
      help: 'install: which ones; without, those that are known are listed',
    },
    { name: 'write', help: 'install: write into the file; a backup is kept beside it' },
    { name: 'print', help: 'install: print the text (the default), also with --write' },
    { name: 'project', help: "install: the project's file, not the user's" },
    workspace,
    indexFile,
    model,
    threads,
    ...common,
  ],
  examples: [
    ['mcp install --client claude-code --write', 'for every project of this user'],
    ['mcp install ~/src/app --client claude-desktop', 'print what belongs into the file'],
    ['mcp .', 'serve the tree around the current directory'],
  ],
  load: async () => (await import('./commands/mcp.ts')).mcp,
};

const serve: Command = {
  name: 'serve',
  summary: 'serve an index over HTTP: API, search page, tools for agents',
  usage: '[path] | token create --name NAME [--scope A,B] | token list | token revoke NAME',
  details: [
    'One process for all editors, agents and people of a machine. It listens at once, indexes in the background and follows',
    'changes of the tree. Elsewhere than on loopback it needs a token. See docs/serving.md.',
  ],
  positionals: 3,
  flags: [
    { name: 'port', value: 'N', help: 'default 4747; 0 for any: it is printed on stdout' },
    { name: 'host', value: 'ADDRESS', help: 'where to listen; default 127.0.0.1' },
    { name: 'require-token', help: 'ask for tokens on loopback too' },
    {
      name: 'allow-host',
      value: 'NAME',
      repeat: true,
      help: 'a host name that a proxy passes on; repeatable',
    },
    { name: 'cors', value: 'ORIGIN', repeat: true, help: 'pages of this origin may call; repeatable' },
    { name: 'rate-limit', value: 'N', help: 'requests of one client in a minute; default 6000, 0 for any' },
    { name: 'concurrency', value: 'N', help: 'requests of one client at a time; default 32' },
    { name: 'deadline', value: 'MS', help: 'milliseconds a request may take; default 10000' },
    { name: 'memory', value: 'MB', help: 'ceiling of all its processes; default 1024, 0 for none' },
    { name: 'no-watch', help: 'do not follow changes of the tree' },
    { name: 'no-update', help: 'serve the index as it is' },
    { name: 'log-level', value: 'LEVEL', help: 'debug, info (default), warn, error or silent' },
    { name: 'log-queries', help: 'write what is searched for into the log' },
    { name: 'scope', value: 'A,B', repeat: true, help: 'token create: read (default), index, admin' },
    { name: 'name', value: 'NAME', help: 'token create: who or what it is for' },
    json,
    workspace,
    indexFile,
    model,
    threads,
    ...common,
  ],
  examples: [
    ['serve', 'the tree around the current directory at http://127.0.0.1:4747'],
    ['serve ~/src/app --port 0 --quiet', 'any port, printed on stdout'],
    ['serve token create --name ci --scope read,index', 'prints a token once'],
    ['serve --host 0.0.0.0', 'for other machines, with a token'],
  ],
  load: async () => (await import('./commands/serve.ts')).serve,
};

/** All commands; the first one is the default. */
export const commands: readonly Command[] = [
  search,
  index,
  watch,
  status,
  serve,
  mcp,
  doctor,
  clear,
  repos,
  languages,
  models,
  evaluation,
  corpus,
  train,
  completions,
];
