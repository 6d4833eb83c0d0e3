import { proxyActivities } from '@temporalio/workflow';
import type { ActivityInterfaceFor } from '@temporalio/workflow';
import type { LaunchActivities } from '../activities/launch.ts';
import type { StoreActivities } from '../activities/store.ts';
import type { PreparedJob, Timing } from '../schemas/payload.ts';
import { launchTaskQueue, TaskQueue } from '../schemas/task-queue.ts';
import type { LauncherKind } from '../schemas/task-queue.ts';
import { localFirst } from './local-first.ts';
import type { LocalFirst } from './local-first.ts';

/** Activities as a workflow calls them. */
export interface Rooms {
  /** Database and artifacts: short steps, done where the workflow runs when that is possible. */
  readonly store: LocalFirst<StoreActivities>;
  /** The same as ordinary activities, for what waits or takes long. */
  readonly queuedStore: ActivityInterfaceFor<StoreActivities>;
  /** Jobs. */
  readonly launch: ActivityInterfaceFor<LaunchActivities>;
}

/** Infrastructure errors are tried again without end; refusals are not retryable by themselves. */
const RETRY = {
  initialInterval: 500,
  backoffCoefficient: 2,
  maximumInterval: 30_000,
};

/** Room for copying files in and out of a job, beyond the job's own deadline. */
const JOB_SLACK_MS = 120_000;

export function openRooms(launcher: LauncherKind, timing: Timing): Rooms {
  const shared = { heartbeatTimeout: timing.heartbeatTimeoutMs, retry: RETRY };
  const queuedStore = proxyActivities<StoreActivities>({
    ...shared,
    taskQueue: TaskQueue.Store,
    startToCloseTimeout: timing.storeTimeoutMs,
  });
  return {
    store: localFirst(queuedStore),
    queuedStore,
    launch: proxyActivities<LaunchActivities>({
      ...shared,
      taskQueue: launchTaskQueue(launcher),
      startToCloseTimeout: timing.storeTimeoutMs,
    }),
  };
}

/** Options of one launch activity: it may take as long as its job, and says which job it is. */
export function jobOptions(
  job: PreparedJob,
  summary: string,
): { startToCloseTimeout: number; summary: string } {
  const { deadlineMs, graceMs } = job.limits;
  return {
    startToCloseTimeout: deadlineMs + graceMs + JOB_SLACK_MS,
    summary: job.attempt === 1 ? summary : `${summary}, attempt ${String(job.attempt)}`,
  };
}
