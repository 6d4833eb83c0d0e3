import { proxyActivities } from '@temporalio/workflow';
import { TaskQueue } from '../../schemas/task-queue.ts';

export * from '../../workflows/index.ts';

const { nothing } = proxyActivities<{ nothing(): Promise<void> }>({
  taskQueue: TaskQueue.Store,
  startToCloseTimeout: '10 seconds',
});

/** The peer of a cycle: as many activities, one after another, that do nothing. */
export async function bareActivities(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await nothing();
}
