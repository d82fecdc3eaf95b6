import type { Random } from './scratch.ts';

const verbs = [
  'read',
  'write',
  'parse',
  'send',
  'close',
  'merge',
  'filter',
  'encode',
  'decode',
  'resolve',
  'count',
];
const nouns = [
  'header',
  'socket',
  'token',
  'buffer',
  'session',
  'route',
  'index',
  'window',
  'record',
  'cursor',
  'path',
];
const remarks = [
  'for the caller',
  'without a copy',
  'from the cache',
  'until it is closed',
  'in sorted order',
];

function capital(word: string): string {
  return word[0]!.toUpperCase() + word.slice(1);
}

/**
 * A made-up source file. `mark` is a word that occurs in no other file: it names the first function, so a search for
 * it must find exactly this file.
 */
export function sourceFile(random: Random, language: 'ts' | 'py' | 'go' | 'md', mark: string): string {
  const out: string[] = [];
  const functions = 1 + random.below(4);
  if (language === 'go') out.push('package main', '');
  for (let i = 0; i < functions; i++) {
    const verb = random.pick(verbs);
    const noun = random.pick(nouns);
    const other = random.pick(nouns);
    const remark = `${capital(verb)}s the ${noun} ${random.pick(remarks)}.`;
    const name = i === 0 ? mark : `${verb}${capital(noun)}${random.below(100)}`;
    if (language === 'ts') {
      out.push(`/** ${remark} */`, `export function ${name}(${noun}: string): string {`);
      out.push(`  const ${other}Value = ${noun}.trim();`, `  return ${other}Value;`, '}', '');
    } else if (language === 'py') {
      out.push(`def ${name}(${noun}):`, `    """${remark}"""`, `    ${other}_value = ${noun}.strip()`);
      out.push(`    return ${other}_value`, '');
    } else if (language === 'go') {
      out.push(`// ${name} ${remark}`, `func ${name}(${noun} string) string {`);
      out.push(`\t${other}Value := ${noun}`, `\treturn ${other}Value`, '}', '');
    } else out.push(`## ${name}`, '', remark, `The ${other} belongs to the ${noun}.`, '');
  }
  return out.join('\n');
}

/** The word of file number `i` in its version `v`: letters only, so that it stays one word. */
export function markOf(i: number, v: number): string {
  const letters = (n: number) => [...String(n)].map(digit => 'bdfgklmnpr'[Number(digit)]!).join('');
  return `zq${letters(i)}x${letters(v)}`;
}
