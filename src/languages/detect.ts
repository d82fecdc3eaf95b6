import type { Language } from './language.ts';
import { languages } from './registry.ts';
import { text } from './text.ts';

const byFilename = new Map<string, Language>();
const byExtension = new Map<string, Language>();
const byInterpreter = new Map<string, Language>();
const claims = new Map<string, { language: Language; head: RegExp }[]>();

for (const language of languages) {
  for (const filename of language.filenames ?? []) add(byFilename, filename.toLowerCase(), language);
  for (const extension of language.extensions) add(byExtension, extension, language);
  for (const interpreter of language.interpreters ?? []) add(byInterpreter, interpreter, language);
  for (const { extension, head } of language.claims ?? []) {
    claims.set(extension, [...(claims.get(extension) ?? []), { language, head }]);
  }
}

function add(map: Map<string, Language>, key: string, language: Language): void {
  if (!map.has(key)) map.set(key, language);
}

/**
 * Tells a file's language by its name, else by its extension, else by the `#!` line or editor mode line in `head`
 * (the first few kilobytes of the text). What nothing fits is `text`.
 */
export function detectLanguage(path: string, head: string): Language {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const named = byFilename.get(name);
  if (named) return named;
  const dot = name.lastIndexOf('.');
  const extension = dot < 0 ? '' : name.slice(dot);
  const owner = byExtension.get(extension);
  if (owner) return claims.get(extension)?.find(claim => claim.head.test(head))?.language ?? owner;
  return byShebang(head) ?? byModeline(head) ?? byNamePrefix(name) ?? text;
}

function byShebang(head: string): Language | undefined {
  if (!head.startsWith('#!')) return undefined;
  const words = head
    .slice(2, head.indexOf('\n') < 0 ? 200 : head.indexOf('\n'))
    .trim()
    .split(/\s+/);
  let program = words.shift() ?? '';
  if (/(?:^|\/)env$/.test(program)) {
    // `env -S node --flag`, `env NAME=value python3`
    program = words.find(word => !word.startsWith('-') && !word.includes('=')) ?? '';
  }
  const base = program.slice(program.lastIndexOf('/') + 1);
  return byInterpreter.get(base) ?? byInterpreter.get(base.replace(/[\d.]+$/, ''));
}

/** `-*- mode: ruby -*-`, `-*- Python -*-`, `vim: set ft=sh :` in the first lines. */
function byModeline(head: string): Language | undefined {
  const start = head.split('\n', 5).join('\n');
  const mode =
    /-\*-\s*(?:.*\bmode:\s*)?([\w+#-]+)\s*(?:;.*)?-\*-/i.exec(start) ??
    /\b(?:vim?|ex):.*\b(?:ft|filetype)=(\w+)/.exec(start);
  if (!mode) return undefined;
  const id = mode[1]!.toLowerCase();
  return languages.find(
    language =>
      language.id === id || language.name.toLowerCase() === id || language.interpreters?.includes(id),
  );
}

/** `Dockerfile.dev`, `Makefile.am`: a known name with something behind it. */
function byNamePrefix(name: string): Language | undefined {
  const dot = name.indexOf('.', 1);
  return dot > 0 ? byFilename.get(name.slice(0, dot)) : undefined;
}
