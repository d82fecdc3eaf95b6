import { type SkippedFile, type SkipReason, skipReasons } from '../core/source.ts';
import { type Role, roles } from '../core/unit.ts';
import { ByteReader, ByteWriter } from './bytes.ts';

const reasons = Object.keys(skipReasons) as SkipReason[];

/** A live file: which path has which document, and what the file system said when it was read. */
export interface CatalogFile {
  path: string;
  segment: number;
  document: number;
  size: number;
  mtimeMs: number;
  ctimeMs: number;
  ino: number;
  role: Role;
  /** How many other files import this one. */
  importers: number;
  /** Set when the status should mention the file although it is indexed. */
  note?: SkipReason;
}

/** The state of a tree at one generation: everything that is not content. */
export interface Catalog {
  /** Ordered by path. */
  files: CatalogFile[];
  skipped: SkippedFile[];
  /** False while an update is under way or was interrupted. */
  complete: boolean;
  /** Milliseconds since the epoch of the last finished update, 0 if none. */
  updatedAt: number;
}

export const emptyCatalog: Catalog = { files: [], skipped: [], complete: false, updatedAt: 0 };

/** Paths are front-coded in order; numbers follow each path. */
export function encodeCatalog(catalog: Catalog): Uint8Array {
  const out = new ByteWriter(catalog.files.length * 64 + 64);
  out.u8(catalog.complete ? 1 : 0);
  out.f64(catalog.updatedAt);
  out.varint(catalog.files.length);
  let previous = '';
  for (const file of catalog.files) {
    let shared = 0;
    const most = Math.min(previous.length, file.path.length);
    while (shared < most && file.path.charCodeAt(shared) === previous.charCodeAt(shared)) shared++;
    if (shared > 0 && (file.path.charCodeAt(shared - 1) & 0xfc00) === 0xd800) shared--;
    out.varint(shared);
    out.string(file.path.slice(shared));
    previous = file.path;
    out.varint(file.segment);
    out.varint(file.document);
    out.varint(file.size);
    out.f64(file.mtimeMs);
    out.f64(file.ctimeMs);
    out.f64(file.ino);
    out.u8(roles.indexOf(file.role));
    out.varint(file.importers);
    out.u8(file.note === undefined ? 255 : reasons.indexOf(file.note));
  }
  out.varint(catalog.skipped.length);
  for (const skipped of catalog.skipped) {
    out.string(skipped.path);
    out.u8(reasons.indexOf(skipped.reason));
    out.string(skipped.detail ?? '');
  }
  return out.finish();
}

/** Throws RangeError on damage. */
export function decodeCatalog(bytes: Uint8Array): Catalog {
  const reader = new ByteReader(bytes);
  const complete = reader.u8() === 1;
  const updatedAt = reader.f64();
  const count = reader.varint();
  const files: CatalogFile[] = [];
  let previous = '';
  for (let i = 0; i < count; i++) {
    const shared = reader.varint();
    const path: string = previous.slice(0, shared) + reader.string();
    previous = path;
    const file: CatalogFile = {
      path,
      segment: reader.varint(),
      document: reader.varint(),
      size: reader.varint(),
      mtimeMs: reader.f64(),
      ctimeMs: reader.f64(),
      ino: reader.f64(),
      role: roles[reader.u8()] ?? 'source',
      importers: reader.varint(),
    };
    const note = reasons[reader.u8()];
    if (note !== undefined) file.note = note;
    files.push(file);
  }
  const skipped: SkippedFile[] = [];
  const skippedCount = reader.varint();
  for (let i = 0; i < skippedCount; i++) {
    const path = reader.string();
    const reason = reasons[reader.u8()] ?? 'unreadable';
    const detail = reader.string();
    skipped.push(detail === '' ? { path, reason } : { path, reason, detail });
  }
  return { files, skipped, complete, updatedAt };
}
