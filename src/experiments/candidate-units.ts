import type { UnitText } from '../core/encoder.ts';
import type { UnitKind } from '../core/unit.ts';
import { TextOutliner, type TextUnit } from '../engine/indexing/text-units.ts';
import type { Candidate } from '../evaluation/dataset.ts';

/** A text that is encoded for a candidate, and where it stands in it; without lines it is all of the candidate. */
export interface CandidateUnit {
  text: UnitText;
  lines?: readonly [first: number, last: number];
}

/** `outline`: units as an index has them. `whole`: the text as it is, with nothing told apart. */
export const unitChoices = ['outline', 'whole'] as const;
export type UnitChoice = (typeof unitChoices)[number];

const mainKinds: ReadonlySet<UnitKind> = new Set([
  'function',
  'method',
  'class',
  'interface',
  'struct',
  'enum',
  'trait',
  'type',
]);

/**
 * What is encoded for candidates. A file is all of its units. A snippet is one text: its largest function or type gives
 * the name, unless the data set says it, and the doc comment; the code is all of the snippet without that comment.
 */
export class CandidateUnits {
  private readonly outliner: TextOutliner | undefined;
  private readonly areFiles: boolean;

  private constructor(outliner: TextOutliner | undefined, areFiles: boolean) {
    this.outliner = outliner;
    this.areFiles = areFiles;
  }

  static async create(choice: UnitChoice, areFiles: boolean): Promise<CandidateUnits> {
    return new CandidateUnits(choice === 'whole' ? undefined : await TextOutliner.create(), areFiles);
  }

  /** At least one text. */
  async of(candidate: Candidate): Promise<CandidateUnit[]> {
    const { language, path, name = '' } = candidate;
    // A method that was cut out of its class is indented; as a text of its own it would not parse.
    const code = this.areFiles ? candidate.text : dedented(candidate.text);
    if (!this.outliner) return [{ text: { name, doc: '', code, language: language ?? '' } }];
    const outlined = await this.outliner.outline(code, { language, path });
    if (this.areFiles && outlined.units.length > 0)
      return outlined.units.map(({ text, span }) => ({ text, lines: [span.firstLine, span.lastLine] }));
    const main = mainUnit(outlined.units);
    const text: UnitText = {
      name: name || (main?.text.name ?? ''),
      doc: main?.text.doc ?? '',
      code: main ? withoutDoc(code, main) : code,
      language: outlined.language,
    };
    return [{ text }];
  }

  dispose(): void {
    this.outliner?.dispose();
  }
}

/** The longest function or type that has a name; of equal ones the first, which is the enclosing one. */
function mainUnit(units: readonly TextUnit[]): TextUnit | undefined {
  let main: TextUnit | undefined;
  for (const unit of units) {
    const { name, kind } = unit.span;
    if (name === '' || !mainKinds.has(kind)) continue;
    if (!main || lengthOf(unit) > lengthOf(main)) main = unit;
  }
  return main;
}

function lengthOf({ span }: TextUnit): number {
  return span.end - span.start;
}

function withoutDoc(text: string, { span: { docStart, docEnd } }: TextUnit): string {
  return docStart < 0 ? text : text.slice(0, docStart) + text.slice(docEnd);
}

/** Without the indentation of the first line, on all lines that have it; unchanged where some line has less. */
function dedented(text: string): string {
  const indent = /^(?:[ \t]*\n)*([ \t]+)\S/.exec(text)?.[1];
  if (indent === undefined) return text;
  const lines = text.split('\n');
  const fits = lines.every(line => line.startsWith(indent) || line.trim() === '');
  return fits ? lines.map(line => line.slice(indent.length)).join('\n') : text;
}
