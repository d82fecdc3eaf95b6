import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { repository } from './built.ts';

/** What numbers were taken on. No names of hosts, users or places. */
export interface Machine {
  processor: string;
  cores: number;
  memoryGib: number;
  system: string;
  node: string;
}

export function machine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch}`,
    node: process.versions.node,
  };
}

export interface Revision {
  /** Short hash of the commit, or `unknown` outside a git checkout. */
  hash: string;
  /** Sources differ from that commit. */
  modified: boolean;
}

export function revision(): Revision {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: repository, encoding: 'utf8' });
  const head = git('rev-parse', '--short', 'HEAD');
  if (head.status !== 0) return { hash: 'unknown', modified: false };
  const changes = git('status', '--porcelain', '--', 'src', 'grammars', 'package-lock.json');
  return { hash: head.stdout.trim(), modified: changes.stdout.trim() !== '' };
}

/**
 * The most memory this process has had resident, in bytes. From /proc where there is one: `maxRSS` of a child starts
 * with what its parent had.
 */
export function peakMemory(): number {
  try {
    const line = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'));
    if (line) return Number(line[1]) * 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}
