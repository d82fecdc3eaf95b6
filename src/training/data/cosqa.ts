import type { UnitText } from '../../core/encoder.ts';
import { QuarryError } from '../../core/errors.ts';
import { Random } from '../../core/random.ts';
import type { OpenDataset } from '../../evaluation/dataset.ts';
import { cosqaQueries, cosqaTrainingPairs } from '../../evaluation/datasets/cosqa.ts';
import { publishedReader } from '../../evaluation/datasets/published.ts';
import type { SourceContext, TrainingExample, TrainingSource, ValidationPool } from './example.ts';

/**
 * Web queries and Python functions. `disjoint` leaves out pairs of codes that are right for a dev or test query; `full`
 * is the published set, which tells a model most of the answers. Every pair comes with the docstring and without.
 */
export const cosqaSource: TrainingSource = {
  id: 'cosqa',
  title: 'CoSQA, positive pairs of the training split',
  argument: 'disjoint (default) or full',
  licence: 'MIT',
  async *examples(argument, context) {
    const protocol = protocolOf(argument);
    const units = await readUnits(context);
    const pairs = cosqaTrainingPairs({ ...dataOf(context), protocol });
    for await (const { query, codeId, label } of pairs) {
      if (label === 0) continue;
      const unit = units.get(codeId)!;
      yield { query, unit, kind: 'cosqa' } satisfies TrainingExample;
      if (unit.doc !== '') yield { query, unit: { ...unit, doc: '' }, kind: 'cosqa' };
    }
  },
  async pools(argument, context) {
    protocolOf(argument);
    const units = await readUnits(context);
    const reader = publishedReader('cosqa', '', dataOf(context));
    const queries = await cosqaQueries(reader, 'dev', new Set(units.keys()));
    const right = queries.map(query => Object.keys(query.judgments)[0]!);
    // The answers of dev, then others by chance: a pool that takes seconds, not minutes.
    const others = new Random(context.seed).shuffled([...units.keys()]).filter(id => !right.includes(id));
    const ids = [...right, ...others.slice(0, Math.max(0, context.poolSize - right.length))];
    const pool = (name: string, form: (unit: UnitText) => UnitText): ValidationPool => ({
      name,
      queries: queries.map(query => query.text),
      units: ids.map(id => form(units.get(id)!)),
    });
    return [pool('cosqa dev', unit => unit), pool('cosqa dev, no docs', unit => ({ ...unit, doc: '' }))];
  },
};

function protocolOf(argument: string | undefined): 'full' | 'disjoint' {
  if (argument === undefined || argument === 'disjoint') return 'disjoint';
  if (argument === 'full') return 'full';
  throw new QuarryError(
    'usage',
    `cosqa has no protocol ${JSON.stringify(argument)}`,
    'it has disjoint, full',
  );
}

async function readUnits(context: SourceContext): Promise<Map<string, UnitText>> {
  const reader = publishedReader('cosqa', '', dataOf(context));
  const units = new Map<string, UnitText>();
  const rows = reader.rows('cosqa/codebase.jsonl.gz', row => ({
    id: row.id('id'),
    name: row.optionalText('func_name') ?? '',
    doc: row.optionalText('docstring') ?? '',
    code: row.text('code'),
  }));
  for await (const { id, name, doc, code } of rows) units.set(id, { name, doc, code, language: 'python' });
  return units;
}

function dataOf({ data, signal }: SourceContext): Pick<OpenDataset, 'data' | 'signal'> {
  return { data, ...(signal ? { signal } : {}) };
}
