import type { UnitText } from '../core/encoder.ts';
import type { Tokenizer } from '../text/index.ts';

/** Where a token of a text stands; the order is that of the columns of the models' weights. */
export const fields = ['query', 'name', 'doc', 'code'] as const;

/** Raise when the same text gets other numbers than before: vectors made before cannot be compared then. */
export const preparationVersion = 1;

/** How texts become numbers. */
export interface Preparation {
  /** `bag`: every token of a field once, in the order in which they first occur. `sequence`: all tokens in order. */
  readonly kind: 'bag' | 'sequence';
  /** Most tokens of each field. */
  readonly query: number;
  readonly name: number;
  readonly doc: number;
  readonly code: number;
}

/** A text as the encoders take it: three arrays of equal length. */
export interface Prepared {
  readonly ids: Int32Array;
  /** Position in `fields`. */
  readonly fields: Int32Array;
  /**
   * How much a token counts, above 0: the weights of all occurrences of a token in a field sum to the square root of
   * their number, because a name that code repeats says less each time.
   */
  readonly weights: Float32Array;
}

/** What nearly every line of code has says nothing about it. */
const silent = /^[()[\]{},;:."'`]+$/;

/** A `bag` looks at this many times the tokens that it may keep. */
const bagReach = 4;

/** UTF-16 code units of a field that are looked at for each token that is: longer runs are data. */
const charactersPerToken = 16;

/** Makes numbers of texts. Deterministic; not for use by two threads at once. */
export class Preparer {
  readonly tokenizer: Tokenizer;
  readonly preparation: Preparation;
  private readonly skipped: Uint8Array;
  /** Place of a token among those of the current field, by id, where `seen` says that it has one. */
  private readonly place: Int32Array;
  private readonly seen: Int32Array;
  private turn = 0;
  private readonly ids: Int32Array;
  private readonly fields: Int32Array;
  private readonly weights: Float32Array;
  private length = 0;

  constructor(tokenizer: Tokenizer, preparation: Preparation) {
    this.tokenizer = tokenizer;
    this.preparation = preparation;
    const { vocabularySize, tokens, specialTokens } = tokenizer;
    this.skipped = new Uint8Array(vocabularySize);
    for (let id = specialTokens.length; id < vocabularySize; id++)
      if (silent.test(tokens[id]!.replace(/^Ġ/, '')) || tokens[id] === 'Ġ') this.skipped[id] = 1;
    this.place = new Int32Array(vocabularySize);
    this.seen = new Int32Array(vocabularySize);
    const { query, name, doc, code } = preparation;
    const most = Math.max(query, name + doc + code);
    this.ids = new Int32Array(most);
    this.fields = new Int32Array(most);
    this.weights = new Float32Array(most);
  }

  query(text: string): Prepared {
    this.length = 0;
    this.add(text, 0, this.preparation.query);
    return this.taken();
  }

  unit({ name, doc, code }: UnitText): Prepared {
    this.length = 0;
    this.add(name, 1, this.preparation.name);
    this.add(doc, 2, this.preparation.doc);
    this.add(code, 3, this.preparation.code);
    return this.taken();
  }

  private add(text: string, field: number, most: number): void {
    if (text === '' || most === 0) return;
    const isBag = this.preparation.kind === 'bag';
    const maxLength = isBag ? most * bagReach : most * 2;
    const ids = this.tokenizer.encode(text.slice(0, maxLength * charactersPerToken), { maxLength });
    const { place, seen, weights } = this;
    const turn = ++this.turn;
    const first = this.length;
    for (const id of ids) {
      if (this.skipped[id]) continue;
      const isKnown = seen[id] === turn;
      // While a field is read, a weight is the number of occurrences, kept where the token first stood.
      if (isKnown) {
        weights[place[id]!]!++;
        if (isBag) continue;
      }
      if (this.length - first === most) {
        if (isBag) continue;
        if (isKnown) weights[place[id]!]!--;
        break;
      }
      if (!isKnown) {
        seen[id] = turn;
        place[id] = this.length;
        weights[this.length] = 1;
      }
      this.ids[this.length] = id;
      this.fields[this.length++] = field;
    }
    if (isBag) for (let i = first; i < this.length; i++) weights[i] = Math.sqrt(weights[i]!);
    else {
      for (let i = this.length - 1; i >= first; i--)
        weights[i] = 1 / Math.sqrt(weights[place[this.ids[i]!]!]!);
    }
  }

  private taken(): Prepared {
    const { length } = this;
    return {
      ids: this.ids.slice(0, length),
      fields: this.fields.slice(0, length),
      weights: this.weights.slice(0, length),
    };
  }
}
