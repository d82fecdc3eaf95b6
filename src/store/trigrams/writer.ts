import { ByteWriter } from '../bytes.ts';
import { BitWriter, encodeAscending } from './rice.ts';
import type { Trigram } from './trigram.ts';

/** Trigrams of one block of the table: a lookup decodes one block. */
export const blockTrigrams = 64;

/** Little-endian numbers of 32 bits at the beginning of the part, see `TrigramWriter`. */
export const headerWords = 6;
export const layoutVersion = 1;

/**
 * Writes the part `trigrams` of a segment:
 *
 * | piece | holds |
 * | --- | --- |
 * | header | six u32: version of the layout, trigrams, documents, blocks, bytes of the table, uncovered documents |
 * | directory | per block three u32: its first trigram, and where it begins in the table and in the lists |
 * | uncovered | u32: documents of which no trigrams are known (merged from a segment without): any text may be in them |
 * | table | per trigram three varints: distance to the one before (the first of a block: 0), documents, bytes of its list |
 * | lists | the documents of each trigram, see `encodeAscending` |
 */
export class TrigramWriter {
  private readonly documents: number;
  private readonly directory: number[] = [];
  private readonly table: ByteWriter;
  private readonly lists: BitWriter;
  private count = 0;
  private previous = 0;
  private uncovered: readonly number[] = [];

  constructor(documents: number, expectedBytes: number) {
    this.documents = documents;
    this.table = new ByteWriter(expectedBytes >> 2);
    this.lists = new BitWriter(expectedBytes);
  }

  /** The documents `targets[from, to)`, ascending and at least one. Trigrams come in ascending order. */
  add(trigram: Trigram, targets: Uint32Array, from: number, to: number): void {
    const start = this.lists.length;
    if (this.count % blockTrigrams === 0) {
      this.directory.push(trigram, this.table.length, start);
      this.previous = trigram;
    }
    encodeAscending(targets, from, to, this.documents, this.lists);
    this.table.varint(trigram - this.previous);
    this.table.varint(to - from);
    this.table.varint(this.lists.length - start);
    this.previous = trigram;
    this.count++;
  }

  /** Documents of which nothing was added, ascending. */
  leaveOut(documents: readonly number[]): void {
    this.uncovered = documents;
  }

  finish(): Uint8Array {
    const { directory, uncovered } = this;
    const table = this.table.peek();
    const lists = this.lists.peek();
    const words = [
      layoutVersion,
      this.count,
      this.documents,
      directory.length / 3,
      table.length,
      uncovered.length,
      ...directory,
      ...uncovered,
    ];
    const out = new Uint8Array(words.length * 4 + table.length + lists.length);
    new Uint32Array(out.buffer, 0, words.length).set(words);
    out.set(table, words.length * 4);
    out.set(lists, words.length * 4 + table.length);
    return out;
  }
}
