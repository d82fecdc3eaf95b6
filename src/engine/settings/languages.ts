/** The language registry, for front ends: they see the engine only. */
export { type Language, languageIdOf, languageNames, languages } from '../../languages/index.ts';
