import { join, relative, resolve, sep } from 'node:path';
import { scratchDirectory } from '../lib/scratch.ts';
import { type Found, onePerFile, outputOf, programOf, servePeer } from './lib/peer.ts';

/** Its own limit. It parses all files of its list to name lines, which takes seconds for a long one. */
const most = '100';

/** ck's lexical mode: BM25 over whole files, any of the words being enough. */
await servePeer('ck', async directory => {
  const program = programOf('PEER_CK', 'ck', 'cargo install --no-default-features ck-search');
  // Its index would be written into the searched directory otherwise.
  const scratch = scratchDirectory();
  const env = { ...process.env, CK_INDEX_DIR: join(scratch, 'ck') };
  const search = (query: string) =>
    outputOf(program, ['--lex', '--jsonl', '--no-snippet', '--topk', most, '--', query, directory], {
      cwd: scratch,
      env,
      accept: (code, complaint) => code === 1 && complaint.startsWith('No matches'),
    });
  // The first search builds the index.
  await search('index');
  return {
    size: 'whole files',
    async rank(query) {
      const lines = (await search(wordsIn(query))).split('\n').filter(line => line !== '');
      return onePerFile(
        lines.map((line): Found => {
          const { path, span } = JSON.parse(line) as {
            path: string;
            span: { line_start: number; line_end: number };
          };
          return {
            path: relative(directory, resolve(directory, path)).split(sep).join('/'),
            firstLine: span.line_start,
            lastLine: span.line_end,
          };
        }),
      );
    },
  };
});

/** Punctuation is syntax to its query parser: `case-insensitive` would be a phrase. */
function wordsIn(query: string): string {
  return (query.match(/[\p{L}\p{N}_]+/gu) ?? []).join(' ');
}
