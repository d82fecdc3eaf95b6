import type {
  Comparison,
  QueryRow,
  Range,
  RelevantOutcome,
  ReportData,
  SystemResult,
  TopItem,
} from '../result.ts';

/** A report with made-up numbers that hang together: means are means of the rows, intervals are of their spread. */

export interface MadeReport {
  queries?: number;
  systems?: readonly string[];
  dataset?: string;
  title?: string;
  seed?: number;
  /** Languages the queries are divided among. */
  languages?: readonly string[];
}

/** Texts that must come through as they are, and mean nothing on their way. */
export const nasty = {
  query: '</script><img src=x onerror="window.hacked=1"> | `pipe` & $& <b>bold</b>',
  id: 'src/a|b/<img src=x onerror=window.hacked=2>.js',
  snippet: '<!--<script>window.hacked=3</script>\u2028-->\n`x` // $& $1 </script>',
  note: 'A note with | a pipe, <script>window.hacked=4</script>, *stars* and a [link](https://example.invalid)\nand a line.',
};

const measures = ['ndcg@10', 'mrr', 'recall@10', 'success@1'];
const strength: Record<string, number> = { bm25: 0.36, splade: 0.5, quarry: 0.66, grep: 0.16, hybrid: 0.6 };
const verbs = [
  'parse',
  'merge',
  'close',
  'encode',
  'retry',
  'sort',
  'resolve',
  'flush',
  'validate',
  'schedule',
];
const nouns = [
  'a date string',
  'two sorted lists',
  'the socket',
  'a config file',
  'the request',
  'user names',
];
const ends = [
  'in the local time zone',
  'without copying',
  'when the peer is gone',
  'from the environment',
  'once',
];

export function madeReport(options: MadeReport = {}): ReportData {
  const systems = options.systems ?? ['bm25', 'splade', 'quarry'];
  const languages = options.languages ?? ['go', 'java', 'python'];
  const random = numbers(options.seed ?? 1);
  const snippets: Record<string, string> = {};
  const rows = Array.from({ length: options.queries ?? 120 }, (_, i) =>
    madeRow(i, systems, languages, random, snippets),
  );
  const baseline = systems[0]!;
  const dataset = options.dataset ?? 'made-up';
  return {
    result: {
      dataset,
      title: options.title ?? 'Made-up questions',
      task: 'retrieval',
      split: 'test',
      pool: 1000,
      pools: { collections: languages.length, smallest: 640, median: 1000, largest: 1360 },
      queries: rows.length,
      averaging: 'queries',
      baseline: systems.length > 1 ? baseline : null,
      measures,
      systems: systems.map((name, s) => madeSystem(name, s, baseline, rows, languages)),
      licence: 'CC BY 4.0',
      source: 'Nobody et al. 2024, https://example.invalid/data',
      files: [
        {
          path: `${dataset}/queries.jsonl`,
          bytes: 184_320,
          sha256: 'a3'.repeat(32),
          rows: rows.length,
          skipped: 1,
        },
        { path: `${dataset}/code.jsonl`, bytes: 12_582_912, sha256: '5c'.repeat(32), rows: 6267, skipped: 0 },
      ],
      notes: ['621 published queries, 1 without an answer left out.', nasty.note],
      made: {
        quarry: '0.1.0',
        code: '9f86d081884c',
        node: '24.21.0',
        machine: '2 cores, 8 GB',
        seed: 7,
        at: '2024-05-01T12:00:00Z',
      },
    },
    rows,
    snippets,
  };
}

/** A report of a classification task: no rows, thresholds instead. */
export function madeClassification(): ReportData {
  const { result } = madeReport({ dataset: 'made-pairs', title: 'Made-up pairs' });
  const own = ['accuracy', 'f1'];
  const systems = result.systems.map((system, s): SystemResult => {
    const accuracy = 0.55 + 0.06 * s;
    const of = (value: number) => ({ accuracy: value, f1: value - 0.03 });
    const around = (value: number): Range => [value - 0.025, value + 0.024];
    return {
      ...system,
      measures: of(accuracy),
      intervals: { accuracy: around(accuracy), f1: around(accuracy - 0.03) },
      p: s === 0 ? {} : { accuracy: 0.02, f1: 0.2 },
      comparisons: {},
      meansOver: {},
      recallAt: [],
      slices: [],
      thresholds: [
        { rule: 'train', threshold: 0.42 + s, measures: of(accuracy) },
        { rule: 'dev', threshold: 0.4512345 + s, measures: of(accuracy + 0.011) },
        { rule: 'median', threshold: 0.5 + s, measures: of(accuracy - 0.04) },
      ],
    };
  });
  return {
    result: { ...result, task: 'classification', pool: 0, queries: 1046, measures: own, systems },
    rows: [],
    snippets: {},
  };
}

