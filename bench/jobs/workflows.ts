import { openRooms } from '../../workflows/activities.ts';
import { DEFAULT_TIMING } from '../../schemas/payload.ts';
import type { PreparedJob } from '../../schemas/payload.ts';
import type { LauncherKind } from '../../schemas/task-queue.ts';

/** Asks for all jobs at once: they wait in the task queue for the worker to have room. */
export async function queuedJobs(
  workflowId: string,
  launcher: LauncherKind,
  jobs: readonly PreparedJob[],
): Promise<void> {
  const { launch } = openRooms(launcher, DEFAULT_TIMING);
  await Promise.all(jobs.map((job) => launch.launchTrade(workflowId, job)));
  await launch.removeJobs(workflowId);
}
