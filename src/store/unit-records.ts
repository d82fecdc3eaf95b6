// The records of a document's units: how they are written, and beside it how they are read.

import { type UnitKind, type UnitSpan, unitKinds } from '../core/unit.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import type { StoredUnit } from './segment.ts';

const kindNumbers: ReadonlyMap<string, number> = new Map(unitKinds.map((kind, i) => [kind, i]));

/** The number that stands for a kind of units. */
export function kindNumber(kind: UnitKind): number {
  return kindNumbers.get(kind)!;
}

/**
 * Writes the units of one document of `lines` lines, in order of their starts: their number, then per unit the kind (u8),
 * varints – parent + 1, distance of the start to the previous one, length, distance of the first line to the previous one,
 * further lines, length of the signature, place of the doc comment –, the name, and what its qualified name adds.
 */
export function encodeUnits(out: ByteWriter, units: readonly UnitSpan[], lines: number): void {
  out.varint(units.length);
  let previousStart = 0;
  let previousLine = 1;
  for (const unit of units) {
    out.u8(kindNumber(unit.kind));
    out.varint(unit.parent + 1);
    out.varint(unit.start - previousStart);
    out.varint(unit.end - unit.start);
    out.varint(unit.firstLine - previousLine);
    out.varint(Math.min(unit.lastLine, lines) - unit.firstLine);
    out.varint(unit.signatureEnd - unit.start);
    // The doc lies shortly before the unit or inside it: a signed distance, folded to stay small.
    if (unit.docStart < 0) out.varint(0);
    else {
      const distance = unit.docStart - unit.start;
      out.varint(1 + (distance < 0 ? -distance * 2 - 1 : distance * 2));
      out.varint(unit.docEnd - unit.docStart);
    }
    out.string(unit.name);
    // Usually the qualified name ends with the name: only what stands before it is stored.
    const prefix =
      unit.name !== '' && unit.qualifiedName.endsWith(unit.name)
        ? unit.qualifiedName.slice(0, -unit.name.length)
        : undefined;
    out.u8(prefix === undefined ? 1 : 0);
    out.string(prefix ?? unit.qualifiedName);
    previousStart = unit.start;
    previousLine = unit.firstLine;
  }
}

/** Reads what `encodeUnits` wrote. Throws RangeError on damage. */
export function decodeUnits(reader: ByteReader): StoredUnit[] {
  const count = reader.varint();
  const units: StoredUnit[] = [];
  let start = 0;
  let firstLine = 1;
  for (let u = 0; u < count; u++) {
    const kind = unitKinds[reader.u8()]!;
    const parent = reader.varint() - 1;
    start += reader.varint();
    const end = start + reader.varint();
    firstLine += reader.varint();
    const lastLine = firstLine + reader.varint();
    const signatureEnd = start + reader.varint();
    const folded = reader.varint();
    let docStart = -1;
    let docEnd = -1;
    if (folded > 0) {
      const distance = (folded - 1) & 1 ? -folded / 2 : (folded - 1) / 2;
      docStart = start + distance;
      docEnd = docStart + reader.varint();
    }
    const names = reader.position;
    reader.skip(reader.varint());
    reader.u8();
    reader.skip(reader.varint());
    units.push(
      new LazyUnit(
        { kind, parent, start, end, firstLine, lastLine, signatureEnd, docStart, docEnd },
        reader,
        names,
      ),
    );
  }
  return units;
}

/** A unit whose strings are decoded when asked for: a search looks at all units of a file and names a few. */
class LazyUnit implements StoredUnit {
  readonly kind: UnitKind;
  readonly parent: number;
  readonly start: number;
  readonly end: number;
  readonly firstLine: number;
  readonly lastLine: number;
  readonly signatureEnd: number;
  readonly docStart: number;
  readonly docEnd: number;
  // Not `private`, which would make them enumerable: a unit spread into an object has its own fields only.
  readonly #reader: ByteReader;
  readonly #names: number;

  constructor(span: Omit<StoredUnit, 'name' | 'qualifiedName'>, reader: ByteReader, names: number) {
    this.kind = span.kind;
    this.parent = span.parent;
    this.start = span.start;
    this.end = span.end;
    this.firstLine = span.firstLine;
    this.lastLine = span.lastLine;
    this.signatureEnd = span.signatureEnd;
    this.docStart = span.docStart;
    this.docEnd = span.docEnd;
    this.#reader = reader;
    this.#names = names;
  }

  get name(): string {
    this.#reader.position = this.#names;
    return this.#reader.string();
  }

  get qualifiedName(): string {
    const { name } = this;
    const whole = this.#reader.u8() === 1;
    const prefix = this.#reader.string();
    return whole ? prefix : prefix + name;
  }
}
