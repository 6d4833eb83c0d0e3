import { ScheduleOverlapPolicy } from '@temporalio/client';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { listManaged } from '../../adapters/postgres/managed-strategies.ts';
import type { StorePool } from '../../adapters/postgres/pool.ts';
import { cronProblem } from '../../schemas/cron.ts';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { scheduleId } from '../../schemas/ids.ts';
import { DEFAULT_TIMING } from '../../schemas/payload.ts';
import type { MarketClock, ScheduledCycleInput } from '../../schemas/payload.ts';
import { CommandError } from '../command-error.ts';
import {
  defaultLauncher,
  DEFAULT_FIRST,
  DEFAULT_SEED,
  DEFAULT_STEP_MONTHS,
  demoSettings,
} from '../defaults.ts';
import { day, integerBetween, withActor, withCommonOptions } from '../options.ts';
import type { CommonOptions } from '../options.ts';
import { createOutput } from '../output.ts';
import type { Output } from '../output.ts';
import { registered, registerStrategies } from '../register.ts';
import type { Session } from '../session.ts';
import { putSchedule, scheduledAction } from '../temporal-schedules.ts';
import type { ScheduleParts } from '../temporal-schedules.ts';
import { triggerNow } from '../trigger.ts';
import { missingSchedule, withScheduler } from '../with-scheduler.ts';
import { addBackfillCommand } from './backfill.ts';
import { addScheduleViews } from './schedule-view.ts';

interface CreateOptions extends CommonOptions {
  readonly strategy: string;
  readonly cron: string;
  readonly clock: MarketClock;
  readonly from: string;
  readonly stepMonths: number;
  readonly catchUp: string;
  readonly seed: number;
  readonly paused: boolean;
  readonly actor: string;
}

interface ScheduleOptions extends CommonOptions {
  readonly strategy: string;
  readonly reason?: string;
}

export function addScheduleCommands(program: Command): void {
  const schedule = program
    .command('schedule')
    .description('start cycles by the clock')
    .addHelpText('after', '\nExample:\n  strategy-loop schedule list');
  withActor(withCommonOptions(schedule.command('create')))
    .description('create or change the schedule of a strategy')
    .requiredOption('--strategy <id>', 'which strategy')
    .requiredOption('--cron <expression>', 'five fields, in UTC, e.g. "0 */12 * * *"', cron)
    .option(
      '--clock <clock>',
      '`live`: up to the scheduled day; `replay`: the next step of history',
      'live',
    )
    .option('--from <day>', 'first day of the first window', day, DEFAULT_FIRST)
    .option(
      '--step-months <number>',
      'with replay: length of a window',
      integerBetween(1, 120),
      DEFAULT_STEP_MONTHS,
    )
    .option('--catch-up <duration>', 'starts missed for longer than this are dropped', '1 hour')
    .option(
      '--seed <number>',
      'seed of search and training',
      integerBetween(0, 2 ** 31),
      DEFAULT_SEED,
    )
    .option('--paused', 'create it paused', false)
    .addHelpText(
      'after',
      '\nA start is skipped while the cycle before it still runs or waits for a person.' +
        '\n\nExample:\n  strategy-loop schedule create --strategy rsi-macd --cron "0 */12 * * *" --clock replay',
    )
    .action(createSchedule);
  addBackfillCommand(schedule);
  const actions = {
    pause: 'stop starting cycles',
    resume: 'start cycles again',
    delete: 'remove the schedule; running cycles go on',
  } as const;
  for (const [action, description] of Object.entries(actions)) {
    withCommonOptions(schedule.command(action))
      .description(description)
      .requiredOption('--strategy <id>', 'which strategy')
      .option('--reason <text>', 'kept as the note of the schedule')
      .addHelpText('after', `\nExample:\n  strategy-loop schedule ${action} --strategy rsi-macd`)
      .action((options: ScheduleOptions) => act(action as keyof typeof actions, options));
  }
  withCommonOptions(schedule.command('trigger'))
    .description('start a cycle now')
    .requiredOption('--strategy <id>', 'which strategy')
    .addHelpText(
      'after',
      '\nWhile a cycle runs or waits for a person nothing is started; the command says so and exits with 1.' +
        '\n\nExample:\n  strategy-loop schedule trigger --strategy rsi-macd',
    )
    .action(trigger);
  addScheduleViews(schedule);
}

