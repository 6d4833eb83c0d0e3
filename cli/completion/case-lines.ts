import { quoted } from './command-tree.ts';
import type { CommandSpec, ValueSpec } from './command-tree.ts';

/** What a shell is told to offer for a value. */
type Reply = (value: ValueSpec) => string;

/** Pattern of a `case` that knows a word as the next one of a command: what leads to it, then it. */
export function commandPattern(tree: readonly CommandSpec[]): string {
  return tree
    .slice(1)
    .map(({ path }) => quoted(path.includes(' ') ? path : ` ${path}`))
    .join('|');
}

/** Lines of a `case` over command and option, for options with a value. */
export function optionCases(tree: readonly CommandSpec[], reply: Reply): string[] {
  return tree.flatMap(({ path, options }) =>
    options.flatMap(({ name, value }) =>
      value === null ? [] : [`    ${quoted(`${path} ${name}`)}) ${reply(value)}; return ;;`],
    ),
  );
}

/** Lines of a `case` over command and position, for arguments. */
export function argumentCases(path: string, values: readonly ValueSpec[], reply: Reply): string[] {
  return values.map(
    (value, index) => `    ${quoted(`${path} ${String(index)}`)}) ${reply(value)} ;;`,
  );
}
