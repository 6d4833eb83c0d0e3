import { sleep } from '@temporalio/workflow';
import { FailureType } from '../schemas/failure-type.ts';
import type { Stage } from '../schemas/stage.ts';
import type { Rooms } from './activities.ts';
import type { Cause } from './failure.ts';

/** New attempts after a job was lost by infrastructure, before a person is asked. */
const LOST_ATTEMPTS_MAX = 5;
const LOST_PAUSE_MS = 1000;

/** For whom jobs are tried again, and how often they were. */
export interface Tries {
  readonly strategyId: string;
  readonly stage: Stage;
  lost: number;
}

/**
 * Closes a failed attempt that needs no person: after a loss, and when the next one has more memory.
 *
 * @returns whether there is to be a next one.
 */
export async function isTriedAgain(
  { store }: Pick<Rooms, 'store'>,
  tries: Tries,
  { type, message, jobName, logSha256 }: Cause,
): Promise<boolean> {
  if (jobName === null) return false;
  if (type === FailureType.InfrastructureLost && tries.lost < LOST_ATTEMPTS_MAX) {
    tries.lost += 1;
    await store.recordLostJob.executeWithOptions(
      { summary: `attempt lost: ${message}`.slice(0, 200) },
      [jobName, message, logSha256],
    );
    await sleep(LOST_PAUSE_MS * tries.lost);
    return true;
  }
  if (type !== FailureType.JobOutOfMemory) return false;
  // Once for each job: then it has all that its settings allow.
  return store.allowMoreMemory.executeWithOptions(
    { summary: `once more with more memory: ${message}`.slice(0, 200) },
    [tries.strategyId, tries.stage, { type, message, jobName, logSha256 }],
  );
}
