import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { counted } from '../../schemas/counted.ts';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { parseStep, STEP_RULE } from '../../schemas/window.ts';
import { readBackfillCounts, runBackfill } from '../backfill.ts';
import type { BackfillRequest } from '../backfill.ts';
import { CommandError } from '../command-error.ts';
import { DEFAULT_SEED, demoSettings, jobPlace } from '../defaults.ts';
import { day, integerBetween, withActor, withCommonOptions } from '../options.ts';
import type { CommonOptions } from '../options.ts';
import { createOutput, fixed } from '../output.ts';
import { registered, registerStrategies } from '../register.ts';
import type { Session } from '../session.ts';
import type { WindowCounts } from '../window-counts.ts';
import { withSession } from '../with-session.ts';

interface BackfillOptions extends CommonOptions {
  readonly strategy: string;
  readonly from: string;
  readonly to: string;
  readonly every: string;
  readonly trainFrom?: string;
  readonly seed?: number;
  readonly actor: string;
}

function step(text: string): string {
  try {
    parseStep(text);
    return text;
  } catch {
    throw new InvalidArgumentError(`it ${STEP_RULE}.`);
  }
}

export function addBackfillCommand(schedule: Command): void {
  withActor(withCommonOptions(schedule.command('backfill')))
    .description('run all past windows that have not run yet, oldest first')
    .requiredOption('--strategy <id>', 'which strategy')
    .requiredOption('--from <day>', 'first day of the first window', day)
    .requiredOption('--to <day>', 'no window ends after this day', day)
    .option('--every <length>', 'length of a window: 1d, 1w, 1mo, 3mo, 1y', step, '1d')
    .option(
      '--train-from <day>',
      'first day that release 1 is trained on; by default as many bars as the settings say',
      day,
    )
    .option(
      '--seed <number>',
      "seed of search and training; by default the settings'",
      integerBetween(0, 2 ** 31),
    )
    .addHelpText(
      'after',
      '\nWindows without a bar (weekends, holidays) are passed over. Windows that have run are kept: after' +
        '\nCtrl-C the same command goes on where it was. How often cycles retrain and draw a report is' +
        '\nsaid by `retrain` and `analyze` of the settings file. In a stack that is up the back-fill goes on' +
        '\nafter Ctrl-C; `run list` shows it, and `run stop` stops it.' +
        '\n\nExit codes: 0 done; 1 a cycle waits for a person, or the back-fill was stopped; 65 the windows' +
        '\ncannot run; 130 interrupted, and the message says whether it goes on.' +
        '\n\nExamples:\n  strategy-loop schedule backfill --strategy rsi-macd --from 2012-01-01 --to 2013-01-01 --every 1mo' +
        '\n  strategy-loop schedule backfill --strategy rsi-macd-spx --from 2010-01-01 --to 2020-01-01',
    )
    .action(runCommand);
}

async function runCommand(options: BackfillOptions): Promise<void> {
  const output = createOutput(options.json);
  const startedAt = Date.now();
  refuseOrder('--from', options.from, '--to', options.to);
  if (options.trainFrom !== undefined) {
    refuseOrder('--train-from', options.trainFrom, '--from', options.from);
  }
  await withSession(
    { dataDirectory: options.dataDir, output, withWorker: true, ...jobPlace() },
    async (session) => {
      const request = await requestOf(session, options);
      const ran = await runBackfill(session, request, output);
      const counts = await readBackfillCounts(session, request);
      const { expected, completed, withoutBars, missing, notOver } = counts;
      const seconds = (Date.now() - startedAt) / 1000;
      output.answer(
        {
          strategy: options.strategy,
          from: options.from,
          to: options.to,
          every: options.every,
          ran,
          windows: { expected, completed, withoutBars, missing: missing.length, notOver },
          seconds,
        },
        `${options.strategy}: ${countsText(counts, ran)} (${fixed(seconds, 1)} s)`,
      );
    },
  );
}

function countsText({ completed, withoutBars, missing, notOver }: WindowCounts, ran: number) {
  const [first] = missing;
  return [
    `${counted(completed, 'window')} with bars ${completed === 1 ? 'is' : 'are'} done, ${String(ran)} of them now`,
    `${String(withoutBars)} had no bars`,
    ...(first === undefined
      ? []
      : [
          `${String(missing.length)} are not covered by bars to their end, the first is ${first.from} to ${first.to}`,
        ]),
    ...(notOver === 0 ? [] : [`${String(notOver)} are not over yet`]),
  ].join('; ');
}

function refuseOrder(firstName: string, first: string, secondName: string, second: string): void {
  if (first < second) return;
  throw new CommandError(
    CommandExitCode.BadInput,
    `${firstName} ${first} must lie before ${secondName} ${second}`,
  );
}

async function requestOf(session: Session, options: BackfillOptions): Promise<BackfillRequest> {
  const { strategy: strategyId, from, to, every, trainFrom, actor } = options;
  if ((await registered(session.pool, strategyId)) === null) {
    await registerStrategies(session.pool, [demoSettings(strategyId)]);
  }
  const stored = await registered(session.pool, strategyId);
  if (stored === null) throw new Error(`${strategyId} was registered before`);
  const { seed = DEFAULT_SEED, seriesId } = stored.settings;
  return {
    ...{ strategyId, seriesId, from, to, actor },
    step: every,
    trainFrom: trainFrom ?? null,
    seed: options.seed ?? seed,
  };
}
