import { type TrigramEntry, TrigramIndex } from './reader.ts';
import { TrigramWriter } from './writer.ts';

/** A segment of a merge: its part, if it has one, and the new number of each document, −1 for those dropped. */
export interface TrigramInput {
  part: Uint8Array | undefined;
  moved: Int32Array;
}

/**
 * The trigrams of merged segments, whose `documents` are in the order of the input; undefined if no segment has any. Documents of
 * segments without are uncovered.
 */
export function mergeTrigrams(inputs: readonly TrigramInput[], documents: number): Uint8Array | undefined {
  if (documents === 0 || inputs.every(({ part }) => !part)) return undefined;
  const bytes = inputs.reduce((sum, { part }) => sum + (part?.length ?? 0), 0);
  const writer = new TrigramWriter(documents, bytes);
  const uncovered: number[] = [];
  const cursors: Array<{ index: TrigramIndex; entries: Iterator<TrigramEntry>; moved: Int32Array }> = [];
  for (const { part, moved } of inputs) {
    const index = part && TrigramIndex.of(part);
    for (const document of index?.uncovered ?? moved.keys())
      if (moved[document]! >= 0) uncovered.push(moved[document]!);
    if (index) cursors.push({ index, entries: index.entries(), moved });
  }
  writer.leaveOut(uncovered);
  const heads = cursors.map(({ entries }) => entries.next().value as TrigramEntry | undefined);
  let targets = new Uint32Array(1024);
  for (;;) {
    let trigram = Infinity;
    let most = 0;
    for (const head of heads) {
      if (!head || head.trigram > trigram) continue;
      most = head.trigram === trigram ? most + head.count : head.count;
      trigram = head.trigram;
    }
    if (trigram === Infinity) break;
    if (targets.length < most) targets = new Uint32Array(most * 2);
    let count = 0;
    for (const [i, { index, entries, moved }] of cursors.entries()) {
      const head = heads[i];
      if (head?.trigram !== trigram) continue;
      for (const document of index.documents(head))
        if (moved[document]! >= 0) targets[count++] = moved[document]!;
      heads[i] = entries.next().value as TrigramEntry | undefined;
    }
    if (count > 0) writer.add(trigram, targets, 0, count);
  }
  return writer.finish();
}
