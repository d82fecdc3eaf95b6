import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../src/evaluation/statistics.ts';
import { builtLanguages } from './built.ts';
import type { SourceFile } from './tree.ts';

/** Questions and names that make sense in any code base. */
export const commonQueries: readonly string[] = [
  'parse',
  'retry',
  'logger',
  'serialize',
  'Config',
  'tokenizer',
  'open file',
  'http client',
  'read config',
  'error handling',
  'thread pool',
  'binary search',
  'parseArguments',
  'to_string',
  'HashMap',
  'onError',
  'read a file line by line',
  'parse command line arguments',
  'connect to the database',
  'convert string to integer',
  'format a date',
  'send an http request',
  'write bytes to a stream',
  'remove trailing whitespace',
  'compute a checksum',
  'sort a list by key',
  'merge two dictionaries',
  'split a string on commas',
  'escape html characters',
  'generate a random token',
  'load environment variables',
  'compare version numbers',
  'validate an email address',
  'create a temporary directory',
  'flatten nested lists',
  'close the connection on timeout',
  'check whether a path is absolute',
  'decode base64 without padding',
  'walk a directory tree recursively',
  'acquire a lock before writing',
  'resolve a relative import path',
  'wait for all promises to settle',
  'cache the result of a function',
  'copy an object deeply without sharing references',
  'how are incoming requests routed to their handlers',
  'where is the configuration file loaded and validated',
  'where are errors turned into responses for the client',
  'what happens when a connection is closed by the peer',
  'how does the scheduler decide which task runs next',
  'where is the cache invalidated after a write',
  'how are default values merged with user settings',
  'which function formats numbers with thousands separators',
  'function that retries an operation with exponential backoff until it succeeds',
  'parse a header into name and value pairs and keep their order',
  'iterate over all entries of a map in the order they were inserted',
  'register a callback that is called when the process is about to exit',
  'find the longest common prefix of a list of strings and cut it off',
  'turn a stack trace into lines with file name, line number and function name',
  'read the body of a request into a buffer and fail if it is larger than the limit',
  'how is a value of unknown type checked at run time before it is converted to the declared type',
  'getUserById',
  'setTimeout callback',
  'EventEmitter.on',
  'utf8 decode invalid sequence',
  'TODO deprecated',
  'sql query builder where clause',
];

/** `count` queries made of the tree's own units: their names, their names as words, their docs' first sentences. */
export async function sampledQueries(
  root: string,
  files: readonly SourceFile[],
  count: number,
  seed: number,
): Promise<string[]> {
  const { createOutliner, cleanDoc, languageById } = await builtLanguages();
  const outliner = await createOutliner();
  const random = new Random(seed);
  const found = new Set<string>();
  const parsed = files.filter(file => file.parsed);
  // A small tree is gone through several times.
  const order = Array.from({ length: 5 }, () => random.shuffled(parsed)).flat();
  for (const { path, language } of order) {
    if (found.size >= count) break;
    const text = readFileSync(join(root, path), 'utf8').replace(/^\ufeff/, '');
    const spoken = languageById(language)!;
    await outliner.prepare(spoken);
    const named = outliner.outline(spoken, text).units.filter(unit => unit.name.length > 2);
    // One unit of a file, so that big files do not decide.
    const unit = named[random.below(Math.max(1, named.length))];
    if (!unit) continue;
    const doc = unit.docStart < 0 ? '' : firstSentence(cleanDoc(text.slice(unit.docStart, unit.docEnd)));
    const forms = [unit.name, asWords(unit.name), ...(doc === '' ? [] : [doc, doc])];
    found.add(forms[random.below(forms.length)]!);
  }
  outliner.dispose();
  return [...found];
}

function firstSentence(doc: string): string {
  const sentence = /^[\s\S]*?[.!?](?=\s|$)/.exec(doc)?.[0] ?? doc;
  const words = sentence.split(/\s+/).filter(word => /[a-z]/i.test(word));
  return words.length >= 3 ? words.slice(0, 25).join(' ') : '';
}

function asWords(name: string): string {
  return (name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g) ?? [name]).join(' ').toLowerCase();
}

/** Words as people count them. */
export function wordCount(query: string): number {
  return query.trim().split(/\s+/).length;
}
