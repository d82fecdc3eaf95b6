import { hash } from 'node:crypto';
import { QuarryError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { corpusSource } from './corpus.ts';
import { cosqaSource } from './cosqa.ts';
import type { SourceContext, TrainingExample, TrainingSource } from './example.ts';
import { namesSource } from './names.ts';
import { ownSource } from './own.ts';
import { codennSource, conalaSource, staqcSource } from './stack-overflow.ts';

/** All places that training examples come from; a new one is a file and a line here. */
export const trainingSources: readonly TrainingSource[] = [
  corpusSource,
  namesSource,
  cosqaSource,
  conalaSource,
  staqcSource,
  codennSource,
  ownSource,
];

/**
 * A source as asked for: `cosqa:disjoint*3` is every example of it three times an epoch; `corpus%60` is 60 % of the
 * examples, whole repositories or codes, and `corpus%-40` the others: two models can share a source and no example.
 */
export interface SourceSpec {
  source: TrainingSource;
  argument: string | undefined;
  /** Percent, of the beginning, or with a minus of the end. */
  part: number;
  repeat: number;
}

/** The examples of a source, of the part that is asked for. */
export async function* examplesOf(
  { source, argument, part }: SourceSpec,
  context: SourceContext,
): AsyncGenerator<TrainingExample> {
  for await (const example of source.examples(argument, context)) {
    if (part === 100 || isInPart(example, part)) yield example;
  }
}

function isInPart({ repository, unit }: TrainingExample, part: number): boolean {
  const key = repository === undefined ? `code ${unit.code}` : `repository ${repository}`;
  const place = Number.parseInt(hash('sha256', key).slice(0, 8), 16) % 100;
  return part > 0 ? place < part : place >= 100 + part;
}

/** Throws QuarryError `usage`. */
export function parseSource(text: string): SourceSpec {
  const match = /^([\w-]+)(?::(.*?))?(?:%(-?[1-9]\d?))?(?:\*(\d+))?$/.exec(text);
  const [, id = '', argument, part = '100', repeat = '1'] = match ?? [];
  const source = trainingSources.find(each => each.id === id);
  if (!source) {
    const ids = trainingSources.map(each => each.id);
    const close = nearest(id, ids);
    throw new QuarryError(
      'usage',
      `there is no source ${JSON.stringify(text)}`,
      close
        ? `did you mean ${close}?`
        : `there are ${ids.join(', ')}; write ID, ID:ARGUMENT, ID%PART or ID*REPEAT`,
    );
  }
  return { source, argument, part: Number(part), repeat: Math.max(1, Number(repeat)) };
}
