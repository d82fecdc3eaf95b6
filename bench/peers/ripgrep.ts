import { type Found, outputOf, programOf, servePeer } from './lib/peer.ts';

/**
 * What a literal search is worth: `rg` for each word of a query of at least three letters, ignoring case. Files are
 * ranked by how many of the words they contain, then by the number of matching lines, then by path.
 */
await servePeer('ripgrep', directory => {
  const program = programOf('PEER_RG', 'rg', 'https://github.com/BurntSushi/ripgrep, version 13 or later');
  // Questions share words.
  const known = new Map<string, Map<string, number>>();
  return {
    async rank(query) {
      const files = new Map<string, { words: number; lines: number }>();
      for (const word of new Set(query.toLowerCase().match(/[\p{L}\p{N}_]{3,}/gu) ?? [])) {
        let counts = known.get(word);
        if (!counts) known.set(word, (counts = await matchingLines(program, word, directory)));
        for (const [path, lines] of counts) {
          const file = files.get(path);
          if (file) {
            file.words++;
            file.lines += lines;
          } else files.set(path, { words: 1, lines });
        }
      }
      return [...files]
        .sort(([a, x], [b, y]) => y.words - x.words || y.lines - x.lines || (a < b ? -1 : 1))
        .map(([path]): Found => ({ path }));
    },
  };
});

/** Lines that contain a word, by file. */
async function matchingLines(program: string, word: string, directory: string): Promise<Map<string, number>> {
  const flags = [
    '--count',
    '--null',
    '--no-config',
    '--no-ignore',
    '--hidden',
    '--ignore-case',
    '--fixed-strings',
  ];
  const printed = await outputOf(program, [...flags, '--', word, '.'], {
    cwd: directory,
    // 1: nothing found; 2: some file could not be read.
    accept: code => code === 1 || code === 2,
  });
  return new Map(
    printed
      .split('\n')
      .filter(line => line !== '')
      .map(line => {
        const [path, count] = line.split('\0') as [string, string];
        return [path.replace(/^\.[/\\]/, '').replaceAll('\\', '/'), Number(count)];
      }),
  );
}
