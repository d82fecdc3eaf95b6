import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Encoder, UnitText } from '../../core/encoder.ts';
import { QuarryError } from '../../core/errors.ts';
import { identifiersOf, splitIdentifier } from '../../core/identifiers.ts';
import { stem } from '../../core/stem.ts';
import type { ModelSource } from './model.ts';

/**
 * A bag of words, hashed, with a list of synonyms: what a model learns, a test says. A model of it is a folder with
 * `model.json`.
 */
export interface HashingModel {
  name: string;
  /** Words on one line mean the same. */
  synonyms?: string[];
  /** Milliseconds each unit takes. */
  slow?: number;
  /** Throw when units are to be encoded; queries are. */
  noUnits?: boolean;
  /** Throw as if there were no native runtime. */
  noRuntime?: boolean;
}

const dims = 64;

/** For tests: how an engine is told of the model in a folder. */
export function hashingSource(directory: string): ModelSource {
  return { directory, module: import.meta.url };
}

/** Units that encoders of this thread were asked for. */
export const counted = { units: 0 };

/**
 * Called through the URL of this module.
 * @public
 */
export async function openEncoder(directory: string): Promise<Encoder> {
  let model: HashingModel;
  try {
    model = JSON.parse(readFileSync(join(directory, 'model.json'), 'utf8')) as HashingModel;
  } catch (cause) {
    throw new QuarryError('corrupt', `the model in ${directory} is damaged`, undefined, { cause });
  }
  if (model.noRuntime)
    throw new QuarryError('unsupported', 'the native runtime for models cannot be loaded: no');
  return hashingEncoder(model);
}

export function hashingEncoder(model: HashingModel): Encoder {
  const same = new Map<string, string>();
  for (const line of model.synonyms ?? []) {
    const [first, ...others] = line.split(' ').map(stem);
    for (const other of others) same.set(other, first!);
  }
  const encode = async (texts: readonly string[]) => {
    const rows = new Float32Array(texts.length * dims);
    for (const [r, text] of texts.entries()) {
      if (model.slow) await new Promise(resolve => setTimeout(resolve, model.slow));
      const row = rows.subarray(r * dims, (r + 1) * dims);
      for (const word of identifiersOf(text).flatMap(splitIdentifier).map(stem)) {
        const meant = same.get(word) ?? word;
        // Each word is a direction of its own, nearly.
        for (let i = 0; i < dims; i++) row[i]! += wave(`${model.name} ${meant} ${i}`);
      }
      const norm = Math.hypot(...row);
      if (norm > 0) for (let i = 0; i < dims; i++) row[i]! /= norm;
    }
    return rows;
  };
  const all = ({ name, doc, code }: UnitText) => `${name} ${doc} ${code}`;
  return {
    id: model.name,
    fingerprint: createHash('sha256').update(`${model.name} ${model.synonyms?.join()}`).digest('hex'),
    dims,
    encodeQueries: encode,
    encodeUnits: async units => {
      if (model.noUnits) throw new Error('no unit should be encoded');
      counted.units += units.length;
      return encode(units.map(all));
    },
    close: async () => undefined,
  };
}

const waves = new Map<string, number>();

function wave(key: string): number {
  let value = waves.get(key);
  if (value === undefined) {
    let h = 2166136261;
    for (let i = 0; i < key.length; i++) h = Math.imul(h ^ key.charCodeAt(i), 16777619);
    h = Math.imul(h ^ (h >>> 15), 2246822519);
    h ^= h >>> 13;
    value = (h >>> 0) / 2 ** 31 - 1;
    waves.set(key, value);
  }
  return value;
}
