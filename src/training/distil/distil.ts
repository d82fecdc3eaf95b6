import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Preparer } from '../../models/index.ts';
import { loadCheckpoint, openBackend, type Weights } from '../../tensor/index.ts';
import type { Tokenizer } from '../../text/index.ts';
import { lengthsUpTo } from '../loop/lengths.ts';
import { TrainingLog } from '../loop/log.ts';
import type { Recipe } from '../loop/recipe.ts';
import { checkpointOf, runFiles } from '../loop/run-files.ts';
import { type TrainProgress, train } from '../loop/train.ts';
import { ValidationEncoder } from '../loop/validate.ts';
import type { DistilSet } from './distil-set.ts';
import { type QueryTower, towerOf } from './query-tower.ts';
import type { DistilLoss, DistilSpec } from './spec.ts';
import { distilTask } from './task.ts';

/** A tower that was trained, and how good it is. */
export interface Trained {
  tower: QueryTower;
  layers: number;
  /** Mean MRR over the validation pools. */
  score: number;
}

/** What was decided at one depth. */
export interface Decision {
  layers: number;
  /** Those that taught, by their number of layers, each with the score of its student; empty where nobody did. */
  teachers: Array<{ layers: number; score: number }>;
  /** Score of the student that was kept, its fall below the original, and whether that is within the threshold. */
  score: number;
  fall: number;
  isWithin: boolean;
}

export interface Distilled {
  original: Trained;
  /** All students that were kept, the deepest first. */
  students: Trained[];
  /** The smallest within the threshold; undefined if none is. */
  chosen: Trained | undefined;
  decisions: Decision[];
}

export interface DistilOptions {
  recipe: Recipe & { distil: DistilSpec };
  teacher: QueryTower;
  set: DistilSet;
  tokenizer: Tokenizer;
  /** Each student is trained in a folder of its own below it; what is finished there is not trained again. */
  directory: string;
  seed: number;
  threads: number;
  signal?: AbortSignal;
  onProgress?: (progress: TrainProgress, student: string) => void;
  onDecision?: (decision: Decision) => void;
}

/** Thrown through when a signal stops a student's training; what is done is kept. */
export class DistilStopped extends Error {}

/**
 * Makes a query tower smaller, depth by depth. `adaptive` is Algorithm 1 of SPENCER: two teachers, at first the original and its
 * first student, each teach a student of the next depth; the better student is kept and takes the place of the teacher
 * of the worse one. It ends at the last depth, or where a student falls further than the threshold.
 */
export async function distil(options: DistilOptions): Promise<Distilled> {
  const { recipe, teacher } = options;
  const { depths, strategy, threshold } = recipe.distil;
  const own = teacher.shape.sizes['layers'] ?? 0;
  const original =
    depths[0]! > own
      ? await taught(options, { name: 'original', from: teacher, by: undefined, layers: depths[0]! })
      : await asItIs(options, teacher, own);
  const decisions: Decision[] = [];
  const students: Trained[] = [];
  const decide = (layers: number, kept: Trained, teachers: Decision['teachers']) => {
    const fall = original.score - kept.score;
    const decision = { layers, teachers, score: kept.score, fall, isWithin: fall < threshold };
    decisions.push(decision);
    students.push(kept);
    options.onDecision?.(decision);
    return decision.isWithin;
  };
  let [first, second] = [original, original];
  for (const layers of depths.slice(1)) {
    if (strategy !== 'adaptive' || second === original) {
      const by = strategy === 'none' ? undefined : original;
      const kept = await taught(options, {
        name: `${layers}-layers`,
        from: strategy === 'none' ? teacher : original.tower,
        by,
        layers,
      });
      const goesOn = decide(layers, kept, by ? [{ layers: by.layers, score: kept.score }] : []);
      second = kept;
      // The comparisons want every depth.
      if (strategy === 'adaptive' && !goesOn) break;
      continue;
    }
    const [one, other] = [
      await taught(options, {
        name: `${layers}-layers-by-${first.layers}`,
        from: second.tower,
        by: first,
        layers,
      }),
      await taught(options, {
        name: `${layers}-layers-by-${second.layers}`,
        from: second.tower,
        by: second,
        layers,
      }),
    ];
    const teachers = [
      { layers: first.layers, score: one.score },
      { layers: second.layers, score: other.score },
    ];
    const kept = one.score > other.score ? one : other;
    if (kept === other) first = second;
    second = kept;
    if (!decide(layers, kept, teachers)) break;
  }
  const chosen = students.findLast((_, i) => decisions[i]!.isWithin);
  return { original, students, chosen, decisions };
}

