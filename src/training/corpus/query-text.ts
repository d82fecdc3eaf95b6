import { splitIdentifier } from '../../core/identifiers.ts';
import { queryOfDoc } from '../../evaluation/datasets/doc-query.ts';

/** A text as a query, or why it is none. */
export type QueryText = { text: string } | { dropped: string };

const fewestWords = 3;
const mostWords = 60;
/** More characters outside of ASCII than this share of all letters are another language. */
const foreignShare = 0.05;

const english = new Set(
  'the a an of to in and is are for if with by from as on be this that or not it when which all its at into'.split(
    ' ',
  ),
);
const foreign = new Set(
  'de la el los las del que una une les des du der die das und ist nicht ein eine para con por pour dans est sur een het van voor och att som il di che non della em nao uma os do da se ke untuk yang dan dengan pada ve bir ile'.split(
    ' ',
  ),
);

/** Subjects, headings and titles that say nothing about the code beside them. */
const empty =
  /^(?:(?:some|more|minor|small|various|other)?\s*(?:bug ?)?fix(?:es|ed)?(?: (?:bugs?|typos?|tests?|lint(?:ing)?|build|ci|docs?|formatting|whitespace|warnings?))?|works?(?: (?:correctly|as expected|fine|properly))?|basic (?:usage|example|test)s?|simple (?:usage|example|test)s?|happy path|smoke tests?|hello world)\W*$/i;

/** Signatures and expressions that came through as words. */
const notProse = /^[^\p{L}\p{N}"'`(]|^\(\w+:|->|=>|[{}]|==/u;

/**
 * Makes a query of a title, heading or subject: its first sentence on one line, without markup. What holds fewer than
 * three words, is mostly no letters, or does not look English is dropped with a reason for the report.
 */
export function queryText(text: string): QueryText {
  const made = queryOfDoc(text, { name: '', qualifiedName: '', language: '' });
  return 'dropped' in made ? made : checkedQuery(made.text);
}

/** The last checks of every query, whatever it was made of: length and language. */
export function checkedQuery(text: string): QueryText {
  const query = text
    .replace(/\s+/g, ' ')
    .replace(/^(?:[\s\-–—:;,.*>|]|\p{Extended_Pictographic}|\ufe0f|:[a-z_]+:(?=\s))+|[\s\-–—:;,|]+$/gu, '')
    .trim();
  const words = query.match(/\p{L}[\p{L}\p{M}\p{N}'’-]*/gu) ?? [];
  if (words.length < fewestWords) return { dropped: 'fewer than three words' };
  if (words.length > mostWords) return { dropped: `more than ${mostWords} words` };
  if (!looksEnglish(query)) return { dropped: 'not English' };
  if (empty.test(query)) return { dropped: 'says nothing' };
  if (notProse.test(query)) return { dropped: 'mostly code' };
  return { text: query };
}

/** Cheap and forgiving: Latin letters, and no more small words of other languages than English ones. */
function looksEnglish(text: string): boolean {
  const letters = text.match(/\p{L}/gu) ?? [];
  const strange = letters.filter(letter => letter > '\u007f').length;
  if (strange > letters.length * foreignShare) return false;
  const words = new Set(text.toLowerCase().match(/[a-z]+/g) ?? []);
  let [here, there] = [0, 0];
  for (const word of words) {
    if (english.has(word)) here++;
    else if (foreign.has(word)) there++;
  }
  return there < 2 || here >= there;
}

/** `parseHTTPHeader`, `parse_http_header` → `parse http header`. */
export function wordsOf(identifier: string): string {
  return splitIdentifier(identifier).join(' ');
}

/** Terms two texts are compared by: words of at least two letters, light plural and verb endings cut. */
export function matchTerms(text: string): Set<string> {
  const terms = new Set<string>();
  for (const identifier of text.match(/[\p{L}\p{N}_$]+/gu) ?? []) {
    for (const word of splitIdentifier(identifier)) {
      if (word.length > 1 && !english.has(word))
        terms.add(word.length > 4 ? word.replace(/(?:ing|ed|es|s|e)$/, '') : word);
    }
  }
  return terms;
}
