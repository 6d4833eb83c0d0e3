import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { setVolume } from './output.ts';
import { packagePath } from './package-path.ts';
import { refuseStrategyPath } from './strategy-path.ts';

type AddCommands = (program: Command) => void;

/**
 * The commands by their first word, in the order of `--help`. Each is loaded when it is asked for:
 * all together take half a second, most of it Temporal's client, and `status` needs none of that.
 */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommands>>> = {
  demo: async () => (await import('./commands/demo.ts')).addDemoCommand,
  up: async () => (await import('./commands/up.ts')).addUpCommand,
  status: async () => (await import('./commands/status.ts')).addStatusCommand,
  doctor: async () => (await import('./commands/doctor.ts')).addDoctorCommand,
  replay: async () => (await import('./commands/replay.ts')).addReplayCommand,
  apply: async () => (await import('./commands/apply.ts')).addApplyCommand,
  cycle: async () => (await import('./commands/cycle.ts')).addCycleCommands,
  logs: async () => (await import('./commands/logs.ts')).addLogsCommand,
  run: async () => (await import('./commands/run.ts')).addRunCommands,
  retrain: async () => (await import('./commands/retrain.ts')).addRetrainCommand,
  schedule: async () => (await import('./commands/schedule.ts')).addScheduleCommands,
  release: async () => (await import('./commands/release.ts')).addReleaseCommands,
  challenger: async () => (await import('./commands/challenger.ts')).addChallengerCommands,
  worker: async () => (await import('./commands/worker.ts')).addWorkerCommand,
  image: async () => (await import('./commands/image.ts')).addImageCommands,
  report: async () => (await import('./commands/report.ts')).addReportCommands,
  backtest: async () => (await import('./commands/backtest.ts')).addBacktestCommand,
  sweep: async () => (await import('./commands/sweep.ts')).addSweepCommand,
  stats: async () => (await import('./commands/stats.ts')).addStatsCommand,
  strategy: async () => (await import('./commands/strategy.ts')).addStrategyCommands,
  check: async () => (await import('./commands/check.ts')).addCheckCommands,
  data: async () => (await import('./commands/data.ts')).addDataCommands,
  calendar: async () => (await import('./commands/calendar.ts')).addCalendarCommands,
  completion: async () => {
    const { addCompletionCommands } = await import('./commands/completion.ts');
    // It knows all commands, also when it was loaded alone.
    return (program) => {
      addCompletionCommands(program, () => createProgram());
    };
  },
};

/** First words of all commands. */
export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS);

/**
 * The `strategy-loop` command.
 *
 * @param name first word of the command line: only its commands are loaded. Anything else that is
 *   not about the version loads all, as `--help` and the suggestions for a misspelt word need them.
 */
export async function createProgram(name?: string): Promise<Command> {
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
    .exitOverride()
    .addHelpText('after', '\nExamples:\n  strategy-loop demo\n  strategy-loop status')
    .hook('preAction', (_program, command) => {
      const { quiet, verbose } = command.opts<{ quiet?: boolean; verbose?: boolean }>();
      if (quiet === true) setVolume('quiet');
      else if (verbose === true) setVolume('verbose');
    })
    .hook('preAction', (_program, command) => {
      refuseStrategyPath(command);
    });
  // What the completion scripts call has no place in the help.
  const word = name === 'ids' ? 'completion' : name;
  const isOne = word !== undefined && Object.hasOwn(COMMANDS, word);
  const asked = isOne ? [word] : word === '--version' || word === '-V' ? [] : COMMAND_NAMES;
  for (const each of asked) {
    const add = await COMMANDS[each]?.();
    add?.(program);
  }
  return program;
}
