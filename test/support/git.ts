import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const person = { NAME: 'Test', EMAIL: 'test@localhost', DATE: '2026-01-01T00:00:00Z' };
const env = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  ...Object.fromEntries(
    Object.entries(person).flatMap(([key, value]) => [
      [`GIT_AUTHOR_${key}`, value],
      [`GIT_COMMITTER_${key}`, value],
    ]),
  ),
};

/** A real git repository in a directory, for tests. */
export class TestRepository {
  readonly directory: string;

  constructor(directory: string, files: Readonly<Record<string, string | Uint8Array>> = {}) {
    this.directory = directory;
    mkdirSync(directory, { recursive: true });
    this.git('init', '--quiet', '--initial-branch=main');
    if (Object.keys(files).length > 0) this.commit(files);
  }

  git(...args: string[]): string {
    return execFileSync('git', args, { cwd: this.directory, env, encoding: 'utf8' }).trim();
  }

  write(path: string, content: string | Uint8Array): void {
    const file = join(this.directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  /** Writes files, removes those that are undefined, and commits everything; gives the commit. */
  commit(files: Readonly<Record<string, string | Uint8Array | undefined>>): string {
    for (const [path, content] of Object.entries(files)) {
      if (content === undefined) rmSync(join(this.directory, path), { recursive: true });
      else this.write(path, content);
    }
    this.git('add', '--all', '--force');
    this.git('commit', '--quiet', '--allow-empty', '--message', 'change');
    return this.git('rev-parse', 'HEAD');
  }
}
