import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { byBytes } from '../tree.testing.ts';

/** The reference needs git; without it there is nothing to compare with. */
export const hasGit: boolean = spawnSync('git', ['--version']).status === 0;

/** A temporary folder with git repositories in it. git sees the folder as its user's home and nothing else. */
export class GitScratch {
  readonly home: string = mkdtempSync(join(tmpdir(), 'quarry-ignore-'));
  #count = 0;

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }

  /** A new, empty repository: its top directory. */
  repository(): string {
    const top = join(this.home, `r${this.#count++}`);
    mkdirSync(top);
    this.git(top, ['init', '-q']);
    return top;
  }

  git(cwd: string, args: string[], input: string = ''): string {
    const env = {
      PATH: process.env.PATH,
      HOME: this.home,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@example.org',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@example.org',
      LC_ALL: 'C',
    };
    try {
      return execFileSync('git', args, {
        cwd,
        env,
        input,
        maxBuffer: 1 << 28,
        stdio: ['pipe', 'pipe', 'ignore'],
      }).toString('utf8');
    } catch (error) {
      // `check-ignore` exits 1 if nothing is ignored.
      const { status, stdout } = error as { status: number; stdout: Buffer };
      if (status !== 1) throw error;
      return stdout.toString('utf8');
    }
  }

  /** The untracked files that git does not ignore, sorted. */
  listed(top: string): string[] {
    const paths = this.git(top, ['ls-files', '-z', '-o', '--exclude-standard']).split('\0');
    return paths.filter(path => path !== '').sort(byBytes);
  }

  /** What git says of paths, in their order: `source:line:pattern`, empty if no rule matches. */
  checked(top: string, paths: readonly string[]): string[] {
    const args = ['check-ignore', '--no-index', '-v', '-n', '-z', '--stdin'];
    const out = this.git(top, args, paths.join('\0')).split('\0');
    const reasons: string[] = [];
    for (let at = 0; at + 3 < out.length; at += 4) {
      reasons.push(out[at] === '' ? '' : `${out[at]}:${out[at + 1]}:${out[at + 2]}`);
    }
    return reasons;
  }
}
