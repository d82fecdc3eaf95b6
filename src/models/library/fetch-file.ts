import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { QuarryError, throwIfAborted } from '../../core/errors.ts';
import { sha256 } from '../external/fingerprint.ts';
import { get, type HttpOptions } from './http.ts';
import { checkStatus, type HubFile, type ModelAddress, webPage } from './hub.ts';

export interface FetchOptions {
  readonly retryMs: number;
  /** Bytes of this file that are there. */
  readonly onBytes: (bytes: number) => void;
}

/** Tries in a row that bring nothing new. */
const mostTries = 5;

/**
 * Fetches one file to `path`, by way of `path.part`: a part that is there is gone on with if the server still has the same
 * content (`If-Range`). A cut connection is taken up again; what has a wrong size or checksum is thrown away. Errors
 * of the disk are thrown as they are, everything else as QuarryError.
 */
export async function fetchFile(
  url: string,
  path: string,
  file: HubFile,
  address: ModelAddress,
  http: HttpOptions,
  options: FetchOptions,
): Promise<void> {
  if (sizeOf(path) === file.size && (await isWhole(path, file))) return options.onBytes(file.size);
  const part = `${path}.part`;
  if (sizeOf(part) > file.size) rmSync(part);
  const resumed = sizeOf(part) > 0;
  for (let idle = 0; sizeOf(part) < file.size || !existsSync(part); ) {
    const before = sizeOf(part);
    try {
      await fetchRest(url, part, file, address, http, options);
      if (sizeOf(part) >= file.size) break;
      throw new Cut('the connection was cut');
    } catch (error) {
      throwIfAborted(http.signal);
      if (!(error instanceof Cut)) throw error;
      idle = sizeOf(part) > before ? 0 : idle + 1;
      if (idle >= mostTries)
        throw new QuarryError(
          'unreadable',
          `${file.path}: ${error.message}, ${mostTries} times in a row`,
          'what is there is kept: run it again to go on',
          { cause: error },
        );
      await sleep(options.retryMs * 2 ** idle, undefined, { signal: http.signal }).catch(() =>
        throwIfAborted(http.signal),
      );
    }
  }
  if (!(await isWhole(part, file))) {
    rmSync(part);
    rmSync(tagOf(part), { force: true });
    // What an earlier call had left was of something else, and the server could not tell: once more from the start.
    if (resumed) return fetchFile(url, path, file, address, http, options);
    throw new QuarryError(
      'corrupt',
      `${file.path}: the checksum is not the one ${address.endpoint} names`,
      'run it again; if it stays so, something on the way changes the file',
    );
  }
  renameSync(part, path);
  rmSync(tagOf(part), { force: true });
}

/** A try that may be repeated. */
class Cut extends Error {}

async function fetchRest(
  url: string,
  part: string,
  file: HubFile,
  address: ModelAddress,
  http: HttpOptions,
  { onBytes }: FetchOptions,
): Promise<void> {
  const have = sizeOf(part);
  const tag = have > 0 ? readTag(part) : undefined;
  const headers: Record<string, string> = {
    // Compressed, a range would be one of other bytes.
    'accept-encoding': 'identity',
    ...(have > 0 ? { range: `bytes=${have}-`, ...(tag && { 'if-range': tag }) } : {}),
  };
  const response = await get(url, { ...http, headers }).catch((error: unknown) => {
    throw passing(error) ? new Cut((error as Error).message, { cause: error }) : error;
  });
  const { statusCode: status = 0 } = response;
  if (status >= 500) {
    response.resume();
    throw new Cut(`${address.endpoint} answered with status ${status}`);
  }
  if (status === 416) {
    response.resume();
    rmSync(part, { force: true });
    throw new Cut('the server has another file than before');
  }
  checkStatus(response, address, http.token !== undefined);
  const goesOn = status === 206 && startOf(response.headers['content-range']) === have;
  if (status === 206 && !goesOn) {
    response.destroy();
    rmSync(part, { force: true });
    throw new Cut('the server sent another part than the one asked for');
  }
  if (/text\/html/.test(response.headers['content-type'] ?? '') && !/\.html?$/.test(file.path)) {
    response.destroy();
    throw webPage(url, '<');
  }
  const { etag } = response.headers;
  // A weak tag does not promise equal bytes.
  if (etag && !etag.startsWith('W/')) writeFileSync(tagOf(part), etag);
  else rmSync(tagOf(part), { force: true });
  const handle = await open(part, goesOn ? 'a' : 'w');
  let size = goesOn ? have : 0;
  try {
    const chunks = (response as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    for (;;) {
      // Only errors of the network may be tried again, not those of the disk.
      const { done, value } = await chunks.next().catch((cause: unknown) => {
        throw new Cut('the connection was cut', { cause });
      });
      if (done) break;
      size += value.length;
      // More than the file has: the checksum would find it, but only after filling the disk.
      if (size > file.size) break;
      await handle.writeFile(value);
      onBytes(size);
    }
    await handle.sync();
  } finally {
    await handle.close();
    response.destroy();
  }
  if (size > file.size) {
    rmSync(part);
    throw new QuarryError(
      'corrupt',
      `${file.path} is larger than ${address.endpoint} says`,
      'something on the way changes it: fetch it elsewhere and name the folder: --model ./folder',
    );
  }
}

/** Whether a connection that failed may work in a moment. */
function passing(error: unknown): boolean {
  const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'ETIMEDOUT' || code === 'EPIPE';
}

async function isWhole(path: string, { size, sha256: sum, blob }: HubFile): Promise<boolean> {
  if (sizeOf(path) !== size) return false;
  if (sum !== undefined) return (await sha256(path)) === sum;
  return blob === undefined || (await sha256(path, 'blob')) === blob;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function tagOf(part: string): string {
  return `${part}.etag`;
}

function readTag(part: string): string | undefined {
  try {
    return readFileSync(tagOf(part), 'latin1').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** The first byte of a `Content-Range: bytes 5-9/10`. */
function startOf(range: string | undefined): number | undefined {
  const match = /^bytes (\d+)-/.exec(range ?? '');
  return match ? Number(match[1]) : undefined;
}
