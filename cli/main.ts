import type { Command } from 'commander';
import { createBaseProgram, runProgram } from './base-program.ts';
import { addBacktestCommand } from './commands/backtest.ts';
import { addCycleCommands } from './commands/cycle.ts';
import { addDemoCommand } from './commands/demo.ts';
import { addReleaseCommands } from './commands/release.ts';
import { addReplayCommand } from './commands/replay.ts';
import { addReportCommands } from './commands/report.ts';
import { addRetrainCommand } from './commands/retrain.ts';
import { addScheduleCommands } from './commands/schedule.ts';
import { addSweepCommand } from './commands/sweep.ts';
import { addUpCommand } from './commands/up.ts';

/** The `strategy-loop` command. */
export function createProgram(): Command {
  const program = createBaseProgram();
  addDemoCommand(program);
  addUpCommand(program);
  addReplayCommand(program);
  addCycleCommands(program);
  addRetrainCommand(program);
  addScheduleCommands(program);
  addReleaseCommands(program);
  addReportCommands(program);
  addBacktestCommand(program);
  addSweepCommand(program);
  return program;
}

const exitCode = await runProgram(createProgram(), process.argv.slice(2));
// A long poll for a workflow that waits for a person would keep the process for half a minute.
process.exit(exitCode);
