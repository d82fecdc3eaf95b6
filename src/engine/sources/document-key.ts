import { hash } from 'node:crypto';

/** The identity of a document: its content and the language it is read as. 32 hex digits. */
export function documentKey(contentHash: string, language: string): string {
  return hash('sha256', `${language}\0${contentHash}`).slice(0, 32);
}

/** The same from the bytes of a file. */
export function contentKey(content: Uint8Array, language: string): string {
  return documentKey(hash('sha256', content).slice(0, 32), language);
}
