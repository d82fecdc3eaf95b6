import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** How the server is started. */
export interface Launch {
  command: string;
  args: string[];
}

/** Where a user's configurations lie. */
export interface Locations {
  platform: NodeJS.Platform;
  home: string;
  /** `$XDG_CONFIG_HOME`, else `~/.config`. */
  config: string;
  /** Where applications keep theirs: `%APPDATA%`, `~/Library/Application Support`, or `config`. */
  applications: string;
  env: Readonly<Record<string, string | undefined>>;
}

/** A program that talks to tool servers, as data. */
export interface Client {
  id: string;
  name: string;
  format: 'json' | 'toml';
  /** Where its servers stand in the file. */
  key: string;
  /** The user's file. */
  file: (at: Locations) => string;
  /** The file of a project, below its root; absent if there is none. */
  projectFile?: string;
  entry: (launch: Launch) => Record<string, unknown>;
  /**
   * How its servers know the project: they are started in it; a variable in an argument stands for it; or they do not, so that the
   * configuration must name it.
   */
  project: 'current-directory' | 'variable' | 'named';
  /** What makes it read the file again. */
  afterwards: string;
}

/** What Cursor and VS Code put the open folder's path in place of. */
export const folderVariable: string = ['$', '{workspaceFolder}'].join('');

const plain = ({ command, args }: Launch): Record<string, unknown> => ({ command, args });
const typed = (launch: Launch): Record<string, unknown> => ({ type: 'stdio', ...plain(launch) });

export const clients: readonly Client[] = [
  {
    id: 'claude-code',
    name: 'Claude Code',
    format: 'json',
    key: 'mcpServers',
    file: ({ home, env }) => join(env['CLAUDE_CONFIG_DIR'] || home, '.claude.json'),
    projectFile: '.mcp.json',
    entry: typed,
    project: 'current-directory',
    afterwards: 'start a new session; /mcp lists it',
  },
  {
    id: 'claude-desktop',
    name: 'Claude Desktop',
    format: 'json',
    key: 'mcpServers',
    file: ({ applications }) => join(applications, 'Claude', 'claude_desktop_config.json'),
    entry: plain,
    project: 'named',
    afterwards: 'quit and start it again',
  },
  {
    id: 'cursor',
    name: 'Cursor',
    format: 'json',
    key: 'mcpServers',
    file: ({ home }) => join(home, '.cursor', 'mcp.json'),
    projectFile: '.cursor/mcp.json',
    entry: typed,
    project: 'variable',
    afterwards: 'switch it on under Settings, MCP',
  },
  {
    id: 'vscode',
    name: 'VS Code',
    format: 'json',
    key: 'servers',
    file: ({ applications }) => join(applications, 'Code', 'User', 'mcp.json'),
    projectFile: '.vscode/mcp.json',
    entry: typed,
    project: 'variable',
    afterwards: 'run "MCP: List Servers" and start it',
  },
  {
    id: 'codex',
    name: 'Codex',
    format: 'toml',
    key: 'mcp_servers',
    file: ({ home, env }) => join(env['CODEX_HOME'] || join(home, '.codex'), 'config.toml'),
    projectFile: '.codex/config.toml',
    entry: plain,
    project: 'current-directory',
    afterwards: 'start a new session; /mcp lists it',
  },
  {
    id: 'gemini',
    name: 'Gemini CLI',
    format: 'json',
    key: 'mcpServers',
    file: ({ home }) => join(home, '.gemini', 'settings.json'),
    projectFile: '.gemini/settings.json',
    entry: plain,
    project: 'current-directory',
    afterwards: 'start a new session; /mcp lists it',
  },
  {
    id: 'windsurf',
    name: 'Windsurf',
    format: 'json',
    key: 'mcpServers',
    file: ({ home }) => join(home, '.codeium', 'windsurf', 'mcp_config.json'),
    entry: plain,
    project: 'named',
    afterwards: 'press refresh in the list of its tools',
  },
  {
    id: 'zed',
    name: 'Zed',
    format: 'json',
    key: 'context_servers',
    file: ({ platform, home, config, applications }) =>
      platform === 'win32'
        ? join(applications, 'Zed', 'settings.json')
        : join(platform === 'darwin' ? join(home, '.config') : config, 'zed', 'settings.json'),
    projectFile: '.zed/settings.json',
    entry: launch => ({ source: 'custom', ...plain(launch) }),
    project: 'named',
    afterwards: 'nothing is to be done; the agent panel lists it',
  },
  {
    id: 'opencode',
    name: 'opencode',
    format: 'json',
    key: 'mcp',
    file: ({ config }) => {
      const commented = join(config, 'opencode', 'opencode.jsonc');
      return existsSync(commented) ? commented : join(config, 'opencode', 'opencode.json');
    },
    projectFile: 'opencode.json',
    entry: ({ command, args }) => ({ type: 'local', command: [command, ...args] }),
    project: 'current-directory',
    afterwards: 'start a new session',
  },
];

/** Where configurations lie for these variables. */
export function locations(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): Locations {
  const home = (platform === 'win32' ? env['USERPROFILE'] : undefined) || env['HOME'] || homedir();
  const config = env['XDG_CONFIG_HOME'] || join(home, '.config');
  const applications =
    platform === 'win32'
      ? env['APPDATA'] || join(home, 'AppData', 'Roaming')
      : platform === 'darwin'
        ? join(home, 'Library', 'Application Support')
        : config;
  return { platform, home, config, applications, env };
}
