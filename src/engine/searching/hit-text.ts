import type { Hit } from '../../core/search.ts';
import { cleanDoc } from '../../languages/clean-doc.ts';

/** Signature and doc comment of a hit, cut from its file's text as it was indexed. */
export function hitTexts(
  text: string,
  hit: Pick<Hit, 'start' | 'signatureEnd' | 'docStart' | 'docEnd'>,
): { signature: string; doc: string } {
  return {
    signature: text.slice(hit.start, hit.signatureEnd).replace(/\s+/g, ' ').trim(),
    doc: hit.docStart < 0 ? '' : cleanDoc(text.slice(hit.docStart, hit.docEnd)),
  };
}
