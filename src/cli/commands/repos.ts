import { QuarryError } from '../../core/errors.ts';
import type { RepositoryStatus } from '../../core/progress.ts';
import { type Arguments, oneOf } from '../arguments.ts';
import { openPlace } from '../opening.ts';
import { newRepositories, openToAdd, workspacePlace } from '../repositories.ts';
import { note, type Surroundings } from '../surroundings.ts';
import { grouped, printable, table } from '../terminal.ts';

const actions = ['list', 'add', 'remove'] as const;

/** Lists the repositories of a workspace, adds some, or takes some out. */
export async function repos(args: Arguments, around: Surroundings): Promise<number> {
  const [word = 'list', ...rest] = args.positionals;
  const action = oneOf('quarry repos', word, actions);
  const place = workspacePlace(args, around);
  const { name } = place.workspace!;
  if (action !== 'add' && (args.has('rev') || args.has('name')))
    throw new QuarryError(
      'usage',
      `quarry repos ${action} takes no --rev and no --name`,
      'they belong to: quarry repos add',
    );
  if (action === 'list' && rest.length > 0)
    throw new QuarryError('usage', 'quarry repos list takes no names', 'see: quarry repos --help');
  const repositories = action === 'add' ? newRepositories(rest, args, around) : [];
  if ((action === 'add' && repositories.length === 0) || (action === 'remove' && rest.length === 0))
    throw new QuarryError(
      'usage',
      `quarry repos ${action} needs to be told ${action === 'add' ? 'a directory' : 'what'}`,
      'see: quarry repos --help',
    );
  const { index, added } =
    action === 'add'
      ? await openToAdd(place, repositories, around, true)
      : { index: await openPlace(place, around, false), added: [] };
  try {
    const removed = action === 'remove' ? await index.removeRepositories(rest) : [];
    const { repositories: list = [] } = await index.status({ model: false });
    if (args.has('json')) {
      const changes = action === 'list' ? {} : { added, removed };
      around.stdout.write(
        `${JSON.stringify({ workspace: name, ...changes, repositories: list }, null, 2)}\n`,
      );
      return 0;
    }
    if (action === 'list') around.stdout.write(repositoryTable(list));
    for (const label of added) around.stdout.write(`added ${printable(label)}\n`);
    for (const label of removed) around.stdout.write(`removed ${printable(label)}\n`);
    if (added.length > 0) note(around, `read by the next search, or by: quarry index --workspace ${name}`);
    else if (action === 'add') note(around, 'all of that is in the workspace already');
    else if (list.length === 0) note(around, `the workspace ${name} is empty`);
    return 0;
  } finally {
    index.close();
  }
}

/** One line for each, with where it comes from. */
export function repositoryTable(list: readonly RepositoryStatus[]): string {
  if (list.length === 0) return '';
  const rows = list.map(({ name, revision, files, commit, directory, repository, isDefault, isGone }) => [
    printable(revision === undefined ? name : `${name}@${revision}`),
    grouped(files),
    commit?.slice(0, 12) ?? '',
    printable(directory ?? repository ?? ''),
    [isGone ? 'gone' : '', isDefault ? '' : 'only if named'].filter(mark => mark !== '').join(', '),
  ]);
  return table([['repository', 'files', 'commit', 'from', ''], ...rows]);
}
