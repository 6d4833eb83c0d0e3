import { proxyActivities } from '@temporalio/workflow';
import { DEFAULT_TIMING } from '../../schemas/payload.ts';
import { TaskQueue } from '../../schemas/task-queue.ts';

export * from '../../workflows/index.ts';

// The options of the loop's own activities: what is compared is what they do.
const { nothing } = proxyActivities<{ nothing(): Promise<void> }>({
  taskQueue: TaskQueue.Store,
  startToCloseTimeout: DEFAULT_TIMING.storeTimeoutMs,
  heartbeatTimeout: DEFAULT_TIMING.heartbeatTimeoutMs,
});

/** The peer of a cycle: as many activities, one after another, that do nothing. */
export async function bareActivities(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await nothing.executeWithOptions({ summary: 'nothing' }, []);
  }
}
