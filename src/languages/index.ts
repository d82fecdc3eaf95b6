export { cleanDoc } from './clean-doc.ts';
export { detectLanguage } from './detect.ts';
export type { KeywordRole, Language } from './language.ts';
export { languageIdOf, languageNames } from './names.ts';
export { createOutliner, type OutlineOptions, type Outliner, type OutlinerOptions } from './outliner.ts';
export { languageById, languages } from './registry.ts';
