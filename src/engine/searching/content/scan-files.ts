import { hash } from 'node:crypto';
import { GitBlobs } from '../../../ingest/git-blobs.ts';
import { readBytes } from '../../../ingest/read.ts';
import { fileBelow } from '../../sources/mounts.ts';
import { isRevision } from '../../sources/source.ts';
import { type Matcher, matcherOf } from './matcher.ts';
import type { ScanFile, ScannedFile, ScanSetup } from './messages.ts';
import { scanBytes } from './scan.ts';

/** Reads files of one search and looks through them. */
export class FileScanner {
  private readonly setup: ScanSetup;
  private readonly matchers: readonly Matcher[];
  private readonly blobs: Map<string, GitBlobs>;
  /** Folders by their whole path: whether they lie where they seem to. */
  private readonly folders: Map<string, boolean> = new Map();

  /** `blobs`: git processes by repository, started as they are needed; the caller ends them. */
  constructor(setup: ScanSetup, blobs: Map<string, GitBlobs>) {
    this.setup = setup;
    this.matchers = setup.patterns.map(matcherOf);
    this.blobs = blobs;
  }

  /** What is in a file; undefined if there is nothing, or it is no text. Throws if it cannot be read. */
  scan(file: ScanFile, position: number, blob?: Buffer): ScannedFile | undefined {
    const bytes = blob ?? this.read(file);
    const { patterns } = file;
    const wants = patterns ? (pattern: number) => patterns.includes(pattern) : () => true;
    const found = scanBytes(bytes, this.matchers, wants, this.setup.mostPlaces);
    if (!found || found.length === 0) return undefined;
    return { position, found, hash: blob ? '' : hash('sha256', bytes, 'hex').slice(0, 32) };
  }

  private read({ path, source }: ScanFile): Buffer {
    const from = this.setup.sources[source]!;
    if (isRevision(from)) throw new Error('the blob is missing');
    if (!this.isInside(from.directory, path)) throw new Error('a link leads out of the tree');
    const bytes = readBytes(`${from.directory}/${path}`, this.setup.maxFileBytes, false);
    if ('reason' in bytes) throw new Error(bytes.detail ?? bytes.reason);
    return bytes;
  }

  /** A folder that was indexed may since have become a link to anywhere; a file that is one is not opened. */
  private isInside(directory: string, path: string): boolean {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    if (folder === '') return true;
    const key = `${directory}/${folder}`;
    let inside = this.folders.get(key);
    if (inside === undefined) this.folders.set(key, (inside = fileBelow(directory, folder) !== undefined));
    return inside;
  }

  /** The content of a file of a revision; undefined for one in a directory, or if git does not have it. */
  async blob({ source, object }: ScanFile): Promise<Buffer | undefined> {
    const from = this.setup.sources[source]!;
    if (!isRevision(from) || object === undefined) return undefined;
    let blobs = this.blobs.get(from.repository);
    if (!blobs) this.blobs.set(from.repository, (blobs = new GitBlobs(from.repository)));
    return blobs.read(object).catch(() => undefined);
  }
}
