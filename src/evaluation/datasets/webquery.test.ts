import { describe, expect, test } from 'vitest';
import { Scratch } from '../../../test/support/scratch.ts';
import { classified, failure, opened, packed } from './published.testing.ts';
import { webqueryLoader, webqueryNodocLoader } from './webquery.ts';

const words = [
  'open',
  'read',
  'write',
  'close',
  'copy',
  'move',
  'list',
  'make',
  'walk',
  'link',
  'sync',
  'lock',
];
const code = (id: number, what: string) => ({
  id,
  func_name: `${what}_file`,
  code: `def ${what}_file(f): pass`,
  code_with_doc: `def ${what}_file(f):\n    """${what}"""`,
});
const row = (id: string, query: string, text: string, label: number) => ({
  id,
  query,
  code: text.replace(/"""\w*"""/, ''),
  code_with_doc: text,
  label,
});
const files = {
  // Ids 0..11 have the word file, 12 and 13 have no word of any query.
  'cosqa/codebase.jsonl.gz': packed([
    ...words.map((what, id) => code(id, what)),
    { id: 12, code: 'x = 1', code_with_doc: 'x = 1' },
    { id: 13, code: 'y = 2', code_with_doc: 'y = 2' },
  ]),
  'cosqa/queries.dev.jsonl.gz': packed([
    { id: 'd0', query: 'open a file', relevant: [0] },
    { id: 'd1', query: 'read file', relevant: [1] },
    { id: 'd2', query: 'lock it', relevant: [11] },
  ]),
  'cosqa/train.jsonl.gz': packed([
    { query: 'asked before', code_id: 3, label: 1 },
    { query: 'other', code_id: 4, label: 0 },
  ]),
  'webquery/test.jsonl.gz': packed([
    row('w1', 'asked before', 'def open_file(f):\n    """open"""', 1),
    row('w2', 'new', 'def open_file(f):\n  """open"""\n', 0),
    row('w3', 'new too', 'def fresh(): """new"""', 0),
    row('w4', 'new three', 'def fresh(): """new"""', 0),
  ]),
};

describe('pairs', () => {
  test('are labelled, say whether CoSQA has the code, and share candidates of the same text', async () => {
    using scratch = new Scratch(files);
    const { dataset, skipped } = await classified(webqueryLoader, scratch);
    expect(skipped).toEqual([]);
    expect(dataset.pairs.map(pair => [pair.id, pair.label, pair.slices?.['code'], pair.code.id])).toEqual([
      ['w1', 1, 'in CoSQA', 'w1'],
      ['w2', 0, 'in CoSQA', 'w2'],
      ['w3', 0, 'not in CoSQA', 'w3'],
      ['w4', 0, 'not in CoSQA', 'w3'],
    ]);
    const notes = dataset.notes.join('\n');
    expect(notes).toContain('3 of 4 pairs have label 0: always saying no is right for 75.0 %');
    expect(notes).toContain(
      'the code of 1 pairs is in the codebase of CoSQA as it stands, of 2 but for white space',
    );
    expect(notes).toContain("1 pairs have a query of CoSQA's training split");
    expect(notes).toContain('counts differ: pairs 4, published 1,046');
  });

  test('without docstrings the same codes count as known', async () => {
    using scratch = new Scratch(files);
    const { dataset } = await classified(webqueryNodocLoader, scratch, { first: 3 });
    expect(dataset.pairs.map(pair => pair.code.text.includes('"""'))).toEqual([false, false, false]);
    expect(dataset.pairs.map(pair => pair.slices?.['code'])).toEqual([
      'in CoSQA',
      'in CoSQA',
      'not in CoSQA',
    ]);
    expect(dataset.calibration[0]!.pairs.some(pair => pair.code.text.includes('"""'))).toBe(false);
  });
});

describe('calibration', () => {
  test('by CoSQA dev: the right code, and a wrong one that shares words; the same every time', async () => {
    using scratch = new Scratch(files);
    const { dataset } = await classified(webqueryLoader, scratch);
    const [rule] = dataset.calibration;
    expect(rule!.name).toBe('cosqa-dev');
    const positives = rule!.pairs.filter(pair => pair.label === 1);
    expect(positives.map(pair => [pair.query, pair.code.id])).toEqual([
      ['open a file', 'cosqa-0'],
      ['read file', 'cosqa-1'],
      ['lock it', 'cosqa-11'],
    ]);
    const negatives = rule!.pairs.filter(pair => pair.label === 0);
    // Only the right code has a word of the third query.
    expect(negatives.map(pair => pair.query)).toEqual(['open a file', 'read file']);
    for (const [i, { code: wrong }] of negatives.entries()) {
      expect(wrong.id).not.toBe(`cosqa-${i}`);
      expect(wrong.text).toContain('file');
    }
    const again = await classified(webqueryLoader, scratch);
    expect(again.dataset.calibration).toEqual(dataset.calibration);
    const nodoc = await classified(webqueryNodocLoader, scratch);
    expect(nodoc.dataset.calibration[0]!.pairs.map(pair => pair.id)).toEqual(
      rule!.pairs.map(pair => pair.id),
    );
  });

  test('by the labelled training pairs of CoSQA', async () => {
    using scratch = new Scratch(files);
    const rule = (await classified(webqueryLoader, scratch)).dataset.calibration[1]!;
    expect(rule.name).toBe('cosqa-train');
    expect(rule.pairs.map(pair => [pair.query, pair.code.id, pair.label])).toEqual([
      ['asked before', 'cosqa-3', 1],
      ['other', 'cosqa-4', 0],
    ]);
  });
});

test('rows that are no pairs, and files that are missing', async () => {
  using scratch = new Scratch(files);
  scratch.write(
    'webquery/test.jsonl.gz',
    packed([row('w1', 'q', 'a', 1), row('w1', 'q', 'b', 1), row('w2', 'q', 'c', 2)]),
  );
  const { dataset, skipped } = await classified(webqueryLoader, scratch);
  expect(dataset.pairs.map(pair => pair.id)).toEqual(['w1']);
  expect(skipped).toEqual([
    `${scratch.path('webquery/test.jsonl.gz')}:2: id w1 occurs twice`,
    `${scratch.path('webquery/test.jsonl.gz')}:3: field label is 2, not 0 or 1`,
  ]);
  expect((await failure(opened(webqueryLoader, scratch, { strict: true }))).message).toContain(':2: id w1');
  scratch.remove('cosqa');
  const error = await failure(opened(webqueryLoader, scratch));
  expect(error.message).toBe(`missing file: ${scratch.path('cosqa/codebase.jsonl.gz')}`);
  expect(error.hint).toContain('calibration needs the files of cosqa');
});
