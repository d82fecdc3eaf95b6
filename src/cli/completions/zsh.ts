import { type CompletedCommand, type CompletedFlag, quoted } from './model.ts';
import type { Values } from './values.ts';

/** A completion script for zsh: a file `_quarry` in fpath, or sourced after compinit. */
export function zshScript(commands: readonly CompletedCommand[]): string {
  const main = commands[0]!;
  const listed = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`).join('\n');
  const cases = commands.map(command => {
    const specs = command.flags.map(flag => `        ${spec(flag)}`);
    const first = quoted(`1: :${place(command.first, command.paths)}`);
    const rest = command.paths ? [`        ${quoted('*: :_files')}`] : [];
    return `    ${command.name})
      _arguments -s -S \\
${[...specs, `        ${first}`, ...rest].join(' \\\n')}
      ;;`;
  });
  const bare = main.flags.map(flag => `    ${spec(flag)}`).join(' \\\n');
  return `#compdef quarry
# zsh completion for quarry; made by: quarry completions zsh
_quarry_commands() {
  local -a commands
  commands=(
${listed}
  )
  _describe -t commands command commands
  _files
}

_quarry() {
  local curcontext=$curcontext
  local command=
  (( CURRENT > 2 )) && command=$words[2]
  case $command in
    ${commands.map(({ name }) => name).join('|')})
      shift words
      (( CURRENT-- ))
      ;;
    *) command= ;;
  esac
  case $command in
${cases.join('\n')}
    *)
      _arguments -s -S \\
${bare} \\
    ${quoted('1: :_quarry_commands')} \\
    ${quoted('*: :_files')}
      ;;
  esac
}

if [[ $funcstack[1] == _quarry ]]; then
  _quarry "$@"
else
  compdef _quarry quarry
fi
`;
}

function spec({ long, short, help, values }: CompletedFlag): string {
  const text = `[${help.replace(/[[\]\\]/g, '\\$&')}]`;
  const end = values === undefined ? '' : `: :${place(values, values.paths !== 'none')}`;
  const equals = values === undefined ? '' : '=';
  // `*`: a flag may be given again; the last one counts.
  if (short === undefined) return quoted(`*${long}${equals}${text}${end}`);
  const plus = values === undefined ? '' : '+';
  return `${quoted(`*${short}${plus}${text}${end}`)} ${quoted(`*${long}${equals}${text}${end}`)}`;
}

/** An action of `_arguments`. */
function place({ words, paths, list }: Values, hasPaths: boolean): string {
  const files = paths === 'directories' ? '_files -/' : '_files';
  if (words.length === 0) return hasPaths ? files : ' ';
  const escaped = words.map(word => word.replace(/[\\:() ]/g, '\\$&')).join(' ');
  if (list) return `_values -s , value ${escaped}`;
  return hasPaths ? `_alternative "words\\: \\:(${escaped})" "paths\\: \\:${files}"` : `(${escaped})`;
}
