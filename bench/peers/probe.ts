import { type Found, onePerFile, outputOf, PeerError, programOf, servePeer } from './lib/peer.ts';

/** Probe reads the directory anew for each question; its blocks are ranked by BM25, any of the words being enough. */
await servePeer('probe', directory => {
  const program = programOf('PEER_PROBE', 'probe', 'cargo install probe-code');
  return {
    async rank(query) {
      // With merging, its default, the list is no longer in the order of the scores.
      const ranking = ['--reranker', 'bm25', '--no-merge'];
      // Its default of 30 s is not always enough on a busy machine.
      const flags = [...ranking, '--format', 'json', '--allow-tests', '--timeout', '600'];
      return onePerFile(
        blocksIn(await outputOf(program, ['search', ...flags, '--', query, '.'], { cwd: directory })),
      );
    },
  };
});

/** One JSON object between lines for people. */
function blocksIn(printed: string): Found[] {
  const json = printed.match(/^\{$[\s\S]*?^\}$/m)?.[0];
  if (json === undefined) throw new PeerError('probe printed no JSON');
  try {
    const { results } = JSON.parse(json) as {
      results: Array<{ file: string; lines: [number, number] }>;
    };
    return results.map(({ file, lines: [firstLine, lastLine] }) => ({
      path: file.replace(/^\.[/\\]/, '').replaceAll('\\', '/'),
      firstLine,
      lastLine,
    }));
  } catch {
    throw new PeerError('what probe printed is not JSON');
  }
}
