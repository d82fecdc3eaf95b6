import type { UnitText } from '../../core/encoder.ts';
import type { UnitSpan } from '../../core/unit.ts';
import { cleanDoc } from '../../languages/clean-doc.ts';

/** What of a unit's span decides its text for the encoder. */
export type EncodedSpan = Pick<UnitSpan, 'qualifiedName' | 'start' | 'end' | 'docStart' | 'docEnd'>;

/** Characters of code an encoder is given: no model looks at more, and a class is named by how it begins. */
const mostCode = 4000;
const mostDoc = 2000;

/** What an encoder sees of a document's units, in their order. */
export function unitTexts(language: string, text: string, units: readonly EncodedSpan[]): UnitText[] {
  return units.map(({ qualifiedName, start, end, docStart, docEnd }) => {
    const inside = docStart >= start && docEnd <= end;
    const code = inside ? text.slice(start, docStart) + text.slice(docEnd, end) : text.slice(start, end);
    return {
      name: qualifiedName,
      doc: docStart < 0 ? '' : cleanDoc(text.slice(docStart, docEnd)).slice(0, mostDoc),
      code: code.slice(0, mostCode),
      language,
    };
  });
}

/** Numbers that tell one way of cutting a document into units from another. */
export function spanNumbers(units: readonly EncodedSpan[]): Int32Array {
  return Int32Array.from(units.flatMap(({ start, end, docStart, docEnd }) => [start, end, docStart, docEnd]));
}
