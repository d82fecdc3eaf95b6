import { accessSync, constants } from 'node:fs';
import { delimiter, extname, join, resolve } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import { type Client, clients, folderVariable, type Launch, locations } from '../../mcp/install/clients.ts';
import { configurationText, install } from '../../mcp/install/install.ts';
import type { Arguments } from '../arguments.ts';
import { resolvePlace } from '../place.ts';
import { note, type Surroundings } from '../surroundings.ts';
import { table } from '../terminal.ts';

/** Prints or writes the configuration of the programs that call the tools. */
export async function installCommand(
  paths: readonly string[],
  args: Arguments,
  around: Surroundings,
): Promise<number> {
  if (paths.length > 1) throw new QuarryError('usage', 'name one project', 'see: quarry mcp --help');
  const [path] = paths;
  const chosen = args
    .choices(
      'client',
      clients.map(({ id }) => id),
    )
    .map(id => clients.find(client => client.id === id)!);
  const at = locations(around.env, process.platform);
  if (chosen.length === 0) {
    if (args.has('write'))
      throw new QuarryError('usage', '--write needs a client', `--client ${clients[0]!.id}, or another one`);
    around.stdout.write(table(clients.map(client => [client.id, client.name, client.file(at)])));
    note(around, 'choose with --client; --write writes into the file, without it the text is printed');
    return 0;
  }
  const root = resolvePlace(path, args, around).root;
  for (const client of chosen) {
    const inProject = args.has('project');
    if (inProject && client.projectFile === undefined)
      throw new QuarryError('usage', `${client.name} has no file per project`, 'leave --project out');
    const file = inProject ? join(root, client.projectFile!) : client.file(at);
    const launch = launchOf(client, inProject, path === undefined ? undefined : root, root, around);
    for (const name of ['index', 'model', 'threads']) {
      const value = args.text(name);
      if (value !== undefined)
        launch.args.push(`--${name}`, name === 'index' ? resolve(around.cwd, value) : value);
    }
    if (!args.has('write') || args.has('print')) {
      if (chosen.length > 1) around.stdout.write(`# ${client.name}: ${file}\n`);
      around.stdout.write(configurationText(client, launch));
    }
    if (!args.has('write')) {
      note(around, `${client.name} reads it from ${file}; --write puts it there`);
      continue;
    }
    const { outcome, backup } = install(client, file, launch, inProject ? 0o644 : 0o600);
    const kept = backup === undefined ? '' : `; as it was: ${backup}`;
    if (outcome === 'unchanged') note(around, `${file} has it already`);
    else note(around, `${file} ${outcome === 'created' ? 'created' : 'changed'}${kept}`);
    if (outcome !== 'unchanged') note(around, `${client.name}: ${client.afterwards}`);
  }
  return 0;
}

/** `pinned`: the project that was named. */
function launchOf(
  client: Client,
  inProject: boolean,
  pinned: string | undefined,
  root: string,
  around: Surroundings,
): Launch {
  const args = ['mcp'];
  if (inProject && client.project !== 'variable') {
    // Started in the project, or at least asked about it: a file that is shared names no one's directories.
  } else if (pinned !== undefined) args.push(pinned);
  else if (client.project === 'variable') args.push(folderVariable);
  else if (client.project === 'named') args.push(root);
  // A shared file works where Quarry is installed; a user's own works also where the PATH of a desktop is another one.
  if (inProject || (client.project === 'current-directory' && isOnPath(around)))
    return { command: 'quarry', args };
  const main = join(import.meta.dirname, '..', `main${extname(import.meta.filename)}`);
  return { command: process.execPath, args: [main, ...args] };
}

/** Whether `quarry` can be started by its name, and not only from within some project. Windows' scripts need a shell. */
function isOnPath({ env }: Surroundings): boolean {
  if (process.platform === 'win32') return false;
  return (env['PATH'] ?? '').split(delimiter).some(directory => {
    if (directory === '' || directory.includes('node_modules') || directory.includes('_npx')) return false;
    try {
      accessSync(join(directory, 'quarry'), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
