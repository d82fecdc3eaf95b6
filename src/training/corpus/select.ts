import { createHash } from 'node:crypto';
import type { Contamination, Decontaminator } from './decontaminate.ts';
import { NearIndex, signatureOf } from './near.ts';
import { type CorpusSplit, type MinedPair, Tally } from './pair.ts';
import { codeTokens, codeWidth, nearlyEqual, queryTokens, queryWidth } from './tokens.ts';

/** Shares of the repositories in `valid` and in `test`. */
const validShare = 0.05;
const testShare = 0.05;

/** The split of a repository: all of its pairs are in it. */
export function splitOf(repository: string, seed: number): CorpusSplit {
  const hash = createHash('sha256').update(`${seed}\0${repository.toLowerCase()}`).digest();
  const place = hash.readUInt32BE(0) / 2 ** 32;
  if (place < testShare) return 'test';
  return place < testShare + validShare ? 'valid' : 'train';
}

/**
 * Decides pair by pair what stays, in the order they come: nothing an evaluation set holds, no query that is nearly
 * one of before, no code that is nearly that of another unit. A unit may be in several pairs of different kinds. Keeps
 * about 900 bytes per pair that stays: two signatures of some 330 with their places, and a key.
 */
export class Selection {
  readonly removed: Tally = new Tally();
  private readonly decontaminator: Decontaminator | undefined;
  private readonly codes: NearIndex = new NearIndex();
  /** By number in `codes`. */
  private readonly unitOfCode: number[] = [];
  private readonly queries: NearIndex = new NearIndex();
  private readonly units: Map<string, number> = new Map();
  /** Units that have a pair of their doc comment. */
  private readonly documented: Set<number> = new Set();

  constructor(decontaminator: Decontaminator | undefined) {
    this.decontaminator = decontaminator;
  }

  /** True if the pair stays. */
  take(pair: MinedPair): boolean {
    const code = signatureOf(codeTokens(pair.code), codeWidth);
    const query = signatureOf(queryTokens(pair.query), queryWidth);
    if (code === undefined || query === undefined) return this.refuse('empty');
    const found = this.decontaminator?.check(pair, code);
    if (found) return this.refuseContaminated(found);
    if (this.queries.near(query, nearlyEqual).length > 0)
      return this.refuse('query nearly equal to an earlier one');
    const unit = this.unitOf(pair);
    const close = this.codes.near(code, nearlyEqual);
    const isDoc = pair.kind === 'doc';
    // Overloads have one key; other kinds of pairs are about the very unit that a doc comment was about.
    const other = close.some(number => this.unitOfCode[number] !== unit);
    if (other || (isDoc && close.length > 0 && this.documented.has(unit)))
      return this.refuse('code nearly equal to an earlier one');
    this.queries.add(query);
    if (close.length === 0) {
      this.codes.add(code);
      this.unitOfCode.push(unit);
    }
    if (isDoc) this.documented.add(unit);
    return true;
  }

  private refuse(reason: string): false {
    this.removed.add(reason);
    return false;
  }

  private refuseContaminated(found: Contamination): false {
    this.decontaminator!.count(found);
    return this.refuse('in an evaluation set');
  }

  private unitOf({ repository, path, name, unit, code }: MinedPair): number {
    const own = unit === 'snippet' ? code : name;
    const key = createHash('sha256').update(`${repository}\0${path}\0${own}`).digest('base64').slice(0, 16);
    let number = this.units.get(key);
    if (number === undefined) this.units.set(key, (number = this.units.size));
    return number;
  }
}

/** At most `limit` pairs of each kind, those with the smallest hashes; the order stays. */
export function limited(
  pairs: readonly MinedPair[],
  limit: number | undefined,
  seed: number,
): readonly MinedPair[] {
  if (limit === undefined) return pairs;
  const kept = new Set<MinedPair>();
  for (const group of Map.groupBy(pairs, pair => pair.kind).values()) {
    const hashed = group.map(pair => ({ pair, hash: hashOf(pair, seed) }));
    hashed.sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : 0));
    for (const { pair } of hashed.slice(0, limit)) kept.add(pair);
  }
  return pairs.filter(pair => kept.has(pair));
}

function hashOf({ path, name, query }: MinedPair, seed: number): string {
  return createHash('sha256').update(`${seed}\0${path}\0${name}\0${query}`).digest('hex');
}
