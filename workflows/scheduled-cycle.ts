import { workflowInfo } from '@temporalio/workflow';
import {
  defineSearchAttributeKey,
  SearchAttributeType,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import type { CycleSummary, ScheduledCycleInput } from '../schemas/payload.ts';
import { openRooms } from './activities.ts';
import { readScheduledInput } from './input.ts';
import { runCycle } from './start-cycle.ts';

export type ScheduledCycleResult =
  | { readonly outcome: 'ran'; readonly summary: CycleSummary | null }
  /** Nothing to do: the next window is not over yet, or somebody else runs it. */
  | { readonly outcome: 'nothing-due' | 'already-running' };

/** Runs the window that is due at a schedule's nominal time. */
export async function scheduledCycle(
  startInput: ScheduledCycleInput,
): Promise<ScheduledCycleResult> {
  const input = readScheduledInput(startInput);
  const { strategyId, clock, seed, launcher, actor, timing } = input;
  const { store } = openRooms(launcher, timing);
  const window = await store.nextWindow.executeWithOptions({ summary: 'which window is due?' }, [
    input,
    scheduledAt(),
  ]);
  if (window === null) return { outcome: 'nothing-due' };
  try {
    const summary = await runCycle({ strategyId, window, clock, seed, launcher, actor, timing });
    return { outcome: 'ran', summary };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError)
      return { outcome: 'already-running' };
    throw error;
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
