import type { Language } from './language.ts';

export const bash: Language = {
  id: 'bash',
  name: 'Shell',
  extensions: ['.sh', '.bash', '.zsh', '.ksh', '.bats', '.ebuild', '.eclass'],
  filenames: [
    '.bashrc',
    '.bash_profile',
    '.bash_aliases',
    '.bash_logout',
    '.profile',
    '.zshrc',
    '.zshenv',
    '.zprofile',
    'PKGBUILD',
    'APKBUILD',
  ],
  interpreters: ['sh', 'bash', 'dash', 'zsh', 'ksh', 'ash', 'bats', 'busybox'],
  grammar: 'bash',
  quickCompile: true,
  lineComment: '#',
  separator: '.',
  keywords: { source: 'import', '.': 'import' },
  topQuery: `
(command name: (command_name (word) @keyword) . argument: (_) @name) @unit.keyword
`,
  query: `
(function_definition name: (word) @name body: (_) @body) @unit.function
(comment) @comment
`,
};
