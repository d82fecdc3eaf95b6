import { QuarryError } from '../core/errors.ts';

/** Vectors of queries and of the codes that answer them: row i of one belongs to row i of the other. */
export interface PairedVectors {
  /** Row-major, `count × dims`; rows have the length 1, or are zeros. Not changed. */
  queries: Float32Array;
  /** As many rows, of the same length. */
  codes: Float32Array;
  dims: number;
}

/** How a space is filled, and how far right pairs stand out of it. */
export interface RepresentationReport {
  pairs: number;
  /**
   * Mean squared distance of a query and its code (Wang & Isola, ICML 2020, with α = 2): in [0, 4], lower is better.
   * For rows of length 1 it is 2 − 2 · `meanPositive`.
   */
  alignment: number;
  /**
   * ln of the mean of exp(−2 · squared distance) over all pairs of different rows (the same paper, with t = 2): in
   * [−8, 0], lower is better. 0 where all vectors are one.
   */
  queryUniformity: number;
  codeUniformity: number;
  /** Mean of the two, as the paper takes it for two kinds of texts. */
  uniformity: number;
  /** Mean cosine of a query and its own code, and of a query and all other codes. */
  meanPositive: number;
  meanNegative: number;
  /** Their difference in standard deviations of the negatives; 0 if these do not differ. */
  separation: number;
}

const uniformityScale = 2;

/**
 * Measures a space of vectors. Takes time with the square of the pairs: 1,000 pairs of 256 numbers are half a second.
 * Throws QuarryError `usage` for fewer than two pairs, and for arrays that are no rows of that length.
 */
export function measureRepresentation({ queries, codes, dims }: PairedVectors): RepresentationReport {
  const pairs = queries.length / dims;
  if (!Number.isInteger(dims) || dims < 1 || !Number.isInteger(pairs) || codes.length !== queries.length)
    throw new QuarryError(
      'usage',
      `${queries.length} and ${codes.length} numbers are not two equal sets of rows of ${dims}`,
      'give as many codes as queries, row by row',
    );
  if (pairs < 2)
    throw new QuarryError('usage', 'a space cannot be measured with fewer than two pairs', 'give more pairs');
  let distances = 0;
  let positive = 0;
  let negative = 0;
  let squares = 0;
  const queryNorms = normsOf(queries, dims);
  const codeNorms = normsOf(codes, dims);
  for (let q = 0; q < pairs; q++) {
    for (let c = 0; c < pairs; c++) {
      const dot = dotOf(queries, q, codes, c, dims);
      const norms = Math.sqrt(queryNorms[q]! * codeNorms[c]!);
      const cosine = norms > 0 ? dot / norms : 0;
      if (q === c) {
        distances += queryNorms[q]! + codeNorms[c]! - 2 * dot;
        positive += cosine;
      } else {
        negative += cosine;
        squares += cosine ** 2;
      }
    }
  }
  const others = pairs * (pairs - 1);
  const meanPositive = positive / pairs;
  const meanNegative = negative / others;
  const deviation = Math.sqrt(Math.max(0, squares / others - meanNegative ** 2));
  const queryUniformity = uniformityOf(queries, queryNorms, dims);
  const codeUniformity = uniformityOf(codes, codeNorms, dims);
  return {
    pairs,
    alignment: distances / pairs,
    queryUniformity,
    codeUniformity,
    uniformity: (queryUniformity + codeUniformity) / 2,
    meanPositive,
    meanNegative,
    separation: deviation > 0 ? (meanPositive - meanNegative) / deviation : 0,
  };
}

function uniformityOf(rows: Float32Array, norms: Float64Array, dims: number): number {
  const count = norms.length;
  let sum = 0;
  for (let i = 0; i < count; i++)
    for (let j = i + 1; j < count; j++) {
      const distance = norms[i]! + norms[j]! - 2 * dotOf(rows, i, rows, j, dims);
      // Rounding can make the distance of equal rows a little less than nothing.
      sum += Math.exp(-uniformityScale * Math.max(0, distance));
    }
  return Math.log(sum / ((count * (count - 1)) / 2));
}

/** Squared lengths. */
function normsOf(rows: Float32Array, dims: number): Float64Array {
  return Float64Array.from({ length: rows.length / dims }, (_, r) => dotOf(rows, r, rows, r, dims));
}

function dotOf(a: Float32Array, rowOfA: number, b: Float32Array, rowOfB: number, dims: number): number {
  const [atA, atB] = [rowOfA * dims, rowOfB * dims];
  let sum = 0;
  for (let i = 0; i < dims; i++) sum += a[atA + i]! * b[atB + i]!;
  return sum;
}
