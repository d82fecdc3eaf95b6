import type { UnitText } from '../../core/encoder.ts';

/** Goes into fingerprints: another number when `unitText` writes something else. */
export const unitTextVersion = 1;

/** How languages begin and end a comment; the others have those of C. */
const comments: Readonly<Record<string, readonly [string, string]>> = {
  python: ['"""', '"""'],
  elixir: ['@doc """\n', '\n"""'],
  lua: ['--[[ ', ' ]]'],
  haskell: ['{- | ', ' -}'],
  markdown: ['', ''],
  text: ['', ''],
};

/** Languages with nothing but comments to the end of the line. */
const lineComments: Readonly<Record<string, string>> = { bash: '# ', ruby: '# ', zig: '/// ' };

/**
 * One text of a unit, in the form models have seen code in: the doc comment in the language's own syntax, then the code.
 * The qualified name stands first in the comment where the code does not say it itself. Cut texts lose their end.
 */
export function unitText({ name, doc, code, language }: UnitText): string {
  const remark = [code.includes(name) ? '' : name, doc].filter(text => text !== '').join('\n');
  if (remark === '') return code;
  const line = lineComments[language];
  if (line !== undefined) return `${remark.replace(/^/gm, line)}\n${code}`;
  const [open, close] = comments[language] ?? ['/** ', ' */'];
  return `${open}${remark}${close}\n${code}`;
}
