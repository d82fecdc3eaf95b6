import { z } from 'zod';
import type { StatusAnswer } from '../../service/api.ts';
import { cut } from '../hits.ts';
import { clip } from '../tokens.ts';
import { budgets, defineTool, type Tool } from '../tool.ts';

const output = z.object({
  state: z.enum(['empty', 'indexing', 'ready', 'failed']),
  files: z.int(),
  units: z.int(),
  updated: z.string().optional().describe('when the last update ended, ISO 8601'),
  indexing: z.object({ phase: z.string(), done: z.int(), total: z.int() }).optional(),
  repositories: z.array(z.string()),
  languages: z.record(z.string(), z.int()).describe('files of each language'),
  skipped: z.object({ count: z.int(), reasons: z.record(z.string(), z.int()) }),
  meaning: z.string().describe('the model that searches by meaning, and how much it has read'),
  notes: z.array(z.string()),
});

export const indexStatus: Tool = defineTool({
  name: 'index_status',
  title: 'Index status',
  description:
    'What is indexed, how far, and what was left out and why. Use it when results are missing or an answer says "still indexing".',
  input: z.strictObject({}),
  output,
  run: async (_, { service, readiness, signal }) => {
    const status = await service.status(signal);
    const problem = readiness.updateError;
    const notes = [...(problem ? [`the last update failed: ${problem.message}`] : []), ...status.notes];
    const data = summary(status, notes);
    return { text: clip(describe(data), budgets.usual), data: { ...data } };
  },
});

interface StatusSummary {
  state: StatusAnswer['index']['state'];
  files: number;
  units: number;
  updated?: string;
  indexing?: { phase: string; done: number; total: number };
  repositories: string[];
  languages: Record<string, number>;
  skipped: { count: number; reasons: Record<string, number> };
  meaning: string;
  notes: string[];
}

/** A status as agents see it: short, whatever the index holds. */
export function summary(status: StatusAnswer, notes: readonly string[]): StatusSummary {
  const { index, update, model, updatedAt, skipped } = status;
  const languages = [...status.languages].sort((a, b) => b.files - a.files).slice(0, 30);
  return {
    state: index.state,
    files: index.files,
    units: index.units,
    ...(updatedAt === undefined ? {} : { updated: new Date(updatedAt).toISOString() }),
    ...(update ? { indexing: { phase: update.phase, done: update.done, total: update.total } } : {}),
    repositories: status.repositories
      .slice(0, 50)
      .map(({ name, revision, directory }) =>
        cut(
          `${name}${revision === undefined ? '' : `@${revision}`}${directory ? ` (${directory})` : ''}`,
          200,
        ),
      ),
    languages: Object.fromEntries(languages.map(({ language, files }) => [language, files])),
    skipped: { count: skipped.count, reasons: skipped.reasons },
    meaning: model
      ? `${model.id}: ${model.encodedUnits} of ${model.totalUnits} units encoded`
      : 'no model: search is by words only',
    notes: notes.slice(0, 10).map(note => cut(note, 240)),
  };
}

function describe(data: StatusSummary): string {
  const list = (counts: Record<string, number>) =>
    Object.entries(counts)
      .map(([name, n]) => `${name} ${n}`)
      .join(', ');
  const { indexing, skipped } = data;
  return [
    `${data.state}: ${data.files} files, ${data.units} units searchable`,
    ...(indexing ? [`indexing now: ${indexing.phase}, ${indexing.done} of ${indexing.total}`] : []),
    ...(data.updated === undefined ? [] : [`last update: ${data.updated}`]),
    ...(data.repositories.length > 0 ? [`root: ${data.repositories.join('; ')}`] : []),
    ...(data.files > 0 ? [`languages (files): ${list(data.languages)}`] : []),
    `left out: ${skipped.count}${skipped.count > 0 ? ` (${list(skipped.reasons)})` : ''}`,
    `by meaning: ${data.meaning}`,
    ...data.notes.map(note => `note: ${note}`),
  ].join('\n');
}
