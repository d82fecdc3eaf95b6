import { expect } from 'vitest';
import type { Outline, UnitSpan } from '../core/unit.ts';
import { cleanDoc } from './clean-doc.ts';
import type { Language } from './language.ts';
import { createOutliner, type Outliner } from './outliner.ts';

/** A realistic source of one language and what must come out of it. */
export interface LanguageSample {
  readonly source: string;
  /** As {@link describeOutline} writes it. */
  readonly outline: string;
  /** Lines outside every unit that are neither blank, comment nor import: preprocessor lines and the like. */
  readonly uncovered?: RegExp;
}

/** What a language must do: the sample's outline, and sanity on everything that is made of the sample. */
export interface ContractCase {
  readonly name: string;
  run(): void;
}

/** The cases of one language; `outliner` must be prepared for it. */
export function languageContract(
  outliner: Outliner,
  language: Language,
  sample: LanguageSample,
): readonly ContractCase[] {
  const { source } = sample;
  const outline = (text: string): Outline => outliner.outline(language, text);
  return [
    {
      name: 'outlines its sample',
      run: () => {
        const result = outline(source);
        expect(result.degraded).toBeUndefined();
        expect(describeOutline(source, result)).toBe(sample.outline);
      },
    },
    { name: 'keeps spans, lines and docs sound', run: () => expectSound(source, outline(source)) },
    { name: 'names what the text says', run: () => expectNamesInText(source, outline(source)) },
    { name: 'covers every line of content', run: () => expectCovered(sample, outline(source)) },
    { name: 'says the same twice', run: () => expect(outline(source)).toEqual(outline(source)) },
    {
      name: 'finds the same lines with CRLF',
      run: () => {
        const crlf = outline(source.replaceAll('\n', '\r\n'));
        const lines = ({ units }: Outline) =>
          units.map(unit => [
            unit.kind,
            unit.qualifiedName,
            unit.firstLine,
            unit.lastLine,
            unit.docStart >= 0,
          ]);
        expect(lines(crlf)).toEqual(lines(outline(source)));
      },
    },
    {
      name: 'survives truncation, deletions and NUL',
      run: () => {
        for (const broken of brokenVariants(source)) {
          const result = outline(broken);
          expectSound(broken, result);
          if (broken.trim() !== '') expect(result.units.length).toBeGreaterThan(0);
        }
        expect(outliner.needsRecycle).toBe(false);
      },
    },
    { name: 'survives the hostile', run: () => expectSurvives(outliner, language, source) },
  ];
}

/** One line per unit: kind, qualified name, lines, doc's first line in quotes, signature; then the imports. */
function describeOutline(source: string, outline: Outline): string {
  const lines = outline.units.map(unit => {
    let depth = 0;
    for (let up = unit.parent; up >= 0; up = outline.units[up]!.parent) depth++;
    const doc =
      unit.docStart < 0 ? '' : ` "${cleanDoc(source.slice(unit.docStart, unit.docEnd)).split('\n')[0]}"`;
    const signature = source.slice(unit.start, unit.signatureEnd).replace(/\s+/g, ' ');
    const name = unit.qualifiedName || '-';
    return `${'  '.repeat(depth)}${unit.kind} ${name} ${unit.firstLine}-${unit.lastLine}${doc} | ${signature}`;
  });
  if (outline.imports.length > 0) lines.push(`imports ${outline.imports.join(' , ')}`);
  return `${lines.join('\n')}\n`;
}

/** Everything that `UnitSpan` and `Outline` promise and that can be seen without knowing the language. */
export function expectSound(source: string, { units, comments }: Outline): void {
  const open: number[] = [];
  for (const [index, unit] of units.entries()) {
    const where = `${unit.kind} ${unit.qualifiedName} at ${unit.start}`;
    expect(unit.start, where).toBeGreaterThanOrEqual(units[index - 1]?.start ?? 0);
    expect(unit.end, where).toBeGreaterThan(unit.start);
    expect(unit.end, where).toBeLessThanOrEqual(source.length);
    expect(unit.firstLine, where).toBe(lineOf(source, unit.start));
    expect(unit.lastLine, where).toBe(lineOf(source, unit.end - 1));
    expect(unit.signatureEnd, where).toBeGreaterThan(unit.start);
    expect(unit.signatureEnd, where).toBeLessThanOrEqual(unit.end);
    expect(source.slice(unit.start, unit.signatureEnd), where).not.toMatch(/^\s|\s$/);
    while (open.length > 0 && units[open.at(-1)!]!.end <= unit.start) open.pop();
    expect(unit.parent, where).toBe(open.at(-1) ?? -1);
    if (open.length > 0) expect(unit.end, where).toBeLessThanOrEqual(units[open.at(-1)!]!.end);
    open.push(index);
    expectSoundDoc(unit, where);
  }
  for (let i = 0; i < comments.length; i += 2) {
    expect(comments[i + 1]).toBeGreaterThan(comments[i]!);
    if (i > 0) expect(comments[i]).toBeGreaterThanOrEqual(comments[i - 1]!);
  }
  expect(comments.length % 2).toBe(0);
  expect(comments.at(-1) ?? 0).toBeLessThanOrEqual(source.length);
}

