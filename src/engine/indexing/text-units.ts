import type { UnitText } from '../../core/encoder.ts';
import type { UnitSpan } from '../../core/unit.ts';
import { createOutliner, detectLanguage, languageById, type Outliner } from '../../languages/index.ts';
import { unitTexts } from '../encoding/unit-text.ts';

/** A unit of a text that need not be a file, and what an encoder sees of it in an index. */
export interface TextUnit {
  span: UnitSpan;
  text: UnitText;
}

export interface OutlineTextOptions {
  /** Id of a language; default: what the path and the beginning of the text say. */
  language?: string | undefined;
  /** Its extension decides the language where none is given. */
  path?: string | undefined;
}

/** Cuts texts into units as an index does. Not safe for re-entrant use; to be disposed of. */
export class TextOutliner {
  private readonly outliner: Outliner;

  private constructor(outliner: Outliner) {
    this.outliner = outliner;
  }

  static async create(): Promise<TextOutliner> {
    return new TextOutliner(await createOutliner());
  }

  /**
   * Units by position, enclosing ones before those inside, and the id of the language. Never fails on broken code: what
   * cannot be parsed becomes units without names.
   */
  async outline(
    text: string,
    { language: id, path = '' }: OutlineTextOptions,
  ): Promise<{ language: string; units: TextUnit[] }> {
    const language = (id && languageById(id)) || detectLanguage(path, text.slice(0, 1024));
    await this.outliner.prepare(language);
    const { units } = this.outliner.outline(language, text);
    const texts = unitTexts(language.id, text, units);
    return { language: language.id, units: units.map((span, i) => ({ span, text: texts[i]! })) };
  }

  dispose(): void {
    this.outliner.dispose();
  }
}
