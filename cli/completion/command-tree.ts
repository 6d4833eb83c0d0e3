import type { Argument, Command, Option } from 'commander';

/** Ids that are looked up in the store while the reader types. */
export type IdKind = 'strategies' | 'cycles';

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
  const ids = name === '--strategy' ? 'strategies' : null;
  // Commander keeps what is between the brackets in its flags only.
  const isPath = /<(file|directory)>/.test(option.flags);
  return { name, description, value: { choices: option.argChoices ?? [], ids, isPath } };
}

function argumentSpec(argument: Argument): ValueSpec {
  const ids = argument.name() === 'cycle' ? 'cycles' : null;
  return { choices: argument.argChoices ?? [], ids, isPath: argument.name() === 'file' };
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
