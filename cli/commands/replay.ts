import { access, constants } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { counted } from '../../schemas/counted.ts';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import type { StrategySettings } from '../../schemas/settings.ts';
import { LauncherKind } from '../../schemas/task-queue.ts';
import { windowAt } from '../../schemas/window.ts';
import { CommandError } from '../command-error.ts';
import {
  csvSettings,
  DEFAULT_CYCLES,
  DEFAULT_FIRST,
  DEFAULT_FIRST_TRAIN,
  DEFAULT_SEED,
  DEFAULT_STEP_MONTHS,
  demoSettings,
} from '../defaults.ts';
import { ensureImage } from '../image/ensure-image.ts';
import {
  day,
  integerBetween,
  requireImage,
  withActor,
  withCommonOptions,
  withLauncher,
} from '../options.ts';
import type { CommonOptions, LauncherOptions } from '../options.ts';
import { createOutput } from '../output.ts';
import { registered, registerStrategies } from '../register.ts';
import { readContest, readCycles, runReplays, writeReport } from '../replay.ts';
import type { ReplayRequest } from '../replay.ts';
import { withSession } from '../with-session.ts';
import type { Session } from '../session.ts';
import { summaryText } from '../summary-text.ts';
import { refuseUnfinished, today } from '../today.ts';

interface ReplayOptions extends CommonOptions, LauncherOptions {
  readonly strategy: string;
  readonly cycles: number;
  readonly from: string;
  readonly stepMonths: number;
  readonly trainFrom: string;
  readonly csv?: string;
  readonly seed: number;
  readonly actor: string;
}

export function addReplayCommand(program: Command): void {
  withLauncher(withActor(withCommonOptions(program.command('replay'))))
    .description('run cycles of one strategy one after another over history')
    .requiredOption('--strategy <id>', 'which strategy')
    .option('--cycles <number>', 'how many', integerBetween(1, 10_000), DEFAULT_CYCLES)
    .option('--from <day>', 'first day of the first window', day, DEFAULT_FIRST)
    .option(
      '--step-months <number>',
      'length of a window',
      integerBetween(1, 120),
      DEFAULT_STEP_MONTHS,
    )
    .option(
      '--train-from <day>',
      'first day that release 1 is trained on',
      day,
      DEFAULT_FIRST_TRAIN.from,
    )
    .option('--csv <file>', 'a price file instead of the S&P 500 bars')
    .option(
      '--seed <number>',
      'seed of search and training',
      integerBetween(0, 2 ** 31),
      DEFAULT_SEED,
    )
    .addHelpText(
      'after',
      '\nWindows that completed before are kept: the same command goes on where it was interrupted. In a' +
        '\nstack that is up the replay goes on after Ctrl-C; `run list` shows it, and `run stop` stops it.' +
        '\n\nExit codes: 0 done; 1 a cycle waits for a person, or the replay was stopped; 65 the windows cannot' +
        '\nrun; 130 interrupted, and the message says whether it goes on.' +
        '\n\nExamples:\n  strategy-loop replay --strategy rsi-macd --cycles 4 --json' +
        '\n  strategy-loop replay --strategy ml-forecast --csv prices.csv --from 2018-01-01 --step-months 6' +
        '\n  strategy-loop replay --strategy rsi-macd --cycles 2 --launcher docker --image strategy-loop:dev',
    )
    .action(runReplay);
}

async function runReplay(options: ReplayOptions): Promise<void> {
  const output = createOutput(options.json);
  const startedAt = Date.now();
  if (options.trainFrom >= options.from) {
    throw new CommandError(
      CommandExitCode.BadInput,
      `--train-from ${options.trainFrom} must lie before --from ${options.from}`,
    );
  }
  refuseFutureWindows(options);
  if (options.csv !== undefined) await requireReadable(options.csv);
  requireImage(options);
  if (options.launcher === LauncherKind.Docker) await ensureImage(options.image ?? '', output);
  const request: ReplayRequest = {
    strategyId: options.strategy,
    first: options.from,
    stepMonths: options.stepMonths,
    cycles: options.cycles,
    firstTrain: { from: options.trainFrom, to: options.from },
    seed: options.seed,
    launcher: options.launcher,
    actor: options.actor,
  };
  await withSession(
    {
      dataDirectory: options.dataDir,
      output,
      withWorker: true,
      image: options.image,
    },
    async (session) => {
      await ensureRegistered(session, options);
      const kept = await runReplays(session, [request], output);
      const report = await writeReport(session, options.dataDir, {
        title: `${options.strategy}, ${options.from} onwards`,
        strategyIds: [options.strategy],
        launcher: options.launcher,
      });
      const cycles = await readCycles(session, request);
      const contest = await readContest(session, options.strategy);
      const seconds = (Date.now() - startedAt) / 1000;
      output.answer(
        { strategy: options.strategy, cycles, report },
        summaryText([{ strategy: options.strategy, cycles, contest }], { report, seconds, kept }),
      );
    },
  );
}

function refuseFutureWindows({ from, stepMonths, cycles }: ReplayOptions): void {
  let over = 0;
  while (over < cycles && windowAt(from, stepMonths, over).to <= today()) over += 1;
  refuseUnfinished(windowAt(from, stepMonths, cycles - 1), {
    name: '--cycles',
    wayOut:
      over === 0 ? 'choose an earlier --from' : `at most ${counted(over, 'cycle')} can end by then`,
  });
}

async function ensureRegistered(session: Session, options: ReplayOptions): Promise<void> {
  let settings: StrategySettings | null = null;
  if (options.csv !== undefined) settings = csvSettings(options.strategy, resolve(options.csv));
  else if ((await registered(session.pool, options.strategy)) === null) {
    settings = demoSettings(options.strategy);
  }
  if (settings !== null) await registerStrategies(session.pool, [settings]);
}

async function requireReadable(path: string): Promise<void> {
  try {
    await access(path, constants.R_OK);
  } catch (error) {
    throw new CommandError(
      CommandExitCode.BadInput,
      `--csv: file "${path}" cannot be read (${error instanceof Error ? error.message : 'unknown'})`,
      { cause: error },
    );
  }
}
