/**
 * What is left out without any ignore file, with the lowest precedence: `!node_modules/` in a `.quarryignore` or a
 * `.gitignore` brings it back. Only names that tools reserve for downloaded or derived files; `build`, `dist`, `out`,
 * `target` and `vendor` are not here because they also name source folders (their content gets its role instead).
 * Two kinds of directories are known by a marker file instead of a name: virtual environments by `pyvenv.cfg` and
 * tagged caches (cargo's `target` among them) by `CACHEDIR.TAG`.
 */
export const defaultPatterns: readonly string[] = [
  // packages fetched by a manager
  'node_modules/',
  'bower_components/',
  'jspm_packages/',
  '**/.yarn/cache/',
  '**/.yarn/unplugged/',
  '.pnpm-store/',
  '.venv/',
  '.eggs/',
  '*.egg-info/',
  '.bundle/',
  '.terraform/',
  '.stack-work/',
  'dist-newstyle/',
  'elm-stuff/',
  '.dart_tool/',
  '.pub-cache/',
  // caches and derived files
  '__pycache__/',
  '.cache/',
  '.tox/',
  '.nox/',
  '.mypy_cache/',
  '.pytest_cache/',
  '.ruff_cache/',
  '.ipynb_checkpoints/',
  '.hypothesis/',
  '.gradle/',
  '.next/',
  '.nuxt/',
  '.svelte-kit/',
  '.angular/',
  '.parcel-cache/',
  '.turbo/',
  '.nyc_output/',
  '.ccls-cache/',
  '.clangd/',
  '.bloop/',
  '.metals/',
  '.zig-cache/',
  'zig-cache/',
  'DerivedData/',
  '*.dSYM/',
  // editors and systems
  '.idea/',
  '.vs/',
  '.DS_Store',
  '*.swp',
  '*~',
  // other version control systems
  '.bzr/',
  '_darcs/',
  '.sl/',
  'CVS/',
];

/** Directories no rule brings back. A `.git` file, as worktrees and submodules have it, is left out as well. */
export const versionControl: ReadonlySet<string> = new Set(['.git', '.hg', '.svn', '.jj']);
