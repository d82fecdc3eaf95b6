import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Random as SeededRandom } from '../../src/core/random.ts';

/** A temporary directory with a tree to index (`root`) beside the place for index files. */
export class Scratch {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'quarry-test-'));
  readonly root: string = join(this.directory, 'tree');
  #count = 0;

  constructor(files: Readonly<Record<string, string | Uint8Array>> = {}) {
    mkdirSync(this.root);
    for (const [path, content] of Object.entries(files)) this.write(path, content);
  }

  /** A name for another index file, outside the tree. */
  indexFile(): string {
    return join(this.directory, `${this.#count++}.quarry`);
  }

  path(path: string): string {
    return join(this.root, path);
  }

  write(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), content);
  }

  remove(path: string): void {
    rmSync(this.path(path), { recursive: true });
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Numbers from a seed that tests print, so that a failure can be repeated. */
export class Random extends SeededRandom {
  readonly seed: number;

  constructor(seed: number) {
    super(seed);
    this.seed = seed;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}
