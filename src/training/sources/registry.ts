import { QuarryError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import type { TrainingSource } from '../example.ts';
import { corpusSource } from './corpus.ts';
import { cosqaSource } from './cosqa.ts';
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

/** A source as asked for: `cosqa:disjoint*3` is every example of it three times an epoch. */
export interface SourceSpec {
  source: TrainingSource;
  argument: string | undefined;
  repeat: number;
}

/** Throws QuarryError `usage`. */
export function parseSource(text: string): SourceSpec {
  const match = /^([\w-]+)(?::(.*?))?(?:\*(\d+))?$/.exec(text);
  const [, id = '', argument, repeat = '1'] = match ?? [];
  const source = trainingSources.find(each => each.id === id);
  if (!source) {
    const ids = trainingSources.map(each => each.id);
    const close = nearest(id, ids);
    throw new QuarryError(
      'usage',
      `there is no source ${JSON.stringify(text)}`,
      close ? `did you mean ${close}?` : `there are ${ids.join(', ')}; write ID, ID:ARGUMENT or ID*REPEAT`,
    );
  }
  return { source, argument, repeat: Math.max(1, Number(repeat)) };
}
