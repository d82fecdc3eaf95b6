import { type Pair, readPairs } from '../../evaluation/datasets/pairs.ts';
import { publishedReader } from '../../evaluation/datasets/published.ts';
import type { SourceContext, TrainingExample, TrainingSource } from './example.ts';

interface Published {
  id: string;
  title: string;
  licence: string;
  files: readonly string[];
  /** Whether a pair may be trained on. */
  takes: (pair: Pair) => boolean;
}

/** Titles of questions and snippets that answer them, as several papers published them; their training splits only. */
function source({ id, title, licence, files, takes }: Published): TrainingSource {
  return {
    id,
    title,
    licence,
    async *examples(_argument, { data, signal }: SourceContext) {
      const reader = publishedReader(id, title, {
        data,
        ...(signal ? { signal } : {}),
      });
      for (const file of files) {
        for await (const pair of readPairs(reader, { file, splitOf: each => each.split })) {
          if (!takes(pair)) continue;
          const { query, code, language = 'text', name = '' } = pair;
          yield { query, unit: { name, doc: '', code, language }, kind: id } satisfies TrainingExample;
        }
      }
    },
    pools: () => Promise.resolve([]),
  };
}

export const conalaSource: TrainingSource = source({
  id: 'conala',
  title: 'CoNaLa, training split, curated and mined (Yin et al. 2018)',
  licence: 'Stack Overflow content, CC BY-SA',
  files: ['conala/pairs.jsonl.gz', 'conala/large_pairs.jsonl.gz'],
  takes: pair => pair.split === 'train',
});

export const staqcSource: TrainingSource = source({
  id: 'staqc',
  title: 'StaQC, training split labelled by hand, right answers (Yao et al. 2018)',
  licence: 'CC BY 4.0',
  files: ['staqc/manual_python.jsonl.gz'],
  takes: pair => pair.split === 'train' && pair.label === 1,
});

export const codennSource: TrainingSource = source({
  id: 'codenn',
  title: 'CODE-NN, validation split: C#, SQL, Python (Iyer et al. 2016)',
  licence: 'MIT; Stack Overflow content, CC BY-SA',
  files: ['codenn/csharp.jsonl.gz', 'codenn/sql.jsonl.gz', 'codenn/python.jsonl.gz'],
  takes: pair => pair.split === 'valid',
});
