import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** The scripts of `quarry completions` in the shells they are for. */

const main = resolve(import.meta.dirname, '../../src/cli/main.ts');
const scratch = mkdtempSync(join(tmpdir(), 'quarry-completions-'));
const tree = join(scratch, 'tree');

function quarry(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, 'completions', ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: scratch },
  });
}

function has(shell: string): boolean {
  return spawnSync(shell, ['-c', 'true']).status === 0;
}

beforeAll(() => {
  mkdirSync(join(tree, 'source'), { recursive: true });
  writeFileSync(join(tree, 'spec file.ts'), '');
  for (const shell of ['bash', 'zsh', 'fish']) writeFileSync(join(scratch, shell), quarry(shell).stdout);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test('a shell that is none', () => {
  const unknown = quarry('tcsh');
  expect(unknown.status).toBe(2);
  expect(unknown.stderr).toContain('bash, zsh, fish');
  expect(quarry().status).toBe(2);
});

/** Completions of a line of words, the last of them unfinished. */
type Complete = (...words: string[]) => string[];

const inBash: Complete = (...words) => {
  const script = `source "$SCRIPT"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _quarry; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return completed('bash', ['--norc', '-c', script, 'bash', ...words], { COMP_WORDBREAKS: ' =:' });
};

const inFish: Complete = (...words) => {
  const line = words.join(' ').replaceAll(' = ', '=');
  const script = `source $SCRIPT; complete -C '${line}'`;
  return completed('fish', ['--no-config', '-c', script]).map(row => row.split('\t', 1)[0]!);
};

/** zsh completes on a terminal only: `zpty` is one. What is inserted is read from the screen. */
const inZsh: Complete = (...words) => {
  const line = words.join(' ').replaceAll(' = ', '=');
  const script = `
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PS1='> '; unsetopt zle_bracketed_paste; TERM=dumb; COLUMNS=200; autoload -U compinit; compinit -u -D; source $SCRIPT; zstyle ':completion:*' list-separator '#'; unsetopt auto_menu; setopt no_always_last_prompt; echo RE''ADY"
zpty -r -m z ready '*READY*> *'
zpty -n -w z "$LINE"$'\\t'$'\\C-u'"echo DO''NE"$'\\n'
zpty -r -m z out '*DONE*'
print -r -- "$out"`;
  const { stdout } = spawnSync('zsh', ['-f', '-c', script], {
    encoding: 'utf8',
    cwd: tree,
    timeout: 60_000,
    env: { PATH: process.env.PATH, HOME: scratch, SCRIPT: join(scratch, 'zsh'), LINE: line, TERM: 'dumb' },
  });
  return stdout.split(/[\s\b,:=]+/);
};

function completed(shell: string, args: string[], env: Record<string, string> = {}): string[] {
  const { stdout, stderr } = spawnSync(shell, args, {
    encoding: 'utf8',
    cwd: tree,
    env: { PATH: process.env.PATH, HOME: scratch, SCRIPT: join(scratch, shell), ...env },
  });
  expect(stderr).toBe('');
  return stdout.split('\n').filter(row => row !== '');
}

describe.runIf(has('bash'))('bash', () => {
  test('commands, flags, values and paths', () => {
    expect(inBash('quarry', 'wat')).toEqual(['watch']);
    expect(inBash('quarry', '')).toEqual(
      expect.arrayContaining(['search', 'watch', 'models', 'help', 'source']),
    );
    expect(inBash('quarry', 'words', '--form')).toEqual(['--format']);
    expect(inBash('quarry', 'words', '--format', 's')).toEqual(['sarif']);
    expect(inBash('quarry', '--lang', 'types')).toEqual(['typescript']);
    expect(inBash('quarry', '--lang', '=', 'types')).toEqual(['typescript']);
    expect(inBash('quarry', '--mode', '=')).toEqual(['lexical', 'dense', 'hybrid']);
    expect(inBash('quarry', '--lang', 'go,rus')).toEqual(['go,rust']);
    expect(inBash('quarry', '--kind', 'meth')).toEqual(['method']);
    expect(inBash('quarry', '--role', 'ven')).toEqual(['vendored']);
    expect(inBash('quarry', 'search', '--model', 'no')).toEqual(['none']);
    expect(inBash('quarry', '-k', '')).toEqual([]);
    expect(inBash('quarry', 'models', 'sh')).toEqual(['show']);
    expect(inBash('quarry', 'completions', 'z')).toEqual(['zsh']);
    expect(inBash('quarry', 'help', 'stat')).toEqual(['status']);
    expect(inBash('quarry', 'status', 'so')).toEqual(['source']);
    expect(inBash('quarry', 'words', 'spec')).toEqual(['spec file.ts']);
    expect(inBash('quarry', 'eval', '--out', 's')).toEqual(['source']);
    // A word of the query, not the command.
    expect(inBash('quarry', 'words', 'index', '--batc')).toEqual(['--batch']);
  });
});

describe.runIf(has('fish'))('fish', () => {
  test('commands, flags, values and paths', () => {
    expect(inFish('quarry', 'wat')).toEqual(['watch']);
    expect(inFish('quarry', 'words', '--form')).toEqual(['--format']);
    expect(inFish('quarry', 'words', '--format', 's')).toEqual(['sarif']);
    expect(inFish('quarry', '--mode', '=', 'l')).toEqual(['--mode=lexical']);
    expect(inFish('quarry', '--lang', 'go,rus')).toEqual(['go,rust']);
    expect(inFish('quarry', 'models', 'sh')).toEqual(['show']);
    expect(inFish('quarry', 'help', 'stat')).toEqual(['status']);
    expect(inFish('quarry', 'status', 'so')).toEqual(['source/']);
    expect(inFish('quarry', '-k', '')).toEqual([]);
    expect(inFish('quarry', 'words', 'index', '--batc')).toEqual(['--batch']);
  });
});

describe.runIf(has('zsh'))('zsh', () => {
  test('commands, flags, values and paths', () => {
    expect(inZsh('quarry', 'wat')).toContain('watch');
    expect(inZsh('quarry', 'words', '--form')).toContain('--format');
    expect(inZsh('quarry', 'words', '--format', 'sa')).toContain('sarif');
    expect(inZsh('quarry', '--lang', 'types')).toContain('typescript');
    expect(inZsh('quarry', 'models', 'sh')).toContain('show');
    expect(inZsh('quarry', 'status', 'sou')).toContain('source/');
  });
});
