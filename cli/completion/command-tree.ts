import type { Argument, Command, Option } from 'commander';
import { calendarNames } from '../../adapters/calendars/load-calendar.ts';

/** Ids that are looked up in the store while the reader types. */
export const ID_KINDS = ['strategies', 'cycles', 'series', 'releases'] as const;
export type IdKind = (typeof ID_KINDS)[number];

/** What stands at an argument or behind an option, by its name. */
const IDS: Readonly<Record<string, IdKind>> = {
  '--strategy': 'strategies',
  strategy: 'strategies',
  cycle: 'cycles',
  series: 'series',
  a: 'releases',
  b: 'releases',
};
/** Arguments and options that take an exchange. */
const EXCHANGES = ['exchange', '--calendar'];

/** What may follow an option, or stand as an argument. */
export interface ValueSpec {
  readonly choices: readonly string[];
  readonly ids: IdKind | null;
  readonly isPath: boolean;
}

export interface OptionSpec {
  /** With its dashes. */
  readonly name: string;
  readonly description: string;
  /** Null for an option without a value. */
  readonly value: ValueSpec | null;
}

/** A command as a completion sees it. */
export interface CommandSpec {
  /** Words that lead to it; empty for the program itself. */
  readonly path: string;
  readonly description: string;
  readonly subcommands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly OptionSpec[];
  readonly values: readonly ValueSpec[];
}

/** @returns the program and all its commands, the program first. */
export function commandTree(program: Command): CommandSpec[] {
  return walk(program, []);
}

function walk(command: Command, words: readonly string[]): CommandSpec[] {
  const help = command.createHelp();
  const below = help.visibleCommands(command).filter((each) => each.name() !== 'help');
  const spec: CommandSpec = {
    path: words.join(' '),
    description: command.description(),
    subcommands: below.map((each) => ({ name: each.name(), description: each.description() })),
    options: help.visibleOptions(command).map(optionSpec),
    values: command.registeredArguments.map(argumentSpec),
  };
  return [spec, ...below.flatMap((each) => walk(each, [...words, each.name()]))];
}

function optionSpec(option: Option): OptionSpec {
  const { description, required, optional } = option;
  const name = option.long ?? option.short ?? '';
  if (!required && !optional) return { name, description, value: null };
  // Commander keeps what is between the brackets in its flags only.
  const isPath = /<(file|directory)>/.test(option.flags);
  return { name, description, value: { ...valueOf(name, option.argChoices), isPath } };
}

function argumentSpec(argument: Argument): ValueSpec {
  const name = argument.name();
  return { ...valueOf(name, argument.argChoices), isPath: name === 'file' };
}

function valueOf(name: string, choices: readonly string[] | undefined): Omit<ValueSpec, 'isPath'> {
  if (EXCHANGES.includes(name)) return { choices: calendarNames(), ids: null };
  return { choices: choices ?? [], ids: IDS[name] ?? null };
}

/** Options with a value, of whichever command: the word after one of them is no command. */
export function valuedOptions(tree: readonly CommandSpec[]): string[] {
  const options = tree.flatMap((command) => command.options);
  return [...new Set(options.filter(({ value }) => value !== null).map(({ name }) => name))];
}

/** Text within single quotes of a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
