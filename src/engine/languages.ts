/** The language registry, for front ends: they see the engine only. */
export { type Language, languages } from '../languages/index.ts';
