import { initialise, type Weights } from '../../tensor/index.ts';
import { type Tokenizer, trainBpe } from '../../text/index.ts';
import { writeReranker } from './export.ts';
import { type CrossShape, crossSizes, crossWeights } from './network.ts';

/** Words of the tests' queries and code. */
const texts = [
  'read a file and parse the header of the request',
  'retry the connection with a growing delay',
  'def parse_header(request): return request.header.split()',
  'def retry_connection(delay): connect(); wait(delay * 2)',
  'def read_file(path): return open(path).read()',
];

let known: Promise<Tokenizer> | undefined;

export function tinyPairTokenizer(): Promise<Tokenizer> {
  known ??= trainBpe(
    (async function* () {
      for (let i = 0; i < 20; i++) yield* texts;
    })(),
    { vocabularySize: 420 },
  );
  return known;
}

export const tinyCrossShape = (tokenizer: Tokenizer, sizes: Record<string, number> = {}): CrossShape => ({
  vocabulary: tokenizer.vocabularySize,
  dims: 32,
  preparation: { kind: 'sequence', query: 12, name: 8, doc: 8, code: 16 },
  sizes: { ...crossSizes, layers: 2, heads: 2, width: 16, inner: 32, ...sizes },
});

export function tinyCrossWeights(shape: CrossShape): Weights {
  return new Map(crossWeights(shape).map(([name, size, how]) => [name, initialise(name, size, how, 7)]));
}

/**
 * Writes a cross-encoder that nobody has trained: it begins as what token vectors say, and as those are random, a unit with the
 * words of the query is better than one without.
 */
export async function writeTinyReranker(
  directory: string,
  precision: 'fp32' | 'int8' = 'fp32',
  sizes: Record<string, number> = {},
): Promise<void> {
  const tokenizer = await tinyPairTokenizer();
  const shape = tinyCrossShape(tokenizer, sizes);
  await writeReranker(directory, shape, tinyCrossWeights(shape), tokenizer, {
    id: 'tiny',
    precision,
    temperature: 0.07,
    calibration: { slope: 0.5, offset: -1 },
  });
}