function madeRow(
  index: number,
  systems: readonly string[],
  languages: readonly string[],
  random: () => number,
  snippets: Record<string, string>,
): QueryRow {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const language = languages[index % languages.length]!;
  const text = index === 0 ? nasty.query : `${pick(verbs)} ${pick(nouns)} ${pick(ends)}`;
  const hardness = random();
  const gold = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, i) => ({
    id: index === 0 && i === 0 ? nasty.id : `src/${language}/${pick(verbs)}_${index}_${i}.${language}`,
    grade: i === 0 ? 2 : 1,
  }));
  const snippet = (id: string) => {
    snippets[`${language}\0${id}`] ??=
      id === nasty.id
        ? nasty.snippet
        : `func ${id.replace(/\W/g, '_')}(value) {\n  // ${text}\n  return value;\n}`;
  };
  const row: QueryRow = {
    collection: language,
    query: `q${index}`,
    text,
    slices: { language, category: pick(['keyword', 'semantic']) },
    pool: 1000,
    systems: {},
  };
  for (const name of systems) {
    const skill = strength[name] ?? 0.4;
    const relevant: RelevantOutcome[] = gold.map(({ id, grade }) => {
      snippet(id);
      const rank = 1 + Math.floor((1000 * hardness * random() ** (1 + 9 * skill)) ** (1.3 - skill));
      return { id, grade, rank, rawRank: rank, returned: rank < 400 };
    });
    // Two wanted candidates cannot have one place.
    relevant.sort((a, b) => a.rank - b.rank);
    for (const [i, one] of relevant.entries()) {
      if (i > 0 && one.rank <= relevant[i - 1]!.rank) one.rank = relevant[i - 1]!.rank + 1;
    }
    const top = Array.from({ length: 10 }, (_, place): TopItem => {
      const hit = relevant.find(one => one.rank === place + 1);
      const id = hit?.id ?? `src/${language}/other_${(index * 7 + place * 3) % 50}.${language}`;
      snippet(id);
      const score = 4 * skill + 6 / (place + 1) + random() / 100;
      const path = random() * 1.5 - 0.3;
      const words = score - path;
      return {
        id,
        score,
        ...(hit && { grade: hit.grade }),
        ...(name === 'quarry' && {
          lines: [10 + place, 24 + place] as const,
          signals: [
            { name: 'text', value: words, detail: text.split(' ').slice(0, 2).join(' ') },
            { name: 'path', value: path },
          ],
        }),
      };
    });
    row.systems[name] = { measures: measured(relevant), relevant, top };
  }
  return row;
}

function measured(relevant: readonly RelevantOutcome[]): Record<string, number> {
  const gain = (grades: readonly number[], ranks: readonly number[]) =>
    grades.reduce((sum, grade, i) => (ranks[i]! <= 10 ? sum + grade / Math.log2(ranks[i]! + 1) : sum), 0);
  const ranks = relevant.map(one => one.rank);
  const grades = relevant.map(one => one.grade);
  const ideal = gain(
    grades.toSorted((a, b) => b - a),
    grades.map((_, i) => i + 1),
  );
  return {
    'ndcg@10': gain(grades, ranks) / ideal,
    mrr: 1 / Math.min(...ranks),
    'recall@10': ranks.filter(rank => rank <= 10).length / ranks.length,
    'success@1': ranks.includes(1) ? 1 : 0,
  };
}

function madeSystem(
  name: string,
  place: number,
  baseline: string,
  rows: readonly QueryRow[],
  languages: readonly string[],
): SystemResult {
  const of = (some: readonly QueryRow[]) => {
    const all = measures.map(measure => {
      const values = some.map(row => row.systems[name]!.measures[measure]!);
      return [measure, mean(values), spread(values)] as const;
    });
    return {
      measures: Object.fromEntries(all.map(([measure, value]) => [measure, value])),
      intervals: Object.fromEntries(
        all.map(([measure, value, half]) => [
          measure,
          [Math.max(0, value - half), Math.min(1, value + half)],
        ]),
      ) as Record<string, Range>,
    };
  };
  const comparisons: Record<string, Comparison> = {};
  for (const measure of name === baseline ? [] : measures) {
    const values = rows.map(
      row => row.systems[name]!.measures[measure]! - row.systems[baseline]!.measures[measure]!,
    );
    const difference = mean(values);
    const half = spread(values);
    const p = Math.min(1, Math.exp(-((difference / half) ** 2) * 1.9));
    comparisons[measure] = {
      difference,
      interval: [difference - half, difference + half],
      pUncorrected: p,
      p: Math.min(1, 2 * p),
      wins: values.filter(value => value > 0).length,
      losses: values.filter(value => value < 0).length,
      ties: values.filter(value => value === 0).length,
    };
  }
  const slices = [
    ...languages.map(value => ['language', value]),
    ['category', 'keyword'],
    ['category', 'semantic'],
  ];
  const parts = slices.map(([slice, value]) => {
    const some = rows.filter(row => row.slices[slice!] === value);
    return { slice: slice!, value: value!, queries: some.length, ...of(some) };
  });
  const byLanguage = parts.filter(part => part.slice === 'language');
  return {
    name,
    title: `${name}, as its authors describe it`,
    parameters: name === 'bm25' ? { k1: 1.2, b: 0.75 } : { model: `${name}-base`, limit: 1000 },
    ...of(rows),
    p: Object.fromEntries(Object.entries(comparisons).map(([measure, { p }]) => [measure, p])),
    comparisons,
    latencyMs: { p50: 0.7 * 9 ** place, p95: 1.6 * 9 ** place, queries: 100 },
    indexMs: 900 * 12 ** place,
    memoryBytes: place === 1 ? null : 38e6 * (place + 1),
    meansOver: {
      language: Object.fromEntries(
        measures.map(measure => [measure, mean(byLanguage.map(part => part.measures[measure]!))]),
      ),
    },
    slices: parts,
    recallAt: [1, 2, 3, 5, 10, 20, 50, 100].map(k => ({
      k,
      recall: mean(
        rows.map(row =>
          mean(row.systems[name]!.relevant.map(one => (one.rank <= k && one.returned ? 1 : 0))),
        ),
      ),
    })),
    cached: place === 1,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** Half of a 95 % interval of a mean. */
function spread(values: readonly number[]): number {
  const middle = mean(values);
  return 1.96 * Math.sqrt(mean(values.map(value => (value - middle) ** 2)) / Math.max(1, values.length));
}

/** Numbers in [0, 1) from a seed: mulberry32. */
function numbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
