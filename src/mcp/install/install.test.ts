import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { QuarryError } from '../../core/errors.ts';
import { clients, locations } from './clients.ts';
import { configurationText, install } from './install.ts';
import { parseJson } from './json-parse.ts';
import { scanToml } from './toml-scan.ts';

const scratch = mkdtempSync(join(tmpdir(), 'quarry-install-'));
let counter = 0;
let home: string;
beforeEach(() => {
  home = join(scratch, String(counter++));
  mkdirSync(home);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const launch = { command: '/usr/bin/node', args: ['/opt/quarry/main.js', 'mcp', '/home/me/"my" app'] };

/** A line without its comma, also before a comment: one may have been added. */
function plain(line: string): string {
  return line.replace(/,(?=(?: \/\*.*)?$)/, '');
}

function put(file: string, text: string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

describe.each(clients)('$name', client => {
  const existing =
    client.format === 'json'
      ? `{\n  // mine\n  "theme": "dark",\n  "${client.key}": {\n    "other": { "command": "x", "args": [] } /* keep */\n  },\n}\n`
      : '# mine\nmodel = "x"\n\n[mcp_servers.other]\ncommand = "x" # keep\n\n[profiles.a]\nmodel = "y"\n';

  test('a new file, and a second time nothing', () => {
    const file = client.file(locations({ HOME: home }, 'linux'));
    expect(file.startsWith(home)).toBe(true);
    expect(install(client, file, launch)).toEqual({ outcome: 'created' });
    const text = readFileSync(file, 'utf8');
    expect(text).toBe(configurationText(client, launch));
    expect(text).toContain(String.raw`/home/me/\"my\" app`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(install(client, file, launch)).toEqual({ outcome: 'unchanged' });
    expect(readdirSync(dirname(file))).toHaveLength(1);
  });

  test('all else in the file stays, to the character, and a backup is kept', () => {
    const file = put(client.file(locations({ HOME: home }, 'linux')), existing);
    const { outcome, backup } = install(client, file, launch);
    expect(outcome).toBe('changed');
    expect(readFileSync(backup!, 'utf8')).toBe(existing);
    const after = readFileSync(file, 'utf8');
    // Without the lines that were added, it is what it was.
    const kept = after.split('\n');
    let at = 0;
    for (const line of existing.split('\n').filter(one => one.trim() !== '')) {
      const wanted = plain(line);
      const found = kept.findIndex((one, i) => i >= at && plain(one) === wanted);
      expect(found, line).toBeGreaterThanOrEqual(at);
      at = found;
    }
    if (client.format === 'json')
      expect(parseJson(after).data).toMatchObject({
        theme: 'dark',
        [client.key]: { other: { command: 'x', args: [] }, quarry: client.entry(launch) },
      });
    else
      expect(
        scanToml(after)
          .filter(({ kind }) => kind === 'table')
          .map(({ keys }) => keys.join('.')),
      ).toEqual(['mcp_servers.other', 'profiles.a', 'mcp_servers.quarry']);
    expect(install(client, file, launch)).toEqual({ outcome: 'unchanged' });
    // Another path: only that changes; what its owner added stays.
    const again = install(client, file, { ...launch, args: ['elsewhere'] });
    expect(again.outcome).toBe('changed');
    expect(readFileSync(file, 'utf8')).toContain('elsewhere');
    expect(again.backup).not.toBe(backup);
  });

  test.each(['{ "a": ', '[broken', '{"a" 1}', 'a = = 1', '"text', '\u0000'])(
    'a file that is not understood: %j',
    text => {
      const file = put(join(home, 'broken'), text);
      expect(() => install(client, file, launch)).toThrow(QuarryError);
      expect(() => install(client, file, launch)).toThrow(/it was left as it is/);
      expect(readFileSync(file, 'utf8')).toBe(text);
      expect(readdirSync(home)).toEqual(['broken']);
    },
  );
});

test('what is set in another shape is left to its owner', () => {
  const [json, toml] = [
    clients.find(({ id }) => id === 'cursor')!,
    clients.find(({ id }) => id === 'codex')!,
  ];
  for (const text of ['{ "mcpServers": [] }', '{ "mcpServers": { "quarry": "x" } }', '[]', '"x"', '3'])
    expect(() => install(json, put(join(home, 'a.json'), text), launch)).toThrow(QuarryError);
  for (const text of [
    'mcp_servers = { quarry = { command = "x" } }\n',
    'mcp_servers.quarry.command = "x"\n',
    '[mcp_servers]\nquarry = { command = "x" }\n',
    '[[mcp_servers]]\ncommand = "x"\n',
  ])
    expect(() => install(toml, put(join(home, 'a.toml'), text), launch)).toThrow(/another way/);
});

test('an entry that is there keeps what its owner added: environment, switches', () => {
  const cursor = clients.find(({ id }) => id === 'cursor')!;
  const file = put(
    join(home, 'mcp.json'),
    '{"mcpServers": {"quarry": {"command": "old", "env": {"QUARRY_THREADS": "2"}, "disabled": true}}}',
  );
  install(cursor, file, launch);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    mcpServers: {
      quarry: { ...cursor.entry(launch), env: { QUARRY_THREADS: '2' }, disabled: true },
    },
  });
  const codex = clients.find(({ id }) => id === 'codex')!;
  const toml = put(
    join(home, 'config.toml'),
    'a = """\n[mcp_servers.quarry]\n"""\n[mcp_servers.quarry] # mine\nenabled = true\ncommand = "old" # here\n[mcp_servers.quarry.env]\nX = "1"\n',
  );
  install(codex, toml, launch);
  const text = readFileSync(toml, 'utf8');
  expect(text).toContain(
    'enabled = true\ncommand = "/usr/bin/node" # here\n[mcp_servers.quarry.env]\nX = "1"\n',
  );
  expect(text).toContain('[mcp_servers.quarry] # mine\nargs = [');
  expect(install(codex, toml, launch).outcome).toBe('unchanged');
});

test('line ends, indentation and a byte order mark stay', () => {
  const vscode = clients.find(({ id }) => id === 'vscode')!;
  const file = put(join(home, 'mcp.json'), '\ufeff{\r\n\t"servers": {\r\n\t\t"a": {}\r\n\t}\r\n}\r\n');
  install(vscode, file, { command: 'quarry', args: ['mcp'] });
  expect(readFileSync(file, 'utf8')).toBe(
    '\ufeff{\r\n\t"servers": {\r\n\t\t"a": {},\r\n\t\t"quarry": {\r\n\t\t\t"type": "stdio",\r\n\t\t\t"command": "quarry",\r\n\t\t\t"args": [\r\n\t\t\t\t"mcp"\r\n\t\t\t]\r\n\t\t}\r\n\t}\r\n}\r\n',
  );
});

test('a link stays a link', () => {
  const cursor = clients.find(({ id }) => id === 'cursor')!;
  const real = put(join(home, 'dotfiles/mcp.json'), '{}\n');
  symlinkSync(real, join(home, 'mcp.json'));
  install(cursor, join(home, 'mcp.json'), launch);
  expect(lstatSync(join(home, 'mcp.json')).isSymbolicLink()).toBe(true);
  expect(JSON.parse(readFileSync(real, 'utf8'))).toHaveProperty('mcpServers.quarry');
});

test('files lie where each system keeps them', () => {
  const at = (id: string, env: Record<string, string>, platform: NodeJS.Platform) =>
    clients.find(client => client.id === id)!.file(locations(env, platform));
  expect(at('vscode', { HOME: '/h' }, 'linux')).toBe('/h/.config/Code/User/mcp.json');
  expect(at('vscode', { HOME: '/h', XDG_CONFIG_HOME: '/x' }, 'linux')).toBe('/x/Code/User/mcp.json');
  expect(at('vscode', { HOME: '/h' }, 'darwin')).toBe('/h/Library/Application Support/Code/User/mcp.json');
  expect(at('claude-desktop', { USERPROFILE: '/u', APPDATA: '/a' }, 'win32')).toBe(
    '/a/Claude/claude_desktop_config.json',
  );
  expect(at('claude-desktop', { HOME: '/h' }, 'darwin')).toBe(
    '/h/Library/Application Support/Claude/claude_desktop_config.json',
  );
  expect(at('zed', { HOME: '/h', XDG_CONFIG_HOME: '/x' }, 'darwin')).toBe('/h/.config/zed/settings.json');
  expect(at('zed', { HOME: '/h', XDG_CONFIG_HOME: '/x' }, 'linux')).toBe('/x/zed/settings.json');
  expect(at('codex', { HOME: '/h', CODEX_HOME: '/c' }, 'linux')).toBe('/c/config.toml');
  expect(at('claude-code', { HOME: '/h' }, 'linux')).toBe('/h/.claude.json');
});

test('TOML as people write it is understood', () => {
  const text = [
    'a = 1_000 # comment',
    "b = 'it''s' ",
    'c = [ 1, 2, # in a list',
    '  3, ]',
    'd = { x = "}", y = [1] }',
    'e = 1979-05-27 07:32:00Z',
    "f = '''\n[not.a.table]\n'''",
    '"quoted key".sub = true',
    '[table."with.dots"]',
    'g = """a "quoted" \\""" text"""',
  ];
  expect(() => scanToml(text.filter((_, i) => i !== 1).join('\n'))).not.toThrow();
  // A string that ends in the middle of its line.
  expect(() => scanToml(text.join('\n'))).toThrow(/line 2/);
});
