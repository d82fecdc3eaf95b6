import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LanguageSample, languageContract, preparedOutliner } from './contract.testing.ts';
import type { Outliner } from './outliner.ts';
import { languageById, languages } from './registry.ts';

const folder = new URL('./samples/', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, folder), 'utf8');

const uncovered: Readonly<Record<string, RegExp>> = {
  cpp: /^extern "C" \{/,
  php: /^<\?php|^declare|^namespace/,
  rust: /^impl/,
  scala: /^extension/,
  swift: /^extension/,
  csharp: /^namespace/,
  go: /^(?:\tstr )?"|^\t"fmt"|^type \(/,
  haskell: /^\s+[(,)]|^infixr/,
  javascript: /^'use strict'|^export default send/,
};

const samples = readdirSync(folder)
  .filter(file => /^\w+\.\w+\.txt$/.test(file) && !file.endsWith('.outline.txt'))
  .map((file): [string, LanguageSample] => {
    const id = file.split('.')[0]!;
    const sample = { source: read(file), outline: read(`${id}.outline.txt`) };
    return [id, uncovered[id] ? { ...sample, uncovered: uncovered[id] } : sample];
  });

describe('language contract', () => {
  it('has a sample for every language with a grammar', () => {
    const withGrammar = languages.filter(language => language.grammar).map(language => language.id);
    expect(samples.map(([id]) => id).sort()).toEqual(withGrammar.sort());
  });

  describe.each(samples)('%s', (id, sample) => {
    const language = languageById(id)!;
    let outliner: Outliner;
    beforeAll(async () => {
      outliner = await preparedOutliner(language);
    });
    afterAll(() => outliner.dispose());

    const names = languageContract({} as Outliner, language, sample).map(one => one.name);
    it.each(names)('%s', name => {
      languageContract(outliner, language, sample)
        .find(one => one.name === name)!
        .run();
    });
  });
});