interface Student {
  name: string;
  /** What it begins as, after taking layers away. */
  from: QueryTower;
  /** Its teacher; undefined: it learns from right pairs. */
  by: Trained | undefined;
  layers: number;
}

const resultFile = 'student.json';

async function taught(options: DistilOptions, { name, from, by, layers }: Student): Promise<Trained> {
  const { recipe, set, tokenizer, seed, threads, signal, onProgress } = options;
  const directory = join(options.directory, name);
  mkdirSync(directory, { recursive: true });
  const student = towerOf(from, layers, seed);
  const loss: DistilLoss = by ? recipe.distil.loss : 'direct';
  const finished = join(directory, resultFile);
  if (existsSync(finished)) {
    const { score } = JSON.parse(readFileSync(finished, 'utf8')) as { score: number };
    const { weights } = await loadCheckpoint(join(directory, 'best.safetensors'));
    return { tower: { shape: student.shape, weights }, layers, score };
  }
  const task = distilTask({
    recipe,
    loss,
    set,
    taught: by && loss !== 'direct' ? await queryVectors(options, by.tower) : undefined,
    student,
    tokenizer,
    seed,
    threads,
  });
  const resume = existsSync(checkpointOf(directory));
  if (!resume) writeFileSync(join(directory, runFiles.log), '');
  writeFileSync(join(directory, runFiles.recipe), `${JSON.stringify({ ...recipe, id: name }, null, 2)}\n`);
  const result = await train({
    recipe,
    task,
    directory,
    seed,
    threads,
    resume,
    log: new TrainingLog(join(directory, runFiles.log)),
    backend: ({ decay, ...rest }) => openBackend({ ...rest, optimizer: { decay } }),
    ...(signal ? { signal } : {}),
    ...(onProgress ? { onProgress: progress => onProgress(progress, name) } : {}),
  }).finally(() => task.close());
  if (result.reason === 'aborted') throw new DistilStopped();
  // In one step: what is there counts as finished.
  const said = `${JSON.stringify({ layers, loss, by: by?.layers ?? null, score: result.score })}\n`;
  writeFileSync(`${finished}.tmp`, said);
  renameSync(`${finished}.tmp`, finished);
  return { tower: { shape: student.shape, weights: result.weights }, layers, score: result.score };
}

/** The teacher's own tower as the original. */
async function asItIs(options: DistilOptions, teacher: QueryTower, layers: number): Promise<Trained> {
  const { recipe, set, tokenizer, seed, threads, signal } = options;
  const tower = towerOf(teacher, layers, seed);
  const task = distilTask({
    recipe,
    loss: 'direct',
    set,
    taught: undefined,
    student: tower,
    tokenizer,
    seed,
    threads,
  });
  try {
    const scores = await task.validate(tower.weights, signal);
    return {
      tower,
      layers,
      score: scores.reduce((sum, { mrr }) => sum + mrr, 0) / Math.max(1, scores.length),
    };
  } finally {
    await task.close();
  }
}

/** [queries, dims] by a tower. */
async function queryVectors(
  { set, tokenizer, threads, signal }: DistilOptions,
  { shape, weights }: { shape: QueryTower['shape']; weights: Weights },
): Promise<Float32Array> {
  const preparer = new Preparer(tokenizer, shape.preparation);
  const encoder = new ValidationEncoder(
    shape,
    lengthsUpTo(shape.preparation.query, [8, 12, 16, 24]),
    threads,
  );
  try {
    return await encoder.encode(
      'query',
      set.queries.map(text => preparer.query(text)),
      weights,
      signal,
    );
  } finally {
    await encoder.close();
  }
}
