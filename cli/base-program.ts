import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { CommandError, toCommandError } from './command-error.ts';
import { printError, printErrorDocument } from './output.ts';
import { packagePath } from './package-path.ts';

/** `strategy-loop` without any command. */
export function createBaseProgram(): Command {
  const manifest = JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as {
    version: string;
  };
  return new Command('strategy-loop')
    .description(
      'A self-improving trading-strategy loop: collect, trade, analyze, retrain, roll out',
    )
    .version(manifest.version)
    .showSuggestionAfterError()
    .showHelpAfterError('(see --help)')
    .exitOverride();
}

/** Runs one command line. @returns the exit code. */
export async function runProgram(program: Command, argv: readonly string[]): Promise<number> {
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return CommandExitCode.Ok;
  } catch (error) {
    // Commander has printed its own text: help and version are fine, anything else is misuse.
    const json = argv.includes('--json');
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return CommandExitCode.Ok;
      if (json) printErrorDocument(new CommandError(CommandExitCode.Usage, error.message));
      return CommandExitCode.Usage;
    }
    const failure = toCommandError(error);
    printError(failure, json);
    return failure.exitCode;
  }
}
