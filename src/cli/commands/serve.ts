import { fileURLToPath } from 'node:url';
import { QuarryError } from '../../core/errors.ts';
import type { CodeIndex } from '../../engine/code-index.ts';
import { openOptionsOf } from '../../engine/settings/config.ts';
import type { KeptFresh } from '../../engine/watch/keep-fresh.ts';
import { watchedRoots } from '../../engine/watch/watched-roots.ts';
import { keepFresh } from '../../library.ts';
import { createMcpHandler } from '../../mcp/http.ts';
import { endSignal, type RunningServer, startServer } from '../../server/run.ts';
import { TokenStore, tokensFile } from '../../server/tokens.ts';
import { Updater } from '../../service/updating/updater.ts';
import { type Arguments, oneOf } from '../arguments.ts';
import { openPlace } from '../opening.ts';
import { type Place, resolvePlace } from '../place.ts';
import { complain, note, type Surroundings } from '../surroundings.ts';
import { printable } from '../terminal.ts';

const defaultPort = 4747;
const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** Serves an index over HTTP until it is told to stop, or manages the tokens of such servers. */
export async function serve(args: Arguments, around: Surroundings): Promise<number> {
  const [first, ...rest] = args.positionals;
  if (first === 'token') return (await import('../serve/token.ts')).tokenCommand(rest, args, around);
  for (const flag of ['scope', 'name'])
    if (args.has(flag))
      throw new QuarryError('usage', `--${flag} belongs to tokens`, 'write: quarry serve token create');
  if (rest.length > 0) throw new QuarryError('usage', 'quarry serve serves one tree', 'name one path');
  const place = resolvePlace(first, args, around);
  const settings = { ...openOptionsOf(place.settings, around.env), indexFile: place.indexFile };
  const asked = requestSettings(args);
  const index = await openPlace(place, around, true);
  const { workspace } = place;
  const updater = new Updater({
    place: workspace ? { workspace: workspace.name } : { directory: place.root },
    options: settings,
  });
  const isWatched = !args.has('no-watch') && !args.has('no-update');
  const server = await startServer({
    ...asked,
    index,
    update: updater.run,
    updateMemory: () => updater.memory,
    version: around.version(),
    tokens: new TokenStore(tokensFile(around.env)),
    log: { write: line => void around.stderr.write(line) },
    logLevel: oneOf('--log-level', args.text('log-level') ?? (around.quiet ? 'silent' : 'info'), logLevels),
    page: fileURLToPath(new URL('../../../dist/web/search', import.meta.url)),
    mcp: service =>
      createMcpHandler({
        service,
        version: around.version(),
        onError: error => complain(around, error instanceof Error ? error.message : String(error)),
      }),
    updateAtStart: !args.has('no-update') && !isWatched,
  });
  around.stdout.write(`${server.url}\n`);
  note(around, `serving ${printable(place.root)}; stop with Ctrl-C`);
  const watching = isWatched ? watch(index, server, place, settings.ignore, around) : undefined;
  return untilEnd(server, watching, around);
}

function requestSettings(
  args: Arguments,
): Pick<
  Parameters<typeof startServer>[0],
  | 'host'
  | 'port'
  | 'needsToken'
  | 'hosts'
  | 'origins'
  | 'ratePerMinute'
  | 'perClient'
  | 'deadlineMs'
  | 'memory'
  | 'logQueries'
> {
  return {
    host: args.text('host') ?? '127.0.0.1',
    port: args.whole('port', 0, 65_535) ?? defaultPort,
    needsToken: args.has('require-token'),
    hosts: args.texts('allow-host').map(name => name.toLowerCase()),
    origins: args.texts('cors').map(originOf),
    ratePerMinute: args.whole('rate-limit', 0, 1_000_000) ?? 6000,
    perClient: args.whole('concurrency', 1, 1000) ?? 32,
    deadlineMs: args.whole('deadline', 10, 600_000) ?? 10_000,
    memory: (args.whole('memory', 0, 1_000_000) ?? 1024) * 2 ** 20,
    logQueries: args.has('log-queries'),
  };
}

function originOf(text: string): string {
  const parsed = URL.parse(text);
  if (!parsed || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') || parsed.origin !== text)
    throw new QuarryError('usage', `--cors ${text}: not an origin`, 'write it as https://code.example');
  return text;
}

/** Updates whenever the tree changes. Where it cannot be watched, one update at the start has to do. */
async function watch(
  { indexFile }: CodeIndex,
  { service }: RunningServer,
  { root, workspace }: Place,
  ignore: Parameters<typeof keepFresh>[1]['ignore'],
  around: Surroundings,
): Promise<KeptFresh | undefined> {
  const failed = (error: unknown) => {
    if (!(error instanceof QuarryError && error.code === 'aborted'))
      complain(around, `the update failed: ${error instanceof Error ? error.message : String(error)}`);
  };
  const { roots, missing } = workspace ? watchedRoots(workspace.sources) : { roots: [root], missing: [] };
  for (const path of missing) note(around, `${path} is not there and not watched`);
  try {
    return await keepFresh(service, {
      roots,
      ...(ignore ? { ignore } : {}),
      exclude: [indexFile, `${indexFile}-wal`, `${indexFile}-shm`, `${indexFile}.serve.json`],
      onNote: text => note(around, text),
      onError: failed,
    });
  } catch (error) {
    complain(around, `cannot watch ${root}: ${error instanceof Error ? error.message : String(error)}`);
    service.update().catch(failed);
    return undefined;
  }
}

/** 0 when it was told to end, 2 when it had to. */
async function untilEnd(
  server: RunningServer,
  watching: Promise<KeptFresh | undefined> | undefined,
  around: Surroundings,
): Promise<number> {
  const stop = async () => {
    // Whoever insists does not want to wait.
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(130));
    await server.stop();
  };
  void endSignal().then(stop);
  const { reason } = await server.ended;
  await (await watching)?.close();
  if (reason === undefined) return 0;
  complain(around, reason, 'give it more, or index less: see docs/serving.md');
  return 2;
}
