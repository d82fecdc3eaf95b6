import { parentPort } from 'node:worker_threads';
import { createHighlighterCore, type HighlighterCore } from 'shiki/core';
import { createOnigurumaEngine } from 'shiki/engine/oniguruma';
import { type BundledLanguage, bundledLanguages } from 'shiki/langs';
import { bundledThemes } from 'shiki/themes';
import type { Token } from '../api.ts';
import type { HighlightAnswer, HighlightRequest } from './highlight.ts';

/* Colours lines in a thread of its own: compiling a grammar takes up to a second, and searches go on meanwhile. */

/** Both with enough contrast for every token. */
const themes = { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' } as const;

const port = parentPort!;
let opening: Promise<HighlighterCore> | undefined;

async function open(): Promise<HighlighterCore> {
  return createHighlighterCore({
    themes: [bundledThemes[themes.light](), bundledThemes[themes.dark]()],
    langs: [],
    engine: createOnigurumaEngine(import('shiki/wasm')),
  });
}

async function colour({ language, lines, skip }: HighlightRequest): Promise<Token[][] | undefined> {
  const grammar = bundledLanguages[language as BundledLanguage];
  if (!grammar) return undefined;
  opening ??= open();
  const highlighter = await opening;
  if (!highlighter.getLoadedLanguages().includes(language)) await highlighter.loadLanguage(grammar);
  const found = highlighter.codeToTokensWithThemes(lines.join('\n'), {
    lang: language,
    themes,
    tokenizeMaxLineLength: 1000,
    tokenizeTimeLimit: 200,
  });
  return found.slice(skip).map(line =>
    line.map(({ content, variants }) => ({
      text: content,
      ...(variants.light?.color ? { light: variants.light.color } : {}),
      ...(variants.dark?.color ? { dark: variants.dark.color } : {}),
    })),
  );
}

port.on('message', (request: HighlightRequest) => {
  const answer = (tokens: Token[][] | undefined) =>
    port.postMessage({ id: request.id, tokens } satisfies HighlightAnswer);
  // A grammar that fails costs colours, nothing else.
  colour(request).then(answer, () => answer(undefined));
});
