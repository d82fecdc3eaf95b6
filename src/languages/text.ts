import type { Language } from './language.ts';

/** Whatever no other language claims: plain blocks. */
export const text: Language = {
  id: 'text',
  name: 'Text',
  extensions: ['.txt', '.text', '.log'],
  separator: '.',
};
