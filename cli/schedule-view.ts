import type { ScheduleDescription } from '@temporalio/client';
import { lastCompletedWindowEnd } from '../adapters/postgres/cycles.ts';
import { lastBarTime } from '../adapters/postgres/series.ts';
import { readWaiting } from '../adapters/postgres/waiting.ts';
import type { WaitingStage } from '../adapters/postgres/waiting.ts';
import type { ScheduledCycleInput } from '../schemas/payload.ts';
import { addSteps } from '../schemas/window.ts';
import type { Window } from '../schemas/window.ts';
import { registered } from './register.ts';
import type { Session } from './session.ts';
import { today } from './today.ts';
import { readDueCounts, readWindowCounts } from './window-counts.ts';
import type { WindowCounts } from './window-counts.ts';

const MISSING_SHOWN = 20;

/** What is known of a schedule: from Temporal when it starts, from the store what it has done. */
export interface ScheduleView {
  readonly scheduleId: string;
  readonly strategyId: string;
  readonly paused: boolean;
  readonly note: string;
  readonly clock: string;
  /** Length of a window; null when it follows from the times of the starts. */
  readonly window: string | null;
  readonly next: readonly string[];
  readonly recent: readonly { readonly at: string; readonly workflowId: string }[];
  readonly running: readonly string[];
  /** Starts that were dropped because they were missed for too long. */
  readonly missedCatchUp: number;
  /** Starts that were skipped because the one before was not done. */
  readonly skippedOverlap: number;
  readonly lastCompletedTo: string | null;
  /** First and last day of the window that the next start runs; null when there is none. */
  readonly due: Window | null;
  /**
   * Windows from the schedule's first to now, also those that no start has looked at; null where
   * windows have no given length, and on the replay clock before any bar is stored.
   */
  readonly windows: {
    readonly expected: number;
    readonly completed: number;
    readonly missing: number;
    /** The oldest of them. */
    readonly firstMissing: readonly Window[];
    readonly withoutBars: number;
  } | null;
  readonly waiting: WaitingStage | null;
}

export async function viewSchedule(
  session: Session,
  { scheduleId, state, info, action }: ScheduleDescription,
): Promise<ScheduleView> {
  const input = action.args?.[0] as ScheduledCycleInput;
  const { strategyId, clock } = input;
  const step = input.step ?? (clock === 'replay' ? `${String(input.stepMonths)}mo` : null);
  const [waiting] = await readWaiting(session.pool, strategyId);
  const lastCompletedTo = await lastCompletedWindowEnd(session.pool, strategyId);
  const from = lastCompletedTo ?? input.first;
  return {
    scheduleId,
    strategyId,
    paused: state.paused,
    note: state.note ?? '',
    clock,
    window: step,
    next: state.paused ? [] : info.nextActionTimes.slice(0, 5).map((time) => time.toISOString()),
    recent: info.recentActions.map((recent) => ({
      at: recent.takenAt.toISOString(),
      workflowId: recent.action.workflow.workflowId,
    })),
    running: info.runningActions.map(({ workflow }) => workflow.workflowId),
    missedCatchUp: info.numActionsMissedCatchupWindow,
    skippedOverlap: info.numActionsSkippedOverlap,
    lastCompletedTo,
    due: step === null && from < today() ? { from, to: today() } : null,
    windows: step === null ? null : await windowsOf(session, input, step),
    waiting: waiting ?? null,
  };
}

async function windowsOf(
  { pool }: Session,
  { strategyId, first, clock }: ScheduledCycleInput,
  step: string,
): Promise<ScheduleView['windows']> {
  const strategy = await registered(pool, strategyId);
  if (strategy === null) return null;
  const { seriesId, instrument } = strategy.settings;
  const counts = await (clock === 'live'
    ? liveCounts(pool, { strategyId, seriesId, calendar: instrument.calendar }, first, step)
    : replayCounts(pool, { strategyId, seriesId }, first, step));
  if (counts === null) return null;
  return {
    expected: counts.expected,
    completed: counts.completed,
    missing: counts.missing.length,
    firstMissing: counts.missing.slice(0, MISSING_SHOWN),
    withoutBars: counts.withoutBars,
  };
}

async function liveCounts(
  pool: Session['pool'],
  strategy: Parameters<typeof readDueCounts>[1],
  first: string,
  step: string,
): Promise<WindowCounts | null> {
  const to = today();
  return to <= first ? null : readDueCounts(pool, strategy, { from: first, to }, step);
}

/** On the replay clock history ends with the bars that are stored. */
async function replayCounts(
  pool: Session['pool'],
  strategy: Parameters<typeof readWindowCounts>[1],
  first: string,
  step: string,
): Promise<WindowCounts | null> {
  const last = await lastBarTime(pool, strategy.seriesId, today());
  if (last === null || last < first) return null;
  const to = addSteps(last.slice(0, 10), { days: 1 }, 1);
  return readWindowCounts(pool, strategy, { from: first, to }, step);
}
