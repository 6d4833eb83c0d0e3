import type { Command } from 'commander';
import { LauncherKind } from '../../schemas/task-queue.ts';
import { removeDataDirectory } from '../../infra/local/remove-data-directory.ts';
import {
  DEFAULT_CYCLES,
  DEFAULT_FIRST,
  DEFAULT_FIRST_TRAIN,
  DEFAULT_SEED,
  DEFAULT_STEP_MONTHS,
  DEMO_STRATEGIES,
  demoSettings,
} from '../defaults.ts';
import { integerBetween, withCommonOptions } from '../options.ts';
import type { CommonOptions } from '../options.ts';
import { createOutput } from '../output.ts';
import { registerStrategies } from '../register.ts';
import { readContest, readCycles, runReplays, writeReport } from '../replay.ts';
import type { ReplayRequest } from '../replay.ts';
import type { SessionOptions } from '../session.ts';
import { withSession } from '../with-session.ts';
import { summaryText } from '../summary-text.ts';

interface DemoOptions extends CommonOptions {
  readonly seed: number;
  readonly cycles: number;
  readonly fresh: boolean;
}

export function addDemoCommand(program: Command): void {
  withCommonOptions(program.command('demo'))
    .description(
      'run the whole loop for two strategies on the daily S&P 500 bars, then stop everything',
    )
    .option(
      '--seed <number>',
      'seed of search and training',
      integerBetween(0, 2 ** 31),
      DEFAULT_SEED,
    )
    .option('--cycles <number>', 'yearly cycles from 2012', integerBetween(1, 8), DEFAULT_CYCLES)
    .option('--fresh', 'delete the data directory first, and start over', false)
    .addHelpText(
      'after',
      '\nExamples:\n  strategy-loop demo\n  strategy-loop demo --data-dir ./data --seed 11 --json',
    )
    .action(runDemo);
}

async function runDemo(options: DemoOptions): Promise<void> {
  const output = createOutput(options.json);
  const startedAt = Date.now();
  if (options.fresh) await removeDataDirectory(options.dataDir);
  const sessionOptions: SessionOptions = {
    dataDirectory: options.dataDir,
    output,
    withWorker: true,
    onWorkerRestart: () => {
      output.note('the worker died and was started again; see logs/worker.log');
    },
  };
  await withSession(sessionOptions, async (session) => {
    await registerStrategies(session.pool, DEMO_STRATEGIES.map(demoSettings));
    if (session.stack.uiUrl !== null) output.note(`Temporal UI: ${session.stack.uiUrl}`);
    const requests = DEMO_STRATEGIES.map((strategyId) => demoRequest(strategyId, options));
    const kept = await runReplays(session, requests, output);
    const report = await writeReport(session, options.dataDir, {
      launcher: LauncherKind.Process,
      title: 'S&P 500, daily bars',
      strategyIds: DEMO_STRATEGIES,
    });
    const strategies = await Promise.all(
      requests.map(async (request) => ({
        strategy: request.strategyId,
        cycles: await readCycles(session, request),
        contest: await readContest(session, request.strategyId),
      })),
    );
    const seconds = (Date.now() - startedAt) / 1000;
    output.answer(
      { strategies, report, seconds },
      summaryText(strategies, { report, seconds, kept }),
    );
  });
}

function demoRequest(strategyId: string, options: DemoOptions): ReplayRequest {
  return {
    strategyId,
    launcher: LauncherKind.Process,
    first: DEFAULT_FIRST,
    stepMonths: DEFAULT_STEP_MONTHS,
    cycles: options.cycles,
    firstTrain: DEFAULT_FIRST_TRAIN,
    seed: options.seed,
    actor: 'demo',
  };
}
