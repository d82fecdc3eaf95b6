import { bash } from './bash.ts';
import { c } from './c.ts';
import { cpp } from './cpp.ts';
import { csharp } from './csharp.ts';
import { elixir } from './elixir.ts';
import { go } from './go.ts';
import { haskell } from './haskell.ts';
import { java } from './java.ts';
import { javascript } from './javascript.ts';
import { kotlin } from './kotlin.ts';
import type { Language } from './language.ts';
import { lua } from './lua.ts';
import { markdown } from './markdown.ts';
import { php } from './php.ts';
import { plainLanguages } from './plain.ts';
import { python } from './python.ts';
import { ruby } from './ruby.ts';
import { rust } from './rust.ts';
import { scala } from './scala.ts';
import { swift } from './swift.ts';
import { text } from './text.ts';
import { tsx, typescript } from './typescript.ts';
import { zig } from './zig.ts';

/** Every language, one line each. Where two name an extension, the first one has it. */
export const languages: readonly Language[] = [
  python,
  javascript,
  typescript,
  tsx,
  java,
  go,
  ruby,
  php,
  c,
  cpp,
  csharp,
  rust,
  kotlin,
  swift,
  scala,
  bash,
  lua,
  elixir,
  haskell,
  zig,
  markdown,
  text,
  ...plainLanguages,
];

const byId = new Map(languages.map(language => [language.id, language]));

/** The language with this id; ids are lower case. */
export function languageById(id: string): Language | undefined {
  return byId.get(id);
}
