import type { UnitText } from '../../core/encoder.ts';
import { openReranker } from '../../models/cross/open.ts';
import { openEncoder } from '../../models/open.ts';

/** A question, the unit that answers it, and one that does not. */
const question = 'parse a date from a string';
const units: readonly UnitText[] = [
  {
    name: 'parseDate',
    doc: 'Parses a date written as three numbers.',
    code: "function parseDate(text) {\n  const [y, m, d] = text.split('-');\n  return new Date(y, m, d);\n}",
    language: 'javascript',
  },
  {
    name: 'closeSocket',
    doc: 'Closes the connection.',
    code: 'function closeSocket(socket) {\n  socket.end();\n  socket.destroy();\n}',
    language: 'javascript',
  },
];

export interface ModelCheck {
  id: string;
  fingerprint: string;
  /** Of an encoder. */
  dims?: number;
  /** Milliseconds to open it, and for one text, the mean of a few; a re-ranker reads no query alone. */
  openMs: number;
  queryMs?: number;
  unitMs: number;
  /** Cosine of the question with the unit that answers it, and with the other; of a re-ranker its scores. */
  similar: number;
  other: number;
  /** What is wrong; empty if nothing is. */
  findings: string[];
}

/** Opens a re-ranker and lets it read a question with two units. Throws QuarryError if it cannot. */
export async function checkReranker(directory: string, signal: AbortSignal): Promise<ModelCheck> {
  const begun = performance.now();
  const reranker = await openReranker(directory);
  try {
    const openMs = performance.now() - begun;
    const candidates = units.map(unit => ({ ...unit, path: '' }));
    const [similar, other] = (await reranker.score(question, candidates, signal)) as unknown as [
      number,
      number,
    ];
    const unitMs = (await timed(() => reranker.score(question, candidates, signal))) / units.length;
    const findings: string[] = [];
    if (!(similar > other))
      findings.push('code that answers the question has no higher score than other code');
    return { id: reranker.id, fingerprint: reranker.fingerprint, openMs, unitMs, similar, other, findings };
  } finally {
    await reranker.close();
  }
}

/** Opens a model and lets it encode a question and two units. Throws QuarryError if it cannot. */
export async function checkModel(directory: string, signal: AbortSignal): Promise<ModelCheck> {
  const begun = performance.now();
  const encoder = await openEncoder(directory);
  try {
    const openMs = performance.now() - begun;
    const { id, fingerprint, dims } = encoder;
    const vector = await encoder.encodeQueries([question], signal);
    const rows = await encoder.encodeUnits(units, signal);
    const queryMs = await timed(() => encoder.encodeQueries([question], signal));
    const unitMs = (await timed(() => encoder.encodeUnits(units, signal))) / units.length;
    const row = (i: number) => rows.subarray(i * dims, (i + 1) * dims);
    const [similar, other] = [dot(vector, row(0)), dot(vector, row(1))];
    const findings: string[] = [];
    if (vector.length !== dims || rows.length !== dims * units.length)
      findings.push('the vectors do not have the dimensions the model promises');
    for (const [what, values] of [
      ['the question', vector],
      ['code', row(0)],
    ] as const) {
      const length = Math.sqrt(dot(values, values));
      if (!(Math.abs(length - 1) < 1e-3))
        findings.push(`the vector of ${what} has the length ${length.toFixed(3)}, not 1`);
    }
    if (!(similar > other))
      findings.push('code that answers the question is no nearer to it than other code');
    return { id, fingerprint, dims, openMs, queryMs, unitMs, similar, other, findings };
  } finally {
    await encoder.close();
  }
}

/** Mean milliseconds of three runs. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  for (let i = 0; i < 3; i++) await work();
  return (performance.now() - begun) / 3;
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
