/** One candidate for the next merge. */
export interface Candidate {
  pair: number;
  /** What the pair counted when it was pushed; it may be less by now. */
  count: number;
  left: number;
  right: number;
}

/** True if `a` is to be merged before `b`: more frequent, then the smaller ids – never what was pushed first. */
export function isBefore(a: Candidate, b: Candidate): boolean {
  if (a.count !== b.count) return a.count > b.count;
  return a.left !== b.left ? a.left < b.left : a.right < b.right;
}

/** A binary heap of candidates, the best on top. */
export class PairHeap {
  readonly #items: Candidate[] = [];

  push(candidate: Candidate): void {
    const items = this.#items;
    let at = items.length;
    items.push(candidate);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(candidate, items[parent]!)) break;
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = candidate;
  }

  /** Takes the best candidate out; undefined if there is none. */
  pop(): Candidate | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && isBefore(items[child + 1]!, items[child]!)) child++;
      if (!isBefore(items[child]!, last)) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = last;
    return top;
  }
}
