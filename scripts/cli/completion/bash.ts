/** The completion of bash: one function, in which every command's words stand. */
import type { Command, Parameter } from '../command.ts';
import { hasJson } from '../command-line.ts';

/** To be sourced. Completes `pod-patterns` and `npx pod-patterns`. */
export function bashCompletion(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const cases = commands.flatMap((command) => {
    const values = Object.entries(command.settings ?? {}).map(
      ([option, setting]) => `'${command.name} --${option}') ${suggestions(setting)} ;;`,
    );
    const { argument } = command;
    return [
      ...values,
      `'${command.name} '*)`,
      `  if [[ $current == -* ]]; then COMPREPLY=($(compgen -W '${optionsOf(command).join(' ')}' -- "$current"))`,
      ...(argument?.choices === undefined ? [] : [`  else ${suggestions(argument)}`]),
      '  fi ;;',
    ];
  });
  return `# Completion of pod-patterns for bash:  source <(npx pod-patterns completion bash)

_pod_patterns_several() {
  # The last of several words with commas between them.
  local begun=""
  [[ $current == *,* ]] && begun="\${current%,*},"
  COMPREPLY=($(compgen -P "$begun" -W "$1" -- "\${current##*,}"))
  compopt -o nospace 2>/dev/null
}

_pod_patterns() {
  local first=1
  [[ \${COMP_WORDS[0]##*/} == npx ]] && first=2
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  COMPREPLY=()
  if ((COMP_CWORD < first)); then
    COMPREPLY=($(compgen -W pod-patterns -- "$current"))
    return
  fi
  [[ $first == 2 && \${COMP_WORDS[1]} != pod-patterns ]] && return
  if ((COMP_CWORD == first)); then
    COMPREPLY=($(compgen -W '${names} --help' -- "$current"))
    return
  fi
  case "\${COMP_WORDS[first]} $previous" in
${cases.map((line) => `    ${line}`).join('\n')}
  esac
}

complete -F _pod_patterns pod-patterns
# npx has no completion of its own in most installations; one that is there stays.
complete -p npx &>/dev/null || complete -F _pod_patterns -o default npx
`;
}

function optionsOf(command: Command): string[] {
  const names = [...Object.keys(command.settings ?? {}), ...Object.keys(command.switches ?? {})];
  return [...names, ...(hasJson(command) ? ['json'] : []), 'help'].map((name) => `--${name}`);
}

/** What sets COMPREPLY to the values there are; nothing, where there may be any. */
function suggestions({ choices, isList, suggest }: Parameter): string {
  if (choices !== undefined && isList === true) return `_pod_patterns_several '${choices.join(' ')}'`;
  const words = choices === undefined ? suggest && `"$(${suggest} 2>/dev/null)"` : `'${choices.join(' ')}'`;
  return words === undefined ? ':' : `COMPREPLY=($(compgen -W ${words} -- "$current"))`;
}
