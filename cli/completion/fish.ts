import { quoted, valuedOptions } from './command-tree.ts';
import type { CommandSpec, ValueSpec } from './command-tree.ts';

/** Completion for fish 3 or later, with the descriptions of commands and options. */
export function fishScript(tree: readonly CommandSpec[]): string {
  const paths = tree.slice(1).map(({ path }) => quoted(path));
  return `# Completion of strategy-loop for fish. Load it with:
#   strategy-loop completion fish | source
function __strategy_loop_at --description 'Is the command line at this command?'
    set -l path
    set -l skip no
    for word in (commandline -opc)[2..-1]
        if test $skip = yes
            set skip no
        else if contains -- $word ${valuedOptions(tree).join(' ')}
            set skip yes
        else if contains -- (string join ' ' $path $word) ${paths.join(' ')}
            set path $path $word
        end
    end
    test (string join ' ' $path) = "$argv"
end
complete -c strategy-loop -f
${tree.flatMap(commandLines).join('\n')}`;
}

function commandLines({ path, subcommands, options, values }: CommandSpec): string[] {
  const at = `complete -c strategy-loop -n ${quoted(`__strategy_loop_at ${path}`.trim())}`;
  return [
    ...subcommands.map(
      ({ name, description }) => `${at} -a ${quoted(name)} -d ${fishText(description)}`,
    ),
    ...values.flatMap((value) => (reply(value) === '' ? [] : [`${at} ${reply(value)}`])),
    ...options.map(({ name, description, value }) => {
      const how = value === null ? '' : ` -x ${reply(value)}`.trimEnd();
      return `${at} -l ${name.replace(/^--/, '')}${how} -d ${fishText(description)}`;
    }),
  ];
}

function reply({ choices, ids, isPath }: ValueSpec): string {
  if (choices.length > 0) return `-a ${quoted(choices.join(' '))}`;
  if (ids !== null) {
    return `-a ${quoted(`(strategy-loop ids ${ids} -- (commandline -opc)[2..-1] 2>/dev/null)`)}`;
  }
  return isPath ? '-F' : '';
}

/** Within single quotes fish knows two escapes: of the quote, and of the backslash. */
function fishText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
