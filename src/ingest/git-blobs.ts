import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { QuarryError } from '../core/errors.ts';
import { cannotRun, firstLine, runGitNow, startGit } from './git-command.ts';

interface Request {
  resolve: (content: Buffer | undefined) => void;
  reject: (error: QuarryError) => void;
}

/**
 * Contents of a repository's blobs, through one git process that is started with the first request and answers in order: many
 * requests may be under way. While none is, it does not keep this process alive, and it ends with it.
 */
export class GitBlobs {
  readonly #repository: string;
  readonly #waiting: Request[] = [];
  #child: ChildProcess | undefined;
  /** What has come and is not yet an answer. */
  #chunks: Buffer[] = [];
  #buffered = 0;
  /** Bytes of the answer under way, with the line feed behind it; undefined while its first line is awaited. */
  #awaited: number | undefined;
  #complaint = '';

  /** `repository`: its git directory. */
  constructor(repository: string) {
    this.#repository = repository;
  }

  /**
   * The content of a blob by its id, or the beginning of one; undefined if the repository has no such blob. Throws
   * QuarryError `not-found` without git, `unreadable` if git ends before it answers.
   */
  read(object: string): Promise<Buffer | undefined> {
    if (!/^[0-9a-f]{4,64}$/.test(object)) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      const child = (this.#child ??= this.#start());
      if (this.#waiting.length === 0) hold(child, true);
      this.#waiting.push({ resolve, reject });
      child.stdin!.write(`${object}\n`);
    });
  }

  /** Ends git; requests under way fail. */
  close(): void {
    this.#child?.stdin?.end();
    this.#end(new QuarryError('unreadable', 'git was stopped'));
  }

  #start(): ChildProcess {
    const child = startGit(this.#repository, ['cat-file', '--batch']);
    this.#complaint = '';
    const ended = (error: QuarryError) => {
      if (this.#child === child) this.#end(error);
    };
    child.once('error', error => ended(cannotRun(error)));
    child.stdin!.on('error', () => undefined);
    child.stderr!.on('data', (chunk: Buffer) => (this.#complaint ||= firstLine(chunk)));
    child.once('close', () => {
      const why = this.#complaint === '' ? '' : `: ${this.#complaint}`;
      ended(new QuarryError('unreadable', `git ended while it read ${this.#repository}${why}`));
    });
    child.stdout!.on('data', (chunk: Buffer) => {
      if (this.#child !== child) return;
      this.#chunks.push(chunk);
      this.#buffered += chunk.length;
      while (this.#next());
    });
    return child;
  }

  #end(error: QuarryError): void {
    this.#child = undefined;
    this.#chunks = [];
    this.#buffered = 0;
    this.#awaited = undefined;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  /** Takes one piece from what has come; false when more is needed. */
  #next(): boolean {
    if (this.#awaited === undefined) {
      // The first line is short: it is nearly always in the first chunk.
      if (!this.#chunks.at(-1)?.includes(10)) return false;
      const head = this.#all();
      const end = head.indexOf(10);
      this.#keep(head.subarray(end + 1));
      const [, type, size] = /^\S+ (\w+) (\d+)$/.exec(head.toString('latin1', 0, end)) ?? [];
      // "missing" or "ambiguous": no content follows.
      if (type === undefined) this.#answer(undefined);
      else this.#awaited = type === 'blob' ? Number(size) + 1 : -(Number(size) + 1);
      return true;
    }
    const length = Math.abs(this.#awaited);
    if (this.#buffered < length) return false;
    const bytes = this.#all();
    const isBlob = this.#awaited > 0;
    this.#awaited = undefined;
    this.#keep(bytes.subarray(length));
    this.#answer(isBlob ? bytes.subarray(0, length - 1) : undefined);
    return true;
  }

  #all(): Buffer {
    return this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
  }

  #keep(rest: Buffer): void {
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#buffered = rest.length;
  }

  #answer(content: Buffer | undefined): void {
    this.#waiting.shift()?.resolve(content);
    if (this.#waiting.length === 0 && this.#child) hold(this.#child, false);
  }
}

/** Lets a child keep the process alive, or not. */
function hold(child: ChildProcess, alive: boolean): void {
  for (const part of [child, child.stdin, child.stdout, child.stderr] as unknown as Socket[])
    if (alive) part.ref();
    else part.unref();
}

/** The same for one blob, while the thread waits; undefined as well if it has more than `maxBytes`. */
export function readBlobNow(repository: string, object: string, maxBytes: number): Buffer | undefined {
  if (!/^[0-9a-f]{4,64}$/.test(object)) return undefined;
  return runGitNow(repository, ['cat-file', 'blob', object], maxBytes + 1);
}
