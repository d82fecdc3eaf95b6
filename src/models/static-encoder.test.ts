import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Encoder, noTerm } from '../core/encoder.ts';
import { type Tokenizer, trainBpe } from '../text/index.ts';
import { initialWeights } from './architecture.ts';
import { writeModel } from './export.ts';
import type { ModelShape } from './index.ts';
import { openEncoder } from './open.ts';
import { Preparer } from './prepare.ts';
import { architectureById } from './registry.ts';

const directory = mkdtempSync(join(tmpdir(), 'quarry-static-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const unit = (name: string, code: string) => ({ name, doc: '', code, language: 'python' });

describe.each(['fp32', 'int8'] as const)('late interaction of a static model, %s', precision => {
  let tokenizer: Tokenizer;
  let encoder: Encoder;

  beforeAll(async () => {
    const texts = ['parse header lines', 'close socket', 'read file', 'sort list', 'open window'];
    tokenizer = await trainBpe(texts, { vocabularySize: 320 });
    const architecture = architectureById('static');
    const shape: ModelShape = {
      architecture: 'static',
      vocabulary: tokenizer.vocabularySize,
      dims: 32,
      towers: 'shared',
      preparation: architecture.preparation,
      sizes: { weighted: 0, ...architecture.sizes },
    };
    const weights = initialWeights(architecture, shape, 3);
    await writeModel(join(directory, precision), shape, weights, tokenizer, { id: 'tiny', precision });
    encoder = await openEncoder(join(directory, precision));
  });

  /** Tokens that a name becomes. */
  const tokensOf = (name: string) => {
    const { ids } = new Preparer(tokenizer, architectureById('static').preparation).unit(unit(name, ''));
    return [...ids];
  };

  test('gives the vectors that are given without it, and terms beside them', async () => {
    const units = [unit('parse_header', 'return lines'), unit('', ''), unit('x', 'sort list '.repeat(50))];
    const { vectors, terms } = await encoder.late!.encodeUnits(units);
    expect(vectors).toEqual(await encoder.encodeUnits(units));
    const own = encoder.late!.terms;
    expect(terms).toHaveLength(units.length * own);
    expect([...terms.subarray(own, 2 * own)]).toEqual(Array.from({ length: own }, () => noTerm));
    const words = (i: number) =>
      [...terms.subarray(i * own, (i + 1) * own)].filter(id => id !== noTerm).map(id => tokenizer.tokens[id]);
    expect(new Set(words(2)).size).toBe(words(2).length);
    // A name counts three times what code does, before anything is learned.
    expect(tokensOf('parse_header')).toContain(terms[0]);
  });

  test('keeps the tokens that weigh most when there are more than it keeps', async () => {
    const letters = Array.from('abcdefghijklmnopqrstuvwxyz', letter => `${letter} `).join('');
    const { terms } = await encoder.late!.encodeUnits([unit('parse header', letters)]);
    expect(terms).not.toContain(noTerm);
    for (const id of tokensOf('parse header')) expect(terms).toContain(id);
  });

  test('weighs the tokens of a query, 1 in all', () => {
    const { ids, weights } = encoder.late!.queryTerms('close the socket');
    expect(ids).toHaveLength(weights.length);
    expect(ids.length).toBeGreaterThan(1);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
    expect(Math.min(...weights)).toBeGreaterThan(0);
    expect(encoder.late!.queryTerms('').ids).toHaveLength(0);
  });
});
