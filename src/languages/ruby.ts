import type { Language } from './language.ts';

export const ruby: Language = {
  id: 'ruby',
  name: 'Ruby',
  extensions: ['.rb', '.rake', '.gemspec', '.ru', '.podspec', '.jbuilder', '.rbw'],
  filenames: [
    'Rakefile',
    'Gemfile',
    'Guardfile',
    'Capfile',
    'Vagrantfile',
    'Podfile',
    'Brewfile',
    'Fastfile',
  ],
  interpreters: ['ruby', 'jruby', 'rbx'],
  grammar: 'ruby',
  lineComment: '#',
  separator: '::',
  memberSeparator: '#',
  staticSeparator: '.',
  memberOf: ['module'],
  keywords: { require: 'import', require_relative: 'import', load: 'import' },
  topQuery: `
(assignment left: (constant) @name) @unit.constant.lines2
(call
  method: (identifier) @keyword
  arguments: (argument_list . (string (string_content) @name))) @unit.keyword
`,
  query: `
(class name: (_) @name body: (_)? @body) @unit.class
(module name: (_) @name body: (_)? @body) @unit.module
(singleton_class body: (body_statement (method name: (_) @name body: (_)? @body) @unit.method.static))
(method name: (_) @name body: (_)? @body) @unit.function
(singleton_method object: (self) name: (_) @name body: (_)? @body) @unit.method.static
(singleton_method object: (constant) @owner name: (_) @name body: (_)? @body) @unit.method.static
(assignment left: (constant) @name right: (call block: (_))) @unit.class.lines3
(comment) @comment
`,
};