function cron(text: string): string {
  const problem = cronProblem(text);
  if (problem === null) return text;
  throw new InvalidArgumentError(`${problem}.`);
}

async function createSchedule(options: CreateOptions): Promise<void> {
  const output = createOutput(options.json);
  if (!['live', 'replay'].includes(options.clock)) {
    throw new CommandError(CommandExitCode.BadInput, '--clock must be live or replay');
  }
  await withScheduler(options, async (session) => {
    if ((await registered(session.pool, options.strategy)) === null) {
      await registerStrategies(session.pool, [demoSettings(options.strategy)]);
    }
    await warnOfFile(session.pool, output, options.strategy);
    const { nextTimes, isPaused } = await ensureSchedule(session, options);
    const id = scheduleId(options.strategy);
    const next = nextTimes[0] ?? 'no time';
    output.answer(
      { scheduleId: id, nextTimes, isPaused },
      isPaused
        ? `${id} is paused; after \`strategy-loop schedule resume --strategy ${options.strategy}\` it starts next at ${next}`
        : `${id} starts next at ${next}`,
    );
  });
}

/** Said before it is done: what a settings file keeps is changed back by the next `apply`. */
async function warnOfFile(pool: StorePool, output: Output, strategyId: string): Promise<void> {
  const kept = (await listManaged(pool)).find((each) => each.strategyId === strategyId);
  if (kept === undefined || kept.isRemoved || kept.schedule === null) return;
  output.note(
    `${scheduleId(strategyId)} is kept by a settings file: the next \`strategy-loop apply\` changes it back; to keep this, write it there`,
  );
}

async function ensureSchedule(
  session: Session,
  options: CreateOptions,
): Promise<{ nextTimes: string[]; isPaused: boolean }> {
  const input: ScheduledCycleInput = {
    strategyId: options.strategy,
    clock: options.clock,
    stepMonths: options.stepMonths,
    first: options.from,
    seed: options.seed,
    launcher: defaultLauncher(),
    actor: `schedule of ${options.actor}`,
    timing: DEFAULT_TIMING,
  };
  const parts: ScheduleParts = {
    spec: { cronExpressions: [options.cron] },
    policies: {
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow: options.catchUp as '1 hour',
      pauseOnFailure: false,
    },
    action: scheduledAction(input),
  };
  const id = scheduleId(options.strategy);
  try {
    await putSchedule(session.client, options.strategy, parts, {
      paused: options.paused,
      note: `made by ${options.actor}`,
    });
  } catch (error) {
    if (!(error instanceof Error) || !/invalid|cron|InvalidArgument/i.test(error.message)) {
      throw error;
    }
    const reason = error.cause instanceof Error ? error.cause.message : error.message;
    throw new CommandError(CommandExitCode.BadInput, `--cron "${options.cron}": ${reason}`, {
      cause: error,
    });
  }
  const { info, state } = await session.client.schedule.getHandle(id).describe();
  const nextTimes = info.nextActionTimes.slice(0, 5).map((time) => time.toISOString());
  return { nextTimes, isPaused: state.paused };
}

async function act(action: 'pause' | 'resume' | 'delete', options: ScheduleOptions): Promise<void> {
  const output = createOutput(options.json);
  await withScheduler(options, async (session) => {
    const id = scheduleId(options.strategy);
    const handle = session.client.schedule.getHandle(id);
    try {
      if (action === 'pause') await handle.pause(options.reason);
      else if (action === 'resume') await handle.unpause(options.reason);
      else await handle.delete();
    } catch (error) {
      throw missingSchedule(error, id);
    }
    output.answer({ scheduleId: id, action }, `${action} of ${id} done`);
  });
}

async function trigger(options: ScheduleOptions): Promise<void> {
  const output = createOutput(options.json);
  await withScheduler(options, async (session) => {
    const id = scheduleId(options.strategy);
    try {
      const started = await triggerNow(session, options.strategy);
      output.answer({ scheduleId: id, action: 'trigger', started }, `${id} started ${started}`);
    } catch (error) {
      throw missingSchedule(error, id);
    }
  });
}
