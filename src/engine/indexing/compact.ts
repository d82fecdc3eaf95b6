import { mergeSegments } from '../../store/segment-merge.ts';
import type { IndexStore } from '../../store/store.ts';

/** More segments than this make searches slower: the smallest ones are merged. */
const mostSegments = 8;
/** How many remain of those when it happens, the big ones untouched. */
const segmentsAfter = 3;
/** When more than this share of all documents belongs to no file any more, mostly dead segments are rewritten. */
const mostDead = 0.5;

/**
 * Merges segments where it pays: small ones when there are many, and those that are mostly dead. Documents no file
 * has any more stay until then, so that switching back to a branch finds them. Vectors of `fingerprint` are kept, see
 * `mergeSegments`. True if something was merged.
 */
export function compact(store: IndexStore, onMerge: () => void, fingerprint?: string): boolean {
  const plan = store.read(view => {
    const segments = view.readers();
    const { files } = view.catalog();
    const live = new Map<number, Set<number>>(segments.map(({ id }) => [id, new Set()]));
    for (const file of files) live.get(file.segment)?.add(file.document);
    const isDead = (alive: number, documents: number) => alive < documents * (1 - mostDead);
    const alive = segments.reduce((sum, { id }) => sum + live.get(id)!.size, 0);
    const documents = segments.reduce((sum, { info }) => sum + info.documents, 0);
    // Seen over the whole index: a small segment that died with a branch is what makes going back to it cheap.
    const dead = isDead(alive, documents)
      ? segments.filter(({ id, info }) => isDead(live.get(id)!.size, info.documents))
      : [];
    const chosen = new Set(dead.map(({ id }) => id));
    if (segments.length - chosen.size > mostSegments) {
      const bySize = segments.toSorted((a, b) => a.info.windows - b.info.windows);
      for (const { id } of bySize.slice(0, segments.length - segmentsAfter)) chosen.add(id);
    }
    return { live, inputs: segments.filter(({ id }) => chosen.has(id)) };
  });
  const { inputs, live } = plan;
  if (inputs.length === 0) return false;
  onMerge();
  const { data, moved } = store.read(() =>
    mergeSegments(inputs, (s, doc) => live.get(inputs[s]!.id)!.has(doc), fingerprint),
  );
  const position = new Map(inputs.map((segment, i) => [segment.id, i]));
  store.commit({
    add: data.info.documents > 0 ? [data] : [],
    remove: inputs.map(segment => segment.id),
    catalog: ([merged], view) => {
      const catalog = view.catalog();
      const files = catalog.files.map(file => {
        const s = position.get(file.segment);
        return s === undefined ? file : { ...file, segment: merged!, document: moved[s]![file.document]! };
      });
      return { ...catalog, files };
    },
  });
  return true;
}
