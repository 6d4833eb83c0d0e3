import { ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import type { Client, ScheduleOptions } from '@temporalio/client';
import { clearOrphansId } from '../schemas/ids.ts';
import { DEFAULT_TIMING } from '../schemas/payload.ts';
import type { ClearOrphansInput } from '../schemas/payload.ts';
import { TaskQueue } from '../schemas/task-queue.ts';
import type { LauncherKind } from '../schemas/task-queue.ts';

/** How long a job may outlive its terminated workflow. */
const EVERY = '5 minutes';

/** Makes the schedule that clears away what ended workflows left, unless it is there already. */
export async function ensureOrphanSchedule(
  { schedule }: Client,
  launcher: LauncherKind,
): Promise<void> {
  const input: ClearOrphansInput = { launcher, timing: DEFAULT_TIMING };
  const options: ScheduleOptions = {
    scheduleId: clearOrphansId(launcher),
    spec: { intervals: [{ every: EVERY }] },
    policies: {
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow: '1 minute',
    },
    action: {
      type: 'startWorkflow',
      workflowType: 'clearOrphans',
      workflowId: clearOrphansId(launcher),
      taskQueue: TaskQueue.Workflows,
      args: [input],
      staticSummary: `Clear away ${launcher} jobs and cycles whose workflow has ended`,
      // Without a worker the runs would pile up.
      workflowExecutionTimeout: EVERY,
    },
  };
  await schedule.create(options).catch((error: unknown) => {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  });
}
