import { argumentCases, commandPattern, optionCases } from './case-lines.ts';
import { quoted, valuedOptions } from './command-tree.ts';
import type { CommandSpec, ValueSpec } from './command-tree.ts';

/**
 * Completion for bash 4 or later. It needs nothing of the bash-completion package, and starts no
 * process except where ids of the store are due.
 */
export function bashScript(tree: readonly CommandSpec[]): string {
  return `# Completion of strategy-loop for bash. Load it with:
#   source <(strategy-loop completion bash)
_strategy_loop() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  local path= position=0 skip= word
  # "--name=value" arrives as three words.
  if [[ $cur == = ]]; then cur=; prev=\${COMP_WORDS[COMP_CWORD-1]}
  elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  local i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ -n $skip ]]; then [[ $word == = ]] || skip=; continue; fi
    case $word in
      ${valuedOptions(tree).join('|')}) skip=yes ;;
      -*) ;;
      *) case "$path $word" in
          ${commandPattern(tree)}) path="\${path:+$path }$word" ;;
          *) position=$((position + 1)) ;;
        esac ;;
    esac
  done
  case "$path $prev" in
${optionCases(tree, reply).join('\n')}
  esac
  if [[ $cur == -* ]]; then
    case $path in
${tree.map(({ path, options }) => `      ${quoted(path)}) COMPREPLY=($(compgen -W ${quoted(options.map(({ name }) => name).join(' '))} -- "$cur")) ;;`).join('\n')}
    esac
    return
  fi
  case "$path $position" in
${tree.flatMap(positionCases).join('\n')}
  esac
}
complete -F _strategy_loop strategy-loop`;
}

function positionCases({ path, subcommands, values }: CommandSpec): string[] {
  if (subcommands.length > 0) {
    const names = subcommands.map(({ name }) => name).join(' ');
    return [`    ${quoted(`${path} 0`)}) COMPREPLY=($(compgen -W ${quoted(names)} -- "$cur")) ;;`];
  }
  return argumentCases(path, values, reply);
}

function reply({ choices, ids, isPath }: ValueSpec): string {
  if (choices.length > 0) {
    return `COMPREPLY=($(compgen -W ${quoted(choices.join(' '))} -- "$cur"))`;
  }
  if (ids !== null) {
    const asked = `strategy-loop ids ${ids} -- "\${COMP_WORDS[@]:1}" 2>/dev/null`;
    return `COMPREPLY=($(compgen -W "$(${asked})" -- "$cur"))`;
  }
  return isPath ? 'COMPREPLY=($(compgen -f -- "$cur"))' : 'COMPREPLY=()';
}
