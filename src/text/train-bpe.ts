import { setImmediate } from 'node:timers/promises';
import { QuarryError, throwIfAborted } from '../core/errors.ts';
import { byteSpelling } from './byte-level.ts';
import { PairHeap } from './pair-heap.ts';
import { maxVocabulary, PairTable } from './pair-table.ts';
import { detached, foldCase, PreTokenScanner } from './pre-tokens.ts';
import { defaultSpecialTokens, Tokenizer } from './tokenizer.ts';

export interface BpeProgress {
  /** `count` reads the texts, `merge` makes tokens. */
  phase: 'count' | 'merge';
  texts: number;
  /** UTF-16 code units read. */
  characters: number;
  /** Different pre-tokens; those that differ only in case count once from `merge` on. */
  words: number;
  /** Tokens so far, special ones and bytes included, and how many there may be. */
  vocabulary: number;
  vocabularySize: number;
  elapsedMs: number;
}

export interface BpeOptions {
  /** Most tokens, special ones and the 256 bytes included; up to 65,536. The corpus may give fewer. */
  vocabularySize: number;
  /** A pair that occurs less often (counted with repetitions) is not merged. Default 2. */
  minFrequency?: number;
  /** Special tokens besides `defaultSpecialTokens`; they get the ids after those. */
  extraSpecialTokens?: readonly string[];
  signal?: AbortSignal;
  /** Called every tenth of a second or so. */
  onProgress?: (progress: BpeProgress) => void;
}

/**
 * Learns a byte-pair encoding (Sennrich et al. 2016, over bytes) from texts. The result depends on which texts there are,
 * not on their order: equal counts are decided by token ids. A pair whose joined spelling is a token already is
 * skipped, so that a spelling has one id and one way to be made.
 *
 * Throws `QuarryError('usage')` for impossible sizes, `QuarryError('aborted')`.
 */
export async function trainBpe(
  texts: AsyncIterable<string> | Iterable<string>,
  options: BpeOptions,
): Promise<Tokenizer> {
  const { vocabularySize, minFrequency = 2, signal } = options;
  const specials = [...defaultSpecialTokens, ...(options.extraSpecialTokens ?? [])];
  const firstMerge = specials.length + 256;
  if (!Number.isInteger(vocabularySize) || vocabularySize < firstMerge || vocabularySize > maxVocabulary) {
    throw new QuarryError(
      'usage',
      `a vocabulary of ${vocabularySize} tokens is not possible`,
      `choose ${firstMerge} to ${maxVocabulary}; 16000 to 32000 suit code`,
    );
  }
  const clash = specials.find((token, i) => [...token].length < 2 || specials.indexOf(token) !== i);
  if (clash !== undefined) {
    throw new QuarryError(
      'usage',
      `${JSON.stringify(clash)} cannot be one more special token`,
      'name each once, as in [CODE]',
    );
  }
  throwIfAborted(signal);
  const pace = new Pace(options);
  const words = await countWords(texts, pace, signal);
  const training = new MergeTraining(words, specials.length, Math.max(1, minFrequency));
  while (training.vocabulary < vocabularySize && training.mergeNext()) {
    if (await pace.due()) pace.report('merge', words.size, training.vocabulary);
    throwIfAborted(signal);
  }
  pace.report('merge', words.size, training.vocabulary);
  return new Tokenizer(specials, training.merges);
}

/** Says when to report, and lets other work and signals through while training runs. */
class Pace {
  texts = 0;
  characters = 0;
  readonly #options: BpeOptions;
  readonly #began = performance.now();
  #last = performance.now();

  constructor(options: BpeOptions) {
    this.#options = options;
  }

  async due(): Promise<boolean> {
    if (performance.now() - this.#last < 100) return false;
    await setImmediate();
    this.#last = performance.now();
    return true;
  }

  report(phase: BpeProgress['phase'], words: number, vocabulary: number): void {
    const { vocabularySize, onProgress } = this.#options;
    const elapsedMs = performance.now() - this.#began;
    const { texts, characters } = this;
    onProgress?.({ phase, texts, characters, words, vocabulary, vocabularySize, elapsedMs });
  }
}

/** Pre-tokens, lower-cased, with how often they occur. */
async function countWords(
  texts: AsyncIterable<string> | Iterable<string>,
  pace: Pace,
  signal: AbortSignal | undefined,
): Promise<Map<string, number>> {
  // Counted as written: folding the case of every occurrence would cost more than folding each form once at the end.
  const forms = new Map<string, { count: number }>();
  const scanner = new PreTokenScanner();
  for await (const text of texts) {
    throwIfAborted(signal);
    scanner.open(text);
    while (scanner.next()) {
      const form = scanner.text.slice(scanner.start, scanner.end);
      const entry = forms.get(form);
      if (entry) entry.count++;
      else forms.set(detached(form), { count: 1 });
    }
    pace.texts++;
    pace.characters += text.length;
    if (await pace.due()) pace.report('count', forms.size, 0);
  }
  const words = new Map<string, number>();
  for (const [form, { count }] of forms) {
    const word = foldCase(form);
    words.set(word, (words.get(word) ?? 0) + count);
  }
  return words;
}

/** The state of training: every different word as a row of token ids, and the counts of neighbours. */
class MergeTraining {
  /** Pairs of ids in the order of their merges; the id made is `vocabulary` at that time. */
  readonly merges: Array<readonly [number, number]> = [];
  vocabulary: number;
  /** Words one after another; a word gets shorter in its place. */
  readonly #ids: Int32Array;
  readonly #starts: Int32Array;
  readonly #lengths: Int32Array;
  readonly #frequencies: Float64Array;
  readonly #pairs = new PairTable(1 << 16);
  readonly #counts: number[] = [];
  /** Words that hold (or held) the pair, possibly more than once. */
  readonly #where: number[][] = [];
  readonly #lefts: number[] = [];
  readonly #rights: number[] = [];
  readonly #heap = new PairHeap();
  readonly #spellings: string[];
  readonly #known: Set<string>;
  readonly #minFrequency: number;
  /** Pairs first seen during the merge that is running. */
  #fresh: number[] = [];

