import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import type { Command } from 'commander';
import { findRunningStack } from '../../infra/local/stack.ts';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { scheduledCycleId, scheduleId } from '../../schemas/ids.ts';
import { DEFAULT_TIMING } from '../../schemas/payload.ts';
import type { MarketClock, ScheduledCycleInput } from '../../schemas/payload.ts';
import { LauncherKind, TaskQueue } from '../../schemas/task-queue.ts';
import { CommandError } from '../command-error.ts';
import { DEFAULT_FIRST, DEFAULT_SEED, DEFAULT_STEP_MONTHS, demoSettings } from '../defaults.ts';
import { day, integerBetween, withActor, withCommonOptions, withFormat } from '../options.ts';
import type { CommonOptions, ListOptions } from '../options.ts';
import { createOutput } from '../output.ts';
import { registered, registerStrategies } from '../register.ts';
import type { Session } from '../session.ts';
import { withSession } from '../with-session.ts';
import { strategyLabels } from '../workflow-labels.ts';

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
    .requiredOption('--cron <expression>', 'five fields, in UTC, e.g. "0 */12 * * *"')
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
  const actions = {
    pause: 'stop starting cycles',
    resume: 'start cycles again',
    trigger: 'start a cycle now',
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
  withFormat(withCommonOptions(schedule.command('list')))
    .description('list schedules')
    .addHelpText('after', '\nExample:\n  strategy-loop schedule list --json')
    .action(listSchedules);
}

/** Schedules live in Temporal: they need a server that stays up. */
async function withScheduler(
  options: CommonOptions,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const output = createOutput(options.json);
  const running = await findRunningStack(options.dataDir);
  if (running === null && process.env['TEMPORAL_ADDRESS'] === undefined) {
    throw new CommandError(
      CommandExitCode.Unavailable,
      'schedules need a server that stays up: start one with `strategy-loop up`, or set TEMPORAL_ADDRESS',
    );
  }
  await withSession({ dataDirectory: options.dataDir, output, withWorker: false }, work);
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
    const nextTimes = await ensureSchedule(session, options);
    output.answer(
      { scheduleId: scheduleId(options.strategy), nextTimes },
      `${scheduleId(options.strategy)} starts next at ${nextTimes[0] ?? 'no time'}`,
    );
  });
}

async function ensureSchedule(session: Session, options: CreateOptions): Promise<string[]> {
  const input: ScheduledCycleInput = {
    strategyId: options.strategy,
    clock: options.clock,
    stepMonths: options.stepMonths,
    first: options.from,
    seed: options.seed,
    launcher: LauncherKind.Process,
    actor: `schedule of ${options.actor}`,
    timing: DEFAULT_TIMING,
  };
  const description = {
    spec: { cronExpressions: [options.cron] },
    policies: {
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow: options.catchUp as '1 hour',
      pauseOnFailure: false,
    },
    action: {
      type: 'startWorkflow' as const,
      workflowType: 'scheduledCycle',
      workflowId: scheduledCycleId(options.strategy),
      taskQueue: TaskQueue.Workflows,
      args: [input],
      ...strategyLabels(options.strategy, `${options.strategy}: scheduled cycle`),
    },
  };
  const id = scheduleId(options.strategy);
  try {
    await session.client.schedule.create({
      scheduleId: id,
      ...description,
      state: { paused: options.paused, note: `made by ${options.actor}` },
    });
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) {
      const handle = session.client.schedule.getHandle(id);
      await handle.update((before) => ({ ...before, ...description }));
    } else if (error instanceof Error && /invalid|cron|InvalidArgument/i.test(error.message)) {
      const reason = error.cause instanceof Error ? error.cause.message : error.message;
      throw new CommandError(CommandExitCode.BadInput, `--cron "${options.cron}": ${reason}`, {
        cause: error,
      });
    } else throw error;
  }
  const { info } = await session.client.schedule.getHandle(id).describe();
  return info.nextActionTimes.slice(0, 5).map((time) => time.toISOString());
}

async function act(
  action: 'pause' | 'resume' | 'trigger' | 'delete',
  options: ScheduleOptions,
): Promise<void> {
  const output = createOutput(options.json);
  await withScheduler(options, async (session) => {
    const id = scheduleId(options.strategy);
    const handle = session.client.schedule.getHandle(id);
    try {
      if (action === 'pause') await handle.pause(options.reason);
      else if (action === 'resume') await handle.unpause(options.reason);
      else if (action === 'trigger') await handle.trigger(ScheduleOverlapPolicy.SKIP);
      else await handle.delete();
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
      throw new CommandError(
        CommandExitCode.BadInput,
        `there is no ${id}; make one with \`strategy-loop schedule create\``,
        { cause: error },
      );
    }
    output.answer({ scheduleId: id, action }, `${action} of ${id} done`);
  });
}

async function listSchedules(options: ListOptions): Promise<void> {
  const output = createOutput(options.json, options.format);
  await withScheduler(options, async (session) => {
    const schedules = [];
    for await (const { scheduleId: id } of session.client.schedule.list()) {
      const { state, info } = await session.client.schedule.getHandle(id).describe();
      schedules.push({
        scheduleId: id,
        paused: state.paused,
        note: state.note ?? '',
        next: info.nextActionTimes[0]?.toISOString() ?? null,
        missedCatchUp: info.numActionsMissedCatchupWindow,
        skippedOverlap: info.numActionsSkippedOverlap,
      });
    }
    const rows = schedules.map((row) => [
      row.scheduleId,
      row.paused ? 'paused' : 'active',
      row.next ?? '',
      String(row.skippedOverlap),
      String(row.missedCatchUp),
    ]);
    const head = ['schedule', 'state', 'next', 'skipped', 'missed'];
    output.list({ schedules }, { head, rows });
  });
}
