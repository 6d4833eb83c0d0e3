import { CommanderError } from 'commander';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { CommandError, toCommandError } from './command-error.ts';
import { unknownVariables } from './known-variables.ts';
import { printError, printErrorDocument } from './output.ts';
import { createProgram } from './program.ts';

/** Runs one command line. @returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  for (const text of unknownVariables(process.env)) process.stderr.write(`warning: ${text}\n`);
  try {
    const program = await createProgram(argv[0]);
    await program.parseAsync([...argv], { from: 'user' });
    // A command that has answered may still say with this that the answer is a refusal.
    return Number(process.exitCode ?? CommandExitCode.Ok);
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

const exitCode = await main(process.argv.slice(2));
// A long poll for a workflow that waits for a person would keep the process for half a minute.
process.exit(exitCode);
