import { argumentCases, commandPattern, optionCases } from './case-lines.ts';
import { quoted, valuedOptions } from './command-tree.ts';
import type { CommandSpec, ValueSpec } from './command-tree.ts';

/** Completion for zsh, with the descriptions of commands and options. */
export function zshScript(tree: readonly CommandSpec[]): string {
  return `#compdef strategy-loop
# Completion of strategy-loop for zsh. Load it with:
#   source <(strategy-loop completion zsh)
_strategy_loop() {
  local cur=\${words[CURRENT]} prev=\${words[CURRENT-1]} path_= word skip=
  local -i position=0 i
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    if [[ -n $skip ]]; then skip=; continue; fi
    case $word in
      ${valuedOptions(tree).join('|')}) skip=yes ;;
      -*) ;;
      *) case "$path_ $word" in
          ${commandPattern(tree)}) path_="\${path_:+$path_ }$word" ;;
          *) position+=1 ;;
        esac ;;
    esac
  done
  case "$path_ $prev" in
${optionCases(tree, reply).join('\n')}
  esac
  if [[ $cur == -* ]]; then
    case $path_ in
${tree.map(optionCase).join('\n')}
    esac
    _describe option found
    return
  fi
  case "$path_ $position" in
${tree.flatMap(positionCases).join('\n')}
  esac
}
compdef _strategy_loop strategy-loop`;
}

/** `_describe` takes the part before a colon as the word. */
function described(name: string, description: string): string {
  return quoted(`${name.replaceAll(':', '\\:')}:${description}`);
}

function optionCase({ path, options }: CommandSpec): string {
  const items = options.map(({ name, description }) => described(name, description));
  return `      ${quoted(path)}) found=(${items.join(' ')}) ;;`;
}

function positionCases({ path, subcommands, values }: CommandSpec): string[] {
  if (subcommands.length > 0) {
    const items = subcommands.map(({ name, description }) => described(name, description));
    return [`    ${quoted(`${path} 0`)}) found=(${items.join(' ')}); _describe command found ;;`];
  }
  return argumentCases(path, values, reply);
}

function reply({ choices, ids, isPath }: ValueSpec): string {
  if (choices.length > 0) return `compadd -- ${choices.map(quoted).join(' ')}`;
  if (ids !== null) {
    return `found=(\${(f)"$(strategy-loop ids ${ids} -- "\${words[@]:1}" 2>/dev/null)"}); compadd -a found`;
  }
  return isPath ? '_files' : 'true';
}