function expectSoundDoc(unit: UnitSpan, where: string): void {
  if (unit.docStart < 0) {
    expect([unit.docStart, unit.docEnd], where).toEqual([-1, -1]);
    return;
  }
  expect(unit.docEnd, where).toBeGreaterThan(unit.docStart);
  const before = unit.docEnd <= unit.start;
  const inside = unit.docStart >= unit.start && unit.docEnd <= unit.end;
  const after = unit.docStart >= unit.end;
  expect(before || inside || after, where).toBe(true);
}

function expectNamesInText(source: string, { units }: Outline): void {
  for (const unit of units) {
    expect(unit.qualifiedName.endsWith(unit.name), unit.qualifiedName).toBe(true);
    if (unit.kind === 'module' && unit.name === '') continue;
    expect(unit.name).not.toBe('');
    const text = source.slice(unit.start, unit.end).replace(/\s+/g, ' ');
    for (const word of unit.name.split(' ')) expect(text, unit.qualifiedName).toContain(word);
  }
}

const importLine =
  /^\s*(?:import|from|use|using|package|module|require|#\s*\w+|require_\w+|export|source|\.|const|extern crate|mod|local)\b|^\s*#|^\s*\. /;

function expectCovered({ source, uncovered }: LanguageSample, { units, comments }: Outline): void {
  const outside = [...source];
  const blank = (start: number, end: number) => {
    for (let at = start; at < end; at++) if (outside[at] !== '\n') outside[at] = ' ';
  };
  for (const unit of units) blank(unit.start, unit.end);
  for (let i = 0; i < comments.length; i += 2) blank(comments[i]!, comments[i + 1]!);
  const left = outside
    .join('')
    .split('\n')
    .filter(line => /\w/.test(line) && !importLine.test(line) && !uncovered?.test(line));
  expect(left).toEqual([]);
}

/** Truncations, deletions and NULs at places that a fixed seed picks. */
function brokenVariants(source: string): string[] {
  let state = 42;
  const random = (limit: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % limit;
  };
  const variants = ['', ' \n\t\n', `${source}\n"unterminated`, `${source}\n/* unterminated`];
  for (let i = 0; i < 12; i++) variants.push(source.slice(0, random(source.length)));
  for (let i = 0; i < 12; i++) {
    const at = random(source.length);
    variants.push(source.slice(0, at) + source.slice(at + 1 + random(30)));
  }
  for (let i = 0; i < 4; i++) {
    const at = random(source.length);
    variants.push(`${source.slice(0, at)}\0\ud800${source.slice(at)}`);
  }
  return variants;
}

function expectSurvives(outliner: Outliner, language: Language, source: string): void {
  const hostile = [
    ...['(', '[', '{'].map(bracket => bracket.repeat(100_000)),
    `x = ${'('.repeat(20_000)}${')'.repeat(20_000)}\n`,
    '"\'`'.repeat(2_000),
    'a\0{'.repeat(1_000),
    'a=1;'.repeat(50_000),
  ];
  for (const text of hostile) {
    const result = outliner.outline(language, text, { deadlineMs: 150 });
    expectSoundFast(text, result);
    expect(result.units.length).toBeGreaterThan(0);
  }
  // Whatever happened, the outliner works on.
  expect(outliner.outline(language, source).degraded).toBeUndefined();
}

/** `expectSound` counts lines for every unit; for huge single lines the ranges must do. */
function expectSoundFast(source: string, { units }: Outline): void {
  let end = 0;
  for (const unit of units) {
    expect(unit.start).toBeGreaterThanOrEqual(unit.parent < 0 ? end : 0);
    expect(unit.end).toBeLessThanOrEqual(source.length);
    if (unit.parent < 0) end = unit.end;
  }
}

function lineOf(source: string, offset: number): number {
  let line = 1;
  for (let at = source.indexOf('\n'); at >= 0 && at < offset; at = source.indexOf('\n', at + 1)) line++;
  return line;
}

/** An outliner that is ready for these languages. */
export async function preparedOutliner(...languages: readonly Language[]): Promise<Outliner> {
  const outliner = await createOutliner();
  for (const language of languages) await outliner.prepare(language);
  return outliner;
}
