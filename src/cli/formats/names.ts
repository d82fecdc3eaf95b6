/** What `--format` takes. Without imports: completions and help name them too. */
export const outputFormats = [
  'text',
  'paths',
  'vimgrep',
  'github',
  'sarif',
  'markdown',
  'json',
  'jsonl',
] as const;
export type OutputFormat = (typeof outputFormats)[number];
