import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

/** One entry of a ranked list; lines are 1-based, inclusive. There is no score: the order is what a tool prints. */
export interface Found {
  /** Relative to the searched directory, with `/`. */
  path: string;
  firstLine?: number;
  lastLine?: number;
}

/** A tool with one directory ready to be searched. */
export interface OpenPeer {
  rank(query: string): Found[] | Promise<Found[]>;
  /** What was indexed, for `--verbose`. */
  size?: string;
  close?(): void;
}

/** More than any measure looks at; a list of all files for each question would only be slow. */
export const longest = 1000;

/** What is missing or went wrong: one line for the user, no stack. */
export class PeerError extends Error {}

/**
 * Answers questions about the current directory until stdin ends: `{"id","query"}` lines in, `{"id","results"}` lines
 * out, in order. Indexes are built first, in memory where the tool can: whoever kills this process leaves no files.
 */
export async function servePeer(
  name: string,
  open: (directory: string) => OpenPeer | Promise<OpenPeer>,
): Promise<void> {
  // Before a scratch directory is made: nothing may write into it any more when it is removed.
  process.on('exit', killChildren);
  // Whoever asked is gone; nothing is left to do.
  process.stdout.on('error', () => process.exit(1));
  try {
    const started = performance.now();
    const peer = await open(process.cwd());
    if (process.argv.includes('--verbose')) {
      const seconds = ((performance.now() - started) / 1000).toFixed(2);
      process.stderr.write(`${name}: ${peer.size ?? 'no index'}, ready in ${seconds} s\n`);
    }
    for await (const line of createInterface({ input: process.stdin })) {
      if (line.trim() === '') continue;
      const { id, query } = JSON.parse(line) as { id: string; query: string };
      const results = (await peer.rank(query)).slice(0, longest);
      process.stdout.write(`${JSON.stringify({ id, results })}\n`);
    }
    peer.close?.();
  } catch (error) {
    const expected = error instanceof PeerError;
    process.stderr.write(
      `${name}: ${error instanceof Error ? error[expected ? 'message' : 'stack'] : error}\n`,
    );
    process.exit(2);
  }
}

/** The program that an environment variable names, or else the one on the PATH; refused if it does not start. */
export function programOf(variable: string, fallback: string, install: string): string {
  const program = process.env[variable] || fallback;
  if (spawnSync(program, ['--version'], { stdio: 'ignore' }).error)
    throw new PeerError(`${program} does not start; install it (${install}) or name it in ${variable}`);
  return program;
}

const children = new Set<ReturnType<typeof spawn>>();

function killChildren(): void {
  for (const child of children) child.kill('SIGKILL');
}

/** A child process that dies with this one. */
export function startChild(...[program, args, options]: Parameters<typeof spawn>): ReturnType<typeof spawn> {
  const child = spawn(program, args, options);
  children.add(child);
  child.on('close', () => children.delete(child));
  return child;
}

/** What a program prints. `accept` says which exit codes but 0 are no failure. */
export async function outputOf(
  program: string,
  args: readonly string[],
  options: {
    cwd: string;
    env?: NodeJS.ProcessEnv;
    accept?: (code: number | null, complaint: string) => boolean;
  },
): Promise<string> {
  const child = startChild(program, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const [out, complaint, code] = await Promise.all([text(child.stdout!), text(child.stderr!), closed]);
  if (code !== 0 && !options.accept?.(code, complaint))
    throw new PeerError(`${program} ended with ${code}: ${complaint.trim().split('\n')[0] ?? ''}`);
  return out;
}

/** The first place of each file. */
export function onePerFile(found: Iterable<Found>): Found[] {
  const files = new Map<string, Found>();
  for (const place of found) if (!files.has(place.path)) files.set(place.path, place);
  return [...files.values()];
}
