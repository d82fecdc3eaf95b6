// The content of an index: every segment, the catalog over them, and the index over the catalog's paths.

import { type Catalog, emptyCatalog } from '../../store/catalog.ts';
import { buildPathIndex } from '../../store/path-index.ts';
import type { View } from '../../store/view.ts';
import { checkSegment, ensure } from './check-segment.ts';
import { count, type Diagnosis, isDamage } from './diagnosis.ts';

/** The segments of an index: for sound ones their documents, for damaged ones the problem. */
interface SegmentStates {
  documents: ReadonlyMap<number, number>;
  problems: ReadonlyMap<number, string>;
}

/** Checks every segment, then the catalog over them. Throws QuarryError `aborted`. */
export async function checkContent(
  view: View,
  diagnosis: Diagnosis,
  signal: AbortSignal | undefined,
): Promise<void> {
  const states = await checkSegments(view, diagnosis, signal);
  const catalog = readCatalog(view, diagnosis);
  checkHomes(catalog, states, diagnosis);
  if (catalog) checkPaths(view, catalog, diagnosis);
  checkOrphans(view, diagnosis);
  if (catalog && !catalog.complete)
    diagnosis.warn(
      view.generation === 0
        ? 'nothing has been indexed yet'
        : 'the last update was not finished: the next one goes on from there',
    );
}

async function checkSegments(
  view: View,
  diagnosis: Diagnosis,
  signal: AbortSignal | undefined,
): Promise<SegmentStates> {
  const problems = new Map<number, string>();
  const documents = new Map<number, number>();
  for (const id of view.segmentIds()) {
    try {
      const info = view.segmentInfo(id);
      await checkSegment(view, id, info, signal);
      documents.set(id, info.documents);
    } catch (error) {
      if (!isDamage(error)) throw error;
      problems.set(id, error.message);
      diagnosis.plan.segments.add(id);
    }
  }
  return { problems, documents };
}

/** The catalog, if it can be read; if not, the plan gets an empty one. */
function readCatalog(view: View, diagnosis: Diagnosis): Catalog | undefined {
  try {
    const catalog = view.catalog();
    for (let i = 1; i < catalog.files.length; i++)
      ensure(catalog.files[i - 1]!.path < catalog.files[i]!.path, 'its paths are not in order');
    return catalog;
  } catch (error) {
    if (!isDamage(error)) throw error;
    diagnosis.fail(
      `the catalog cannot be read: ${error.message}`,
      'make an empty catalog: the next update looks at every file again, and parses only what is not in a segment',
    );
    diagnosis.plan.catalog = emptyCatalog;
    return undefined;
  }
}

/** Whether every file of the catalog has its document in a sound segment. */
function checkHomes(
  catalog: Catalog | undefined,
  { documents, problems }: SegmentStates,
  diagnosis: Diagnosis,
): void {
  const files = catalog?.files ?? [];
  for (const [id, problem] of problems) {
    const lost = files.filter(file => file.segment === id).length;
    diagnosis.fail(
      `segment ${id} is damaged: ${problem}`,
      `drop segment ${id} and its ${count(lost, 'file')}: they are read again at the next update`,
    );
  }
  const hasHome = (file: Catalog['files'][number]) => file.document < (documents.get(file.segment) ?? 0);
  const homeless = files.filter(file => !problems.has(file.segment) && !hasHome(file));
  if (homeless.length > 0)
    diagnosis.fail(
      `${count(homeless.length, 'file')} of the catalog have no content, such as ${homeless[0]!.path}`,
      `drop ${count(homeless.length, 'file')} from the catalog: they are read again at the next update`,
    );
  if (catalog && (problems.size > 0 || homeless.length > 0))
    diagnosis.plan.catalog = {
      ...catalog,
      files: catalog.files.filter(hasHome),
      complete: false,
      updatedAt: 0,
    };
  if (problems.size > 0) return;
  const total = [...documents.values()].reduce((sum, own) => sum + own, 0);
  diagnosis.ok(`${count(documents.size, 'segment')} with ${count(total, 'document')} can be read`);
  if (catalog && homeless.length === 0)
    diagnosis.ok(`the catalog's ${count(files.length, 'file')} all have their content`);
}

function checkPaths(view: View, catalog: Catalog, diagnosis: Diagnosis): void {
  const expected = buildPathIndex(catalog.files.map(file => file.path));
  try {
    const stored = view.pathIndex();
    for (const part of ['dictionary', 'postings'] as const) {
      const same = Buffer.compare(stored[part], expected[part]) === 0;
      ensure(same, `its ${part} does not fit the catalog`);
    }
    diagnosis.ok('the index over the paths fits the catalog');
  } catch (error) {
    if (!isDamage(error)) throw error;
    diagnosis.plan.paths = true;
    diagnosis.fail(
      `the index over the paths is damaged: ${error.message}`,
      'make the index over the paths again',
    );
  }
}

function checkOrphans(view: View, diagnosis: Diagnosis): void {
  const orphans = view.orphans();
  if (orphans.length === 0) return;
  for (const id of orphans) diagnosis.plan.segments.add(id);
  diagnosis.warn(
    `${count(orphans.length, 'segment')} left pages behind`,
    'delete the pages that belong to nothing',
  );
}
