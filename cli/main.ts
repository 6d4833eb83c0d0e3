import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { CommandError, toCommandError } from './command-error.ts';
import { addCheckCommands } from './commands/check.ts';
import { addCycleCommands } from './commands/cycle.ts';
import { addDemoCommand } from './commands/demo.ts';
import { addReleaseCommands } from './commands/release.ts';
import { addReplayCommand } from './commands/replay.ts';
import { addReportCommands } from './commands/report.ts';
import { addRetrainCommand } from './commands/retrain.ts';
import { addScheduleCommands } from './commands/schedule.ts';
import { addStatsCommand } from './commands/stats.ts';
import { addUpCommand } from './commands/up.ts';
import { printError, printErrorDocument } from './output.ts';
import { packagePath } from './package-path.ts';

/** The `strategy-loop` command. */
export function createProgram(): Command {
  const manifest = JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as {
    version: string;
  };
  const program = new Command('strategy-loop')
    .description(
      'A self-improving trading-strategy loop: collect, trade, analyze, retrain, roll out',
    )
    .version(manifest.version)
    .showSuggestionAfterError()
    .showHelpAfterError('(see --help)')
    .exitOverride();
  addDemoCommand(program);
  addUpCommand(program);
  addReplayCommand(program);
  addCycleCommands(program);
  addRetrainCommand(program);
  addScheduleCommands(program);
  addReleaseCommands(program);
  addReportCommands(program);
  addStatsCommand(program);
  addCheckCommands(program);
  return program;
}

/** Runs one command line. @returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync([...argv], { from: 'user' });
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

const exitCode = await main(process.argv.slice(2));
// A long poll for a workflow that waits for a person would keep the process for half a minute.
process.exit(exitCode);
