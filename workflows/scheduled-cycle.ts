import { ActivityFailure, log, workflowInfo } from '@temporalio/workflow';
import {
  defineSearchAttributeKey,
  SearchAttributeType,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import type { CycleSummary, ScheduledCycleInput } from '../schemas/payload.ts';
import { openRooms } from './activities.ts';
import type { Rooms } from './activities.ts';
import { readScheduledInput } from './input.ts';
import { readFeed } from './read-feed.ts';
import { runCycle } from './start-cycle.ts';

export type ScheduledCycleResult =
  /** `windows` counts the cycles of this start; the summary is of the last one. */
  | { readonly outcome: 'ran'; readonly summary: CycleSummary | null; readonly windows: number }
  /** Nothing to do: the next window is not over yet, or somebody else runs it. */
  | { readonly outcome: 'nothing-due' | 'already-running' };

/** A start that has more to catch up on than this leaves the rest to the next one. */
const HISTORY_LENGTH_MAX = 2000;

/**
 * Runs the window that is due at a schedule's nominal time; on the live clock with windows of a
 * given length, all that are due.
 */
export async function scheduledCycle(
  startInput: ScheduledCycleInput,
): Promise<ScheduledCycleResult> {
  const input = readScheduledInput(startInput);
  const { strategyId, clock, seed, launcher, actor, timing } = input;
  const rooms = openRooms(launcher, timing);
  const isFeedRead = input.step !== undefined && (await tryFeed(input, rooms));
  const mayCatchUp = isFeedRead && clock === 'live';
  let ran: ScheduledCycleResult | null = null;
  for (let windows = 1; ; windows += 1) {
    const window = await rooms.store.nextWindow.executeWithOptions(
      { summary: 'which window is due?' },
      [input, scheduledAt(), isFeedRead],
    );
    if (window === null) return ran ?? { outcome: 'nothing-due' };
    try {
      const cycle = { strategyId, window, clock, seed, launcher, actor, timing, isFeedRead };
      const summary = await runCycle(cycle);
      ran = { outcome: 'ran', summary, windows };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      return ran ?? { outcome: 'already-running' };
    }
    if (!mayCatchUp) return ran;
    if (workflowInfo().historyLength >= HISTORY_LENGTH_MAX) {
      log.warn('more may be due: the next start goes on', { strategyId, windows });
      return ran;
    }
  }
}

/** @returns false when the feed cannot be read: the cycle's collect stage tells people why. */
async function tryFeed({ strategyId }: ScheduledCycleInput, rooms: Rooms): Promise<boolean> {
  try {
    await readFeed(rooms, { strategyId, to: scheduledAt().slice(0, 10) });
    return true;
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    log.warn('the feed could not be read', { strategyId, cause: error.cause?.message ?? '' });
    return false;
  }
}

const nominalTimeKey = defineSearchAttributeKey(
  'TemporalScheduledStartTime',
  SearchAttributeType.DATETIME,
);

/**
 * The nominal time of this start, as ISO 8601: a late or retried start still means the time that
 * the schedule had in mind. A manual trigger carries the time of the trigger.
 */
function scheduledAt(): string {
  const { typedSearchAttributes, startTime } = workflowInfo();
  return (typedSearchAttributes.get(nominalTimeKey) ?? startTime).toISOString();
}
