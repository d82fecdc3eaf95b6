import { describe, expect, test } from 'vitest';
import { parseExperiment, parseSystem, splitDataset, splitSystems } from './experiment.ts';

describe('systems on a command line', () => {
  test('commas inside parentheses belong to the system', () => {
    expect(splitSystems('bm25, bm25(k1=2,b=0.5),lexical,')).toEqual(['bm25', 'bm25(k1=2,b=0.5)', 'lexical']);
  });

  test.each([
    ['bm25', { system: 'bm25' }],
    [
      'bm25(k1=2,stem=true)',
      { name: 'bm25(k1=2,stem=true)', system: 'bm25', parameters: { k1: 2, stem: true } },
    ],
    ['soft=bm25(idf=pool)', { name: 'soft', system: 'bm25', parameters: { idf: 'pool' } }],
    ['tf-idf()', { system: 'tf-idf' }],
  ])('%s', (text, spec) => {
    expect(parseSystem(text, '--systems')).toEqual(spec);
  });

  test.each(['', 'bm25(', 'bm25(k1)', '(k1=2)', 'a=b=c'])('%j is refused', text => {
    expect(() => parseSystem(text, '--systems')).toThrow('--systems');
  });
});

describe('experiment files', () => {
  test('all keys, short and long forms', () => {
    const text = JSON.stringify({
      title: 'two sets',
      datasets: [
        'cosqa',
        { dataset: 'csn:python', split: 'valid', pool: 1000, first: 50, protocol: 'disjoint' },
      ],
      systems: ['bm25', { name: 'rg', system: 'external', parameters: { command: ['rg', '{query}'] } }],
      measures: ['mrr'],
      baseline: 'bm25',
      seed: 7,
    });
    expect(parseExperiment(text, 'x.json')).toEqual({
      title: 'two sets',
      datasets: [
        { dataset: 'cosqa' },
        { dataset: 'csn:python', split: 'valid', pool: 1000, first: 50, protocol: 'disjoint' },
      ],
      systems: [
        { system: 'bm25' },
        { name: 'rg', system: 'external', parameters: { command: ['rg', '{query}'] } },
      ],
      measures: ['mrr'],
      baseline: 'bm25',
      seed: 7,
    });
  });

  test.each([
    ['{', 'x.json: not JSON'],
    ['[]', 'x.json: not an object'],
    ['{"systems":["bm25"]}', 'x.json: datasets: not a filled list'],
    ['{"datasets":["a"],"systems":[]}', 'x.json: systems: not a filled list'],
    ['{"datasets":["a"],"systems":["b"],"measure":["mrr"]}', 'unknown key "measure"'],
    [
      '{"datasets":[{"dataset":"a","splits":"x"}],"systems":["b"]}',
      'x.json: datasets[0]: unknown key "splits"',
    ],
    ['{"datasets":[{"dataset":"a","pool":1.5}],"systems":["b"]}', 'x.json: datasets[0].pool'],
    ['{"datasets":[{"dataset":"a","protocol":"half"}],"systems":["b"]}', '"half" is no protocol'],
    ['{"datasets":["a"],"systems":[{"name":"b"}]}', 'x.json: systems[0].system: not a text'],
  ])('%s is refused', (text, message) => {
    expect(() => parseExperiment(text, 'x.json')).toThrow(message);
  });
});

test('a data set with a path', () => {
  expect(splitDataset('cosqa')).toEqual({ id: 'cosqa' });
  expect(splitDataset('csn:a/b:c')).toEqual({ id: 'csn', path: 'a/b:c' });
});

test('parameters may be systems with parameters of their own', () => {
  const text = 'fused(a=lexical,b=dense(model=runs/a,unit=whole),method=rrf)';
  expect(splitSystems(`bm25, ${text},lexical`)).toEqual(['bm25', text, 'lexical']);
  expect(parseSystem(text, '--systems').parameters).toEqual({
    a: 'lexical',
    b: 'dense(model=runs/a,unit=whole)',
    method: 'rrf',
  });
});

test('kinds of pairs are a list of texts', () => {
  const read = (kinds: unknown) =>
    parseExperiment(
      JSON.stringify({ datasets: [{ dataset: 'corpus:c', kinds }], systems: ['bm25'] }),
      'x.json',
    );
  expect(read(['doc', 'test']).datasets[0]!.kinds).toEqual(['doc', 'test']);
  expect(() => read('doc')).toThrow('x.json: datasets[0].kinds: not a filled list');
});
