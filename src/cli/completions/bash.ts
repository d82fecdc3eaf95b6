import { type CompletedCommand, quoted } from './model.ts';
import type { Values } from './values.ts';

/** A completion script for bash 3.2 and newer, without the package bash-completion. */
export function bashScript(commands: readonly CompletedCommand[]): string {
  const main = commands[0]!;
  const names = commands.map(({ name }) => name);
  const flagsOf = ({ flags }: CompletedCommand) =>
    flags.flatMap(({ long, short }) => (short === undefined ? [long] : [long, short])).join(' ');
  const cases = commands.map(command => {
    const { name, first, paths } = command;
    return `    ${name})
      flags=${quoted(flagsOf(command))}
      words=${quoted(first.words.join(' '))}
      paths=${paths ? 1 : 0}
      ;;`;
  });
  const valueCases = commands.flatMap(({ name, flags }) =>
    flags.flatMap(({ long, short, values }) => {
      if (values === undefined) return [];
      const patterns = [long, ...(short === undefined ? [] : [short])].map(flag => `${name}:${flag}`);
      return [`    ${patterns.join('|')}) ${action(values)} ;;`];
    }),
  );
  return `# bash completion for quarry; made by: quarry completions bash
_quarry_words() {
  local IFS=$' \\t\\n'
  COMPREPLY=($(compgen -W "$1" -- "$current"))
}

# The last of some words joined by commas; the ones before it stay.
_quarry_list() {
  local IFS=$' \\t\\n' done= last=$current
  if [[ $current == *,* ]]; then
    done=\${current%,*},
    last=\${current##*,}
  fi
  COMPREPLY=($(compgen -W "$1" -P "$done" -- "$last"))
  compopt -o nospace 2>/dev/null || :
}

_quarry_paths() {
  local IFS=$'\\n'
  COMPREPLY+=($(compgen "$1" -- "$current"))
  compopt -o filenames 2>/dev/null || :
}

# Values of a flag of a command; fails for a switch.
_quarry_value() {
  case $1:$2 in
${valueCases.join('\n')}
    *) return 1 ;;
  esac
}

_quarry() {
  COMPREPLY=()
  local current=\${COMP_WORDS[COMP_CWORD]} previous= command= flags= words= paths=0 i
  [[ $COMP_CWORD -gt 0 ]] && previous=\${COMP_WORDS[COMP_CWORD-1]}
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${names.join('|')}) [[ $i -eq 1 ]] && command=\${COMP_WORDS[i]} ;;
    esac
  done
  local named=\${command:-${main.name}}
  # bash cuts --flag=value into three words.
  if [[ $current == = ]]; then
    current=
    _quarry_value "$named" "$previous" && return
  elif [[ $previous == = && $COMP_CWORD -gt 2 ]]; then
    _quarry_value "$named" "\${COMP_WORDS[COMP_CWORD-2]}" && return
  elif [[ $previous == -* ]]; then
    _quarry_value "$named" "$previous" && return
  fi
  case $named in
${cases.join('\n')}
  esac
  if [[ $current == -* ]]; then
    _quarry_words "$flags"
    return
  fi
  [[ $COMP_CWORD -eq 1 ]] && words=${quoted(names.join(' '))}
  [[ -n $command && $COMP_CWORD -gt 2 ]] && words=
  _quarry_words "$words"
  [[ $paths -eq 1 ]] && _quarry_paths -f
  return 0
}

complete -F _quarry quarry
`;
}

function action({ words, paths, list }: Values): string {
  const parts =
    words.length > 0 ? [`${list ? '_quarry_list' : '_quarry_words'} ${quoted(words.join(' '))}`] : [];
  if (paths !== 'none') parts.push(`_quarry_paths ${paths === 'files' ? '-f' : '-d'}`);
  return parts.length === 0 ? ':' : parts.join('; ');
}
