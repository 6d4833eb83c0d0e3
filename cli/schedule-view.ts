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
import { readWindowCounts } from './window-counts.ts';

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
  /** Windows with bars up to now; null where windows have no given length. */
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
  return {
    scheduleId,
    strategyId,
    paused: state.paused,
    note: state.note ?? '',
    clock,
    window: step,
    next: info.nextActionTimes.slice(0, 5).map((time) => time.toISOString()),
    recent: info.recentActions.map((recent) => ({
      at: recent.takenAt.toISOString(),
      workflowId: recent.action.workflow.workflowId,
    })),
    running: info.runningActions.map(({ workflow }) => workflow.workflowId),
    missedCatchUp: info.numActionsMissedCatchupWindow,
    skippedOverlap: info.numActionsSkippedOverlap,
    lastCompletedTo: await lastCompletedWindowEnd(session.pool, strategyId),
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
  const { seriesId } = strategy.settings;
  const today = new Date().toISOString().slice(0, 10);
  const last = await lastBarTime(pool, seriesId, today);
  // On the replay clock history ends with the bars that are stored.
  const end =
    clock === 'live' || last === null ? today : addSteps(last.slice(0, 10), { days: 1 }, 1);
  if (end <= first) return null;
  const span = { from: first, to: end };
  const counts = await readWindowCounts(pool, { strategyId, seriesId }, span, step);
  return {
    expected: counts.expected,
    completed: counts.completed,
    missing: counts.missing.length,
    firstMissing: counts.missing.slice(0, MISSING_SHOWN),
    withoutBars: counts.withoutBars,
  };
}
