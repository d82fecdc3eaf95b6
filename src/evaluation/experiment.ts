import { QuarryError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import type { SystemSpec } from './system.ts';

/** A data set as an experiment names it. */
export interface DatasetSpec {
  /** Registered id, or `csn:PATH`, `beir:PATH`, `jsonl:PATH`, `repo:PATH`, `questions:PATH`, `corpus:PATH`. */
  dataset: string;
  split?: string;
  protocol?: 'full' | 'disjoint';
  /** Only the first so many queries. */
  first?: number;
  /** Rank within pools of so many candidates instead of the whole codebase. */
  pool?: number;
  /** Kinds of pairs, for `corpus:PATH`: `doc`, `test`, `commit`, … */
  kinds?: string[];
}

/** Systems × data sets × measures × baseline: everything that decides the numbers, as data. */
export interface Experiment {
  title?: string;
  datasets: DatasetSpec[];
  systems: SystemSpec[];
  /** Default: those of each data set. */
  measures?: string[];
  /** Name of a system. Default: `bm25` if it is there, else the first one. */
  baseline?: string;
  /** Seed of pools, bootstrap and randomisation. */
  seed: number;
}

const experimentKeys = ['title', 'datasets', 'systems', 'measures', 'baseline', 'seed'];
const datasetKeys = ['dataset', 'split', 'protocol', 'first', 'pool', 'kinds'];
const systemKeys = ['name', 'system', 'parameters'];

/**
 * Reads an experiment from JSON text. Throws QuarryError `usage` naming the place (`cosqa.json: systems[1].parameters`)
 * and, for an unknown key, the nearest one.
 */
export function parseExperiment(text: string, where: string): Experiment {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new QuarryError('usage', `${where}: not JSON: ${(error as Error).message}`);
  }
  const fields = objectAt(data, where, experimentKeys);
  const datasets = listAt(fields['datasets'], `${where}: datasets`).map((item, i) =>
    datasetOf(item, `${where}: datasets[${i}]`),
  );
  const systems = listAt(fields['systems'], `${where}: systems`).map((item, i) =>
    systemOf(item, `${where}: systems[${i}]`),
  );
  const measures = fields['measures'];
  const experiment: Experiment = { datasets, systems, seed: 1 };
  if (measures !== undefined)
    experiment.measures = listAt(measures, `${where}: measures`).map((item, i) =>
      textAt(item, `${where}: measures[${i}]`),
    );
  if (fields['title'] !== undefined) experiment.title = textAt(fields['title'], `${where}: title`);
  if (fields['baseline'] !== undefined)
    experiment.baseline = textAt(fields['baseline'], `${where}: baseline`);
  if (fields['seed'] !== undefined) experiment.seed = wholeAt(fields['seed'], `${where}: seed`);
  return experiment;
}

function datasetOf(item: unknown, where: string): DatasetSpec {
  if (typeof item === 'string') return { dataset: item };
  const fields = objectAt(item, where, datasetKeys);
  const spec: DatasetSpec = { dataset: textAt(fields['dataset'], `${where}.dataset`) };
  if (fields['split'] !== undefined) spec.split = textAt(fields['split'], `${where}.split`);
  if (fields['protocol'] !== undefined) spec.protocol = protocolOf(fields['protocol'], `${where}.protocol`);
  if (fields['first'] !== undefined) spec.first = wholeAt(fields['first'], `${where}.first`);
  if (fields['pool'] !== undefined) spec.pool = wholeAt(fields['pool'], `${where}.pool`);
  if (fields['kinds'] !== undefined)
    spec.kinds = listAt(fields['kinds'], `${where}.kinds`).map((kind, i) =>
      textAt(kind, `${where}.kinds[${i}]`),
    );
  return spec;
}

/** Checks the name of a training protocol. Throws QuarryError `usage`. */
export function protocolOf(value: unknown, where: string): 'full' | 'disjoint' {
  if (value === 'full' || value === 'disjoint') return value;
  throw new QuarryError(
    'usage',
    `${where}: ${JSON.stringify(value)} is no protocol`,
    'full: all training pairs; disjoint: none whose code is a dev or test gold',
  );
}

function systemOf(item: unknown, where: string): SystemSpec {
  if (typeof item === 'string') return parseSystem(item, where);
  const fields = objectAt(item, where, systemKeys);
  const spec: SystemSpec = { system: textAt(fields['system'], `${where}.system`) };
  if (fields['name'] !== undefined) spec.name = textAt(fields['name'], `${where}.name`);
  if (fields['parameters'] !== undefined)
    spec.parameters = objectAt(fields['parameters'], `${where}.parameters`);
  return spec;
}

/** Splits `bm25,bm25(k1=2,b=0.5),lexical` at the commas outside parentheses, which may be nested. */
export function splitSystems(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const c of text) {
    if (c === '(') depth++;
    if (c === ')') depth = Math.max(0, depth - 1);
    if (c === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += c;
  }
  return parts.map(part => part.trim()).filter(part => part !== '');
}

/**
 * One system as it is written on a command line: `bm25`, `bm25(k1=2,stem=true)` or `name=bm25(k1=2)`. Values are JSON,
 * or else text. Throws QuarryError `usage`.
 */
export function parseSystem(text: string, where: string): SystemSpec {
  const match = /^(?:([\w.+ -]+)=)?([\w.-]+)(?:\((.*)\))?$/s.exec(text.trim());
  if (!match)
    throw new QuarryError(
      'usage',
      `${where}: cannot read ${JSON.stringify(text)}`,
      'write bm25, bm25(k1=2,b=0.5), or name=bm25(k1=2)',
    );
  const [, name, system, inner] = match;
  const spec: SystemSpec = { system: system! };
  if (name !== undefined) spec.name = name.trim();
  if (inner !== undefined && inner.trim() !== '') {
    const parameters: Record<string, unknown> = {};
    for (const part of splitSystems(inner)) {
      const at = part.indexOf('=');
      if (at < 1) throw new QuarryError('usage', `${where}: ${JSON.stringify(part.trim())} is not key=value`);
      parameters[part.slice(0, at).trim()] = parameterValue(part.slice(at + 1).trim());
    }
    spec.parameters = parameters;
    spec.name ??= text.trim();
  }
  return spec;
}

function parameterValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `csn:PATH` → kind and path; a bare id has no path. */
export function splitDataset(text: string): { id: string; path?: string } {
  const at = text.indexOf(':');
  return at < 0 ? { id: text } : { id: text.slice(0, at), path: text.slice(at + 1) };
}

function objectAt(value: unknown, where: string, known?: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new QuarryError('usage', `${where}: not an object`);
  if (known) {
    for (const key of Object.keys(value)) {
      if (known.includes(key)) continue;
      const near = nearest(key, known);
      throw new QuarryError(
        'usage',
        `${where}: unknown key ${JSON.stringify(key)}`,
        near === undefined ? `known: ${known.join(', ')}` : `did you mean ${near}?`,
      );
    }
  }
  return value as Record<string, unknown>;
}

function listAt(value: unknown, where: string): unknown[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new QuarryError('usage', `${where}: not a filled list`);
  return value;
}

function textAt(value: unknown, where: string): string {
  if (typeof value !== 'string' || value.trim() === '')
    throw new QuarryError('usage', `${where}: not a text`);
  return value;
}

function wholeAt(value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1)
    throw new QuarryError('usage', `${where}: not a whole number from 1 on`);
  return value;
}
