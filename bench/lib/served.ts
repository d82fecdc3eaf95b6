import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { commandLine } from './built.ts';

/** `quarry serve` in a process of its own. */
export interface Served {
  url: string;
  pid: number;
  /** Bytes resident, now and at most. */
  memory: () => { now: number; peak: number };
  /** The value of a metric without labels; NaN if there is none. */
  metric: (name: string) => Promise<number>;
  /** Tells it to end and gives its exit code. */
  stop: () => Promise<number | null>;
}

/** Starts the built server over an index and waits until it listens. */
export async function startServed(
  tree: string,
  indexFile: string,
  flags: readonly string[],
): Promise<Served> {
  const child = spawn(
    process.execPath,
    [
      commandLine,
      'serve',
      tree,
      '--index',
      indexFile,
      '--port',
      '0',
      '--quiet',
      '--rate-limit',
      '0',
      ...flags,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'close') as Promise<[number | null]>;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    if (out.includes('\n')) resolve(out.trim());
  });
  void ended.then(([code]) => reject(new Error(`quarry serve ended with ${code}`)));
  const url = await promise;
  return {
    url,
    pid: child.pid!,
    memory: () => ({ now: residentOf(child.pid!, 'VmRSS'), peak: residentOf(child.pid!, 'VmHWM') }),
    metric: async name => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
    },
    stop: async () => {
      child.kill('SIGTERM');
      return (await ended)[0];
    },
  };
}

function residentOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  try {
    const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(line?.[1] ?? 0) * 1024;
  } catch {
    return 0; // Not Linux, or it has ended.
  }
}
