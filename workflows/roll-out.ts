import type { RolloutVerdict, Timing } from '../schemas/payload.ts';
import type { LauncherKind } from '../schemas/task-queue.ts';
import type { StageContext } from './stage-context.ts';

export interface RollOutOptions {
  readonly launcher: LauncherKind;
  readonly timing: Timing;
  readonly actor: string;
}

/** Asks `rollout/<strategy>` to judge the challenger, and waits for what becomes of it. */
export async function rollOut(
  { queuedStore, cycle, stageAttempt }: StageContext,
  options: RollOutOptions,
): Promise<RolloutVerdict> {
  return queuedStore.proposeChallenger.executeWithOptions(
    {
      summary: `propose the challenger to rollout/${cycle.strategyId}`,
      // The gate runs a job of its own; how long it takes is bounded there.
      startToCloseTimeout: '1 hour',
    },
    [cycle, { ...options, stageAttempt }],
  );
}
