import { createHash } from 'node:crypto';
import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import type { Client, ScheduleOptions } from '@temporalio/client';
import canonicalize from 'canonicalize';
import { scheduledCycleId, scheduleId } from '../schemas/ids.ts';
import { DEFAULT_TIMING } from '../schemas/payload.ts';
import type { ScheduledCycleInput } from '../schemas/payload.ts';
import { durationMs } from '../schemas/schedule-settings.ts';
import type { ScheduleSettings } from '../schemas/schedule-settings.ts';
import { TaskQueue } from '../schemas/task-queue.ts';
import { strategyLabels } from './workflow-labels.ts';
import { defaultLauncher } from './defaults.ts';

/** What a schedule is made of, without its state. */
export type ScheduleParts = Pick<ScheduleOptions, 'spec' | 'policies' | 'action'>;

/** A schedule as the server holds it. */
export interface SeenSchedule {
  /** Hash of all that decides when it starts what. */
  readonly hash: string;
  readonly isPaused: boolean;
}

const OVERLAP = {
  skip: ScheduleOverlapPolicy.SKIP,
  'buffer-one': ScheduleOverlapPolicy.BUFFER_ONE,
} as const;

/** The action of a strategy's schedule: one `scheduledCycle`. */
export function scheduledAction(input: ScheduledCycleInput): ScheduleOptions['action'] {
  const { strategyId } = input;
  return {
    type: 'startWorkflow' as const,
    workflowType: 'scheduledCycle',
    workflowId: scheduledCycleId(strategyId),
    taskQueue: TaskQueue.Workflows,
    args: [input],
    ...strategyLabels(strategyId, `${strategyId}: scheduled cycle`),
  };
}

/** The schedule that a settings file describes. */
export function schedulePartsOf(
  strategyId: string,
  { cron, every, timeZone, clock, from, window, overlap, catchUp }: ScheduleSettings,
  { seed, actor }: { readonly seed: number; readonly actor: string },
): ScheduleParts {
  return {
    spec: {
      timezone: timeZone,
      ...(cron === undefined ? {} : { cronExpressions: [cron] }),
      ...(every === undefined ? {} : { intervals: [{ every: durationMs(every) }] }),
    },
    policies: {
      overlap: OVERLAP[overlap],
      catchupWindow: durationMs(catchUp),
      pauseOnFailure: false,
    },
    action: scheduledAction({
      strategyId,
      clock,
      stepMonths: 12,
      step: window,
      first: from,
      seed,
      launcher: defaultLauncher(),
      actor: `schedule of ${actor}`,
      timing: DEFAULT_TIMING,
    }),
  };
}

/** Creates a strategy's schedule, or changes the one that is there and leaves its state alone. */
export async function putSchedule(
  { schedule }: Client,
  strategyId: string,
  parts: ScheduleParts,
  created: { readonly paused: boolean; readonly note: string },
): Promise<void> {
  const id = scheduleId(strategyId);
  try {
    await schedule.create({ scheduleId: id, ...parts, state: created });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await schedule.getHandle(id).update((before) => ({ ...before, ...parts }));
  }
}

/** The schedule of a strategy as the server describes it, or null when there is none. */
export async function readSchedule(
  { schedule }: Client,
  strategyId: string,
): Promise<SeenSchedule | null> {
  try {
    const { spec, policies, action, state } = await schedule
      .getHandle(scheduleId(strategyId))
      .describe();
    const { workflowType, workflowId, taskQueue, args } = action;
    const text = canonicalize(
      JSON.parse(
        JSON.stringify({ spec, policies, action: { workflowType, workflowId, taskQueue, args } }),
      ),
    );
    return {
      hash: createHash('sha256')
        .update(text ?? '')
        .digest('hex'),
      isPaused: state.paused,
    };
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

/** Removes a strategy's schedule; one that is gone already is fine. */
export async function deleteSchedule({ schedule }: Client, strategyId: string): Promise<void> {
  try {
    await schedule.getHandle(scheduleId(strategyId)).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}
