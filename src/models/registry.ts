import { QuarryError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import type { Architecture } from './architecture.ts';
import { cnnEncoder } from './encoders/cnn.ts';
import { lstmEncoder } from './encoders/lstm.ts';
import { staticEncoder } from './encoders/static.ts';
import { transformerEncoder } from './encoders/transformer.ts';

/** All kinds of encoders; a new one is a file and a line here. */
export const architectures: readonly Architecture[] = [
  staticEncoder,
  cnnEncoder,
  lstmEncoder,
  transformerEncoder,
];

/** Throws QuarryError `usage` that names the nearest one. */
export function architectureById(id: string): Architecture {
  const found = architectures.find(architecture => architecture.id === id);
  if (found) return found;
  const close = nearest(
    id,
    architectures.map(architecture => architecture.id),
  );
  throw new QuarryError(
    'usage',
    `there is no encoder ${JSON.stringify(id)}`,
    close === undefined ? `there are ${architectures.map(a => a.id).join(', ')}` : `did you mean ${close}?`,
  );
}
