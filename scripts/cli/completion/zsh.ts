/** The completion of zsh: each command's options for _arguments, with what they do. */
import type { Command, Parameter } from '../command.ts';
import { shellWord } from '../../host/shell-word.ts';
import { hasJson } from '../command-line.ts';

/** To be sourced, or put as `_pod-patterns` into a folder of fpath. Completes `pod-patterns` and `npx pod-patterns`. */
export function zshCompletion(commands: readonly Command[]): string {
  const described = commands.map(({ name, summary }) => shellWord(`${name}:${summary}`));
  const cases = commands.map(
    (command) => `    ${command.name}) _arguments ${specsOf(command).map(shellWord).join(' ')} ;;`,
  );
  return `#compdef pod-patterns
# Completion of pod-patterns for zsh, after compinit:  source <(npx pod-patterns completion zsh)

_pod_patterns() {
  local -a commands=(
${described.map((line) => `    ${line}`).join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe -t commands command commands
    return
  fi
  shift words
  ((CURRENT -= 1))
  case $words[1] in
${cases.join('\n')}
  esac
}

_pod_patterns_npx() {
  if ((CURRENT == 2)); then
    compadd pod-patterns
  elif [[ $words[2] == pod-patterns ]]; then
    shift words
    ((CURRENT -= 1))
    _pod_patterns
  else
    _default
  fi
}

compdef _pod_patterns pod-patterns
# One that is there stays.
[[ -n \${_comps[npx]} ]] || compdef _pod_patterns_npx npx
`;
}

/** As _arguments takes them: \`--name[what it does]:VALUE:what it may be\`. */
function specsOf(command: Command): string[] {
  const settings = Object.entries(command.settings ?? {}).map(
    ([name, setting]) => `--${name}[${escape(setting.summary)}]${valueOf(setting)}`,
  );
  const switches = Object.entries({
    ...command.switches,
    ...(hasJson(command) && { json: 'print the result as one JSON document on stdout' }),
    help: 'show what there is',
  }).map(([name, summary]) => `--${name}[${escape(summary)}]`);
  return [...settings, ...switches, ...(command.argument === undefined ? [] : [`1${valueOf(command.argument)}`])];
}

function valueOf({ placeholder, choices, isList, suggest }: Parameter): string {
  const name = escape(placeholder);
  if (choices !== undefined) {
    return isList === true ? `:${name}:_values -s , ${name} ${choices.join(' ')}` : `:${name}:(${choices.join(' ')})`;
  }
  return suggest === undefined ? `:${name}: ` : `:${name}:(\${(f)"$(${suggest} 2>/dev/null)"})`;
}

/** A colon and brackets mean something to _arguments. */
function escape(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&');
}
