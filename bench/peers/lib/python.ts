import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Found, longest, onePerFile, PeerError, programOf, servePeer, startChild } from './peer.ts';
import { feedOf, windowsBelow, wordsOf } from './windows.ts';

/** Serves a search library of Python. A file counts as its best window. */
export async function servePython(library: string, packages: string, modules: string): Promise<void> {
  await servePeer(library, async directory => {
    const feed = feedOf();
    const python = programOf('PEER_PYTHON', 'python3', 'Python 3.10 or later');
    const script = fileURLToPath(new URL('python-index.py', import.meta.url));
    // Never the searched directory: Python would import modules from there.
    const cwd = dirname(script);
    if (spawnSync(python, ['-c', `import ${modules}`], { cwd, stdio: 'ignore' }).status !== 0)
      throw new PeerError(
        `${python} -m pip install ${packages}, or name a Python that has it in PEER_PYTHON`,
      );
    const child = startChild(python, ['-X', 'utf8', script, library, String(longest * 10)], {
      cwd,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    // Whatever ended it is on stderr; the missing answer is reported below.
    child.stdin!.on('error', () => child.stdin!.emit('drain'));
    const answers = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    const send = async (value: unknown) => {
      if (!child.stdin!.write(`${JSON.stringify(value)}\n`)) await once(child.stdin!, 'drain');
    };
    const answer = async () => {
      const { value, done } = await answers.next();
      if (done) throw new PeerError('the Python process ended early');
      return value as string;
    };
    const places: Found[] = [];
    for (const { text, ...place } of windowsBelow(directory, feed)) {
      places.push(place);
      await send(text);
    }
    await send(null);
    await answer();
    return {
      size: `${places.length} windows`,
      async rank(query) {
        // What looks like an operator of a query language to the library is only a word here.
        const words = feed.plain ? (query.match(/[\p{L}\p{N}_]+/gu) ?? []) : wordsOf(query);
        await send(words.map(word => word.toLowerCase()).join(' '));
        return onePerFile((JSON.parse(await answer()) as number[]).map(number => places[number]!));
      },
      close: () => child.stdin!.end(),
    };
  });
}
