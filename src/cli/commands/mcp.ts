import { homedir } from 'node:os';
import { parse, resolve } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import { Readiness } from '../../mcp/readiness.ts';
import type { Opened } from '../../mcp/server.ts';
import { serveStdio } from '../../mcp/stdio.ts';
import { runningServer } from '../../service/running-server.ts';
import { openService } from '../../service/service.ts';
import type { Arguments } from '../arguments.ts';
import { openPlace } from '../opening.ts';
import { resolvePlace } from '../place.ts';
import { stoppable } from '../stoppable.ts';
import { complain, note, type Surroundings } from '../surroundings.ts';

/** Milliseconds after which an answer looks at the tree again. */
const refreshMs = 5000;

/** Serves the tools for agents on stdin and stdout, or configures the programs that call them. */
export async function mcp(args: Arguments, around: Surroundings): Promise<number> {
  const [first, ...rest] = args.positionals;
  if (first === 'install') return (await import('./mcp-install.ts')).installCommand(rest, args, around);
  for (const flag of ['client', 'write', 'print', 'project'])
    if (args.has(flag))
      throw new QuarryError('usage', `--${flag} belongs to the installation`, 'write: quarry mcp install');
  if (rest.length > 0)
    throw new QuarryError('usage', 'quarry mcp serves one tree', 'name one path, or run it twice');
  // Whatever prints by mistake must not break the protocol.
  console.log = console.info = console.debug = console.error;
  const directory = directoryOf(first, around);
  const isWorkspace = args.has('workspace');
  const opened: Opened[] = [];
  const outcome = await stoppable(async signal => {
    try {
      await serveStdio({
        input: process.stdin,
        output: process.stdout,
        version: around.version(),
        eager: isWorkspace || directory !== undefined,
        open: async roots => {
          const named = isWorkspace ? first : (directory ?? (await rootOf(roots)));
          const found = await openAt(named, args, around);
          opened.push(found);
          return found;
        },
        onError: error => complain(around, String(error instanceof Error ? error.message : error)),
        signal,
      });
    } finally {
      await Promise.allSettled(opened.map(({ service }) => service.close()));
    }
  });
  // Being told to end is how this ends.
  return 'exitCode' in outcome && outcome.exitCode === 130 ? 130 : 0;
}

/** The directory that was named, or the current one if it can be a project; undefined if the client must be asked. */
function directoryOf(named: string | undefined, around: Surroundings): string | undefined {
  if (named !== undefined) return resolve(around.cwd, named);
  const home = around.env['HOME'] || homedir();
  const { cwd } = around;
  return cwd === resolve(home) || cwd === parse(cwd).root ? undefined : cwd;
}

/** Editors start servers in the home directory, which nobody wants indexed; most of them say where they work. */
async function rootOf(roots: () => Promise<string[]>): Promise<string> {
  const [root] = await roots().catch(() => []);
  if (root !== undefined) return root;
  throw new QuarryError(
    'usage',
    'quarry does not know which project to serve: it was started in the home directory and the client names no folder',
    'put the path into the configuration: quarry mcp /path/to/project',
  );
}

async function openAt(directory: string | undefined, args: Arguments, around: Surroundings): Promise<Opened> {
  const place = resolvePlace(directory, args, around);
  const server = await runningServer(place.indexFile, around.env['QUARRY_TOKEN'] || undefined);
  if (server) {
    note(around, `serving ${place.root} to agents, by the server at ${server.url}`);
    return { service: server, readiness: new Readiness(server), isGone: () => server.isGone };
  }
  note(around, `serving ${place.root} to agents`);
  const index = await openPlace(place, around, true);
  const service = await openService({ index, version: around.version() });
  const readiness = new Readiness(service, { refreshMs });
  readiness.start();
  return { service, readiness };
}
