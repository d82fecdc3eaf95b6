import { readFileSync } from 'node:fs';
import type { RepositoryFile } from '../../evaluation/dataset.ts';
import { isFunction } from '../../evaluation/datasets/repository-units.ts';
import { mostCode, pairOf } from './mine-docs.ts';
import type { MinedPair, Tally } from './pair.ts';
import { checkedQuery, queryText, wordsOf } from './query-text.ts';

const exampleFolder = /(?:^|\/)(?:examples?|samples?|demos?|snippets|recipes|cookbook)\//i;
const fewestLines = 5;
const mostLines = 150;

/** The first comment of a file, its text and where the code begins. */
const headComment =
  /^(?:#![^\n]*\n|\s|<\?php)*(?:(?<quote>"""|''')(?<text>[\s\S]*?)\k<quote>|\/\*+!?(?<block>[\s\S]*?)\*\/|(?<lines>(?:[ \t]*(?:\/\/+!?|#+(?!\[|include|define|if|pragma|region)|--)[^\n]*\n)+))/;

export function isExample(path: string): boolean {
  return exampleFolder.test(path);
}

/**
 * A whole small example with the title its first comment or its file name gives it. The file is read again: what the
 * reader of units gives is without the comments of modules.
 */
export function examplePair(
  file: RepositoryFile,
  fileOnDisk: string,
  repository: string,
  dropped: Tally,
): MinedPair | undefined {
  const { path, language } = file;
  const text = wholeText(fileOnDisk) ?? file.text;
  if (file.units.length === 0 && text.split('\n').length < fewestLines) return undefined;
  const { title, code } = titled(text);
  const lines = code.split('\n').filter(line => line.trim() !== '').length;
  if (lines < fewestLines || lines > mostLines || code.length > mostCode) {
    dropped.add(`example: not ${fewestLines} to ${mostLines} lines`);
    return undefined;
  }
  const said = title === '' ? { dropped: 'no title' } : queryText(title);
  const stem = path.slice(path.lastIndexOf('/') + 1).replace(/\..*$/, '');
  const made = 'text' in said ? said : fromName(stem);
  if ('dropped' in made) {
    dropped.add(`example: ${made.dropped}`);
    return undefined;
  }
  return {
    query: made.text,
    code,
    name: '',
    language,
    path,
    repository,
    kind: 'example',
    unit: 'snippet',
    doc: title === '' ? stem : title,
  };
}

/** `plot_custom_icons` is a title; `CustomIcons` is the class in it. */
function fromName(stem: string): ReturnType<typeof queryText> {
  if (!/[_-]/.test(stem)) return { dropped: 'no title' };
  return checkedQuery(wordsOf(stem.replace(/^(?:example|plot|demo|test)_/, '')));
}

function wholeText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
  } catch {
    return undefined;
  }
}

/** Go's `ExampleXxx` functions with the sentence above them. */
export function exampleFunctions(file: RepositoryFile, repository: string, dropped: Tally): MinedPair[] {
  const pairs: MinedPair[] = [];
  for (const unit of file.units) {
    if (!isFunction(unit.kind) || !/^Example[A-Z_]/.test(unit.name) || unit.doc === '') continue;
    const lines = unit.code.split('\n').filter(line => line.trim() !== '').length;
    const made = queryText(unit.doc.replace(unit.name, ''));
    if ('dropped' in made) dropped.add(`example: ${made.dropped}`);
    else if (lines >= fewestLines && lines <= mostLines)
      pairs.push(pairOf(unit, { query: made.text, doc: unit.doc, kind: 'example', repository }));
  }
  return pairs;
}

/** Takes the comment a file begins with off its code. */
function titled(text: string): { title: string; code: string } {
  const match = headComment.exec(text);
  if (!match) return { title: '', code: text.trim() };
  const { text: quoted, block, lines } = match.groups as Record<string, string | undefined>;
  const raw = quoted ?? block ?? lines ?? '';
  const title = raw
    .split('\n')
    .map(line => line.replace(/^\s*(?:\/\/+!?|#+|--|\*+)?\s?/, '').trimEnd())
    .join('\n')
    .trim();
  return { title, code: text.slice(match[0].length).trim() };
}