  constructor(words: ReadonlyMap<string, number>, firstByte: number, minFrequency: number) {
    this.#minFrequency = minFrequency;
    this.#spellings = [...Array.from({ length: firstByte }, () => ''), ...byteSpelling];
    this.#known = new Set(byteSpelling);
    this.vocabulary = this.#spellings.length;
    this.#starts = new Int32Array(words.size);
    this.#lengths = new Int32Array(words.size);
    this.#frequencies = new Float64Array(words.size);
    let total = 0;
    for (const word of words.keys()) total += 1 + Buffer.byteLength(word);
    this.#ids = new Int32Array(total);
    let at = 0;
    let index = 0;
    for (const [word, frequency] of words) {
      this.#starts[index] = at;
      this.#frequencies[index] = frequency;
      for (const byte of Buffer.from(` ${word}`)) this.#ids[at++] = firstByte + byte;
      this.#lengths[index] = at - this.#starts[index]!;
      for (let i = this.#starts[index]!; i + 1 < at; i++)
        this.#change(this.#ids[i]!, this.#ids[i + 1]!, index, 1);
      index++;
    }
    this.#offerFresh();
  }

  /** Makes one more token; false if no pair is frequent enough. */
  mergeNext(): boolean {
    for (;;) {
      const best = this.#heap.pop();
      if (best === undefined) return false;
      const count = this.#counts[best.pair]!;
      if (count !== best.count) {
        // Counts only fall once a pair is in the heap: it comes back with what it counts now.
        if (count >= this.#minFrequency) this.#heap.push({ ...best, count });
        continue;
      }
      const spelling = this.#spellings[best.left]! + this.#spellings[best.right]!;
      if (this.#known.has(spelling)) continue;
      this.#known.add(spelling);
      this.#spellings.push(spelling);
      this.merges.push([best.left, best.right]);
      const made = this.vocabulary++;
      const where = this.#where[best.pair]!;
      this.#where[best.pair] = [];
      for (const word of where) this.#rewrite(word, best.left, best.right, made);
      this.#offerFresh();
      return true;
    }
  }

  /** Joins every `left right` of a word, from its start, and moves the counts of the neighbours that changed. */
  #rewrite(word: number, left: number, right: number, made: number): void {
    const ids = this.#ids;
    const start = this.#starts[word]!;
    const end = start + this.#lengths[word]!;
    let out = start;
    let before = -1; // the old id before `i`
    let joined = false; // whether that id went into a join
    for (let i = start; i < end; ) {
      const id = ids[i]!;
      const joins = i + 1 < end && id === left && ids[i + 1] === right;
      if (before >= 0 && (joined || joins)) this.#change(before, id, word, -1);
      if (joins) this.#change(left, right, word, -1);
      const next = joins ? made : id;
      // What was written last is the new left neighbour; the pair is new if one of the two was made just now.
      if (out > start && (joined || joins)) this.#change(ids[out - 1]!, next, word, 1);
      before = joins ? right : id;
      joined = joins;
      i += joins ? 2 : 1;
      ids[out++] = next;
    }
    this.#lengths[word] = out - start;
  }

  /** Counts a neighbourhood in a word once more (`sign` 1) or once less (-1), as often as the word occurs. */
  #change(left: number, right: number, word: number, sign: 1 | -1): void {
    let pair = this.#pairs.get(left, right);
    if (pair < 0) {
      pair = this.#counts.length;
      this.#pairs.set(left, right, pair);
      this.#counts.push(0);
      this.#where.push([]);
      this.#lefts.push(left);
      this.#rights.push(right);
      this.#fresh.push(pair);
    }
    this.#counts[pair]! += sign * this.#frequencies[word]!;
    if (sign < 0) return;
    const where = this.#where[pair]!;
    if (where.at(-1) !== word) where.push(word);
  }

  #offerFresh(): void {
    for (const pair of this.#fresh) {
      const count = this.#counts[pair]!;
      if (count < this.#minFrequency) continue;
      this.#heap.push({ pair, count, left: this.#lefts[pair]!, right: this.#rights[pair]! });
    }
    this.#fresh = [];
  }
}
