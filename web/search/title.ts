import { useEffect } from 'preact/hooks';
import { type Place, rangeOf } from './place.ts';

/** The title says what is looked at: the file if one is open, else the query. */
export function useTitle({ q, file, lines }: Place): void {
  useEffect(() => {
    const name = file?.slice(file.lastIndexOf('/') + 1);
    const what = name ? `${name}${lines ? `:${rangeOf(...lines)}` : ''}` : q.trim();
    document.title = what ? `${what} – Quarry` : 'Quarry';
  }, [q, file, lines]);
}
