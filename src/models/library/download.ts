import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import { sha256 } from '../external/fingerprint.ts';
import { fetchFile } from './fetch-file.ts';
import type { HttpOptions } from './http.ts';
import { commitOf, filesOf, fileUrl, neededFiles, parseAddress, readHubJson } from './hub.ts';
import { type DownloadRecord, partialEnding, readRecord, recordFile } from './locate.ts';

/** One step of a download. Bytes of an interrupted one count as done. */
export interface DownloadProgress {
  readonly file: string;
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

export interface DownloadOptions {
  /** Where models are kept; made if it is not there. */
  readonly directory: string;
  /** A hub's address; default: the official one. */
  readonly endpoint?: string | undefined;
  /** For private models; sent to the endpoint only. */
  readonly token?: string | undefined;
  /** Where the variables for proxies are; default: none. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The int8 network in place of the full one. */
  readonly quantized?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Milliseconds before the first new try after a cut connection, doubled each time; default 500. */
  readonly retryMs?: number;
  /** Milliseconds without a byte after which a connection counts as dead; default 30 s. */
  readonly idleMs?: number;
}

export interface Downloaded {
  readonly directory: string;
  readonly record: DownloadRecord;
  /** Whether it was there already. */
  readonly present: boolean;
}

/**
 * Fetches a model from a hub: `owner/name[@revision]` or the address of its page. Only what is needed to run it is
 * fetched; every file is checked against the hub's checksum. It appears in `directory` complete or not at all, as
 * `<owner>--<name>@<commit>`; what was fetched before a stop, a cut connection or a full disk lies in `….partial`, and the
 * next call goes on from there. `QuarryError`, one line with what to do: 'usage', 'not-found', 'unreadable' (network,
 * refusal), 'corrupt' (wrong checksum), 'no-space', 'aborted'.
 */
export async function downloadModel(model: string, options: DownloadOptions): Promise<Downloaded> {
  const { directory, signal, quantized = false } = options;
  const address = parseAddress(model, options.endpoint);
  // A page on another host than the configured hub does not get the hub's token.
  const trusted = address.endpoint === parseAddress('a/b', options.endpoint).endpoint;
  const http: HttpOptions = {
    env: options.env ?? {},
    token: trusted ? options.token : undefined,
    signal,
    idleMs: options.idleMs,
  };
  const commit = await commitOf(address, http);
  const place = join(
    directory,
    `${address.id.replace('/', '--')}@${commit.slice(0, 12)}${quantized ? '+quantized' : ''}`,
  );
  const listed = await filesOf(address, commit, http);
  const read = (path: string) => readHubJson(path, listed, address, commit, http);
  const [config, modules] = [await read('config.json'), await read('modules.json')];
  const files = neededFiles(address.id, listed, { config, modules, quantized });
  const record = {
    id: address.id,
    revision: address.revision,
    commit,
    endpoint: address.endpoint,
    quantized,
    addedAt: Date.now(),
  };
  const known = readRecord(place);
  if (known) return { directory: place, record: known, present: true };
  const partial = place + partialEnding;
  const bytesTotal = files.reduce((sum, file) => sum + file.size, 0);
  const done: Array<{ path: string; size: number; sha256: string }> = [];
  try {
    let before = 0;
    for (const file of files) {
      throwIfAborted(signal);
      const path = join(partial, file.path);
      mkdirSync(dirname(path), { recursive: true });
      await fetchFile(fileUrl(address, commit, file.path), path, file, address, http, {
        retryMs: options.retryMs ?? 500,
        onBytes: bytes => options.onProgress?.({ file: file.path, bytesDone: before + bytes, bytesTotal }),
      });
      before += file.size;
      done.push({ path: file.path, size: file.size, sha256: file.sha256 ?? (await sha256(path)) });
    }
    const whole: DownloadRecord = { ...record, files: done };
    writeFileSync(join(partial, recordFile), `${JSON.stringify(whole, null, 2)}\n`);
    rmSync(place, { recursive: true, force: true });
    renameSync(partial, place);
    return { directory: place, record: whole, present: false };
  } catch (error) {
    throw diskError(error, directory);
  }
}

function diskError(error: unknown, directory: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof QuarryError || code === undefined) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new QuarryError(
      'no-space',
      `${directory}: the disk is full`,
      'what is there is kept: make room and run it again, or name another folder in QUARRY_MODELS_DIR',
      { cause: error },
    );
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'EIO'].includes(code))
    return new QuarryError(
      'unreadable',
      `${directory} cannot be written (${code})`,
      'name another folder in QUARRY_MODELS_DIR',
      { cause: error },
    );
  return error;
}
