import { NativeConnection, Worker } from '@temporalio/worker';
import type { Launcher } from '../../adapters/launchers/launcher.ts';
import { createLaunchActivities } from '../../activities/launch.ts';
import { createStoreActivities } from '../../activities/store.ts';
import type { StoreDeps } from '../../activities/store-deps.ts';
import type { Session } from '../../cli/session.ts';
import { launchTaskQueue, LauncherKind, TaskQueue } from '../../schemas/task-queue.ts';
import { openProcessLauncher } from '../../workers/process-jobs.ts';

export interface BenchWorkers {
  close(): Promise<void>;
}

/** The workers of the embedded default, in this process, with one activity more that does nothing. */
export async function createBenchWorkers(options: {
  readonly session: Session;
  readonly bundle: string;
  /** Null for the process launcher. */
  readonly launcher: Launcher | null;
  readonly store: StoreDeps;
}): Promise<BenchWorkers> {
  const { session, store } = options;
  const launcher = options.launcher ?? openProcessLauncher(session.stack.jobsDirectory);
  const activities = createStoreActivities(store);
  const connection = await NativeConnection.connect({ address: session.stack.temporalAddress });
  const workers = await Promise.all([
    Worker.create({
      connection,
      taskQueue: TaskQueue.Workflows,
      workflowBundle: { code: options.bundle },
      activities,
      enableNonLocalActivities: false,
    }),
    Worker.create({
      connection,
      taskQueue: TaskQueue.Store,
      activities: { ...activities, nothing: () => Promise.resolve() },
    }),
    Worker.create({
      connection,
      taskQueue: launchTaskQueue(LauncherKind.Process),
      activities: createLaunchActivities({ launcher, artifacts: store.artifacts }),
    }),
  ]);
  const runs = workers.map((worker) => worker.run());
  return {
    async close() {
      for (const worker of workers) worker.shutdown();
      await Promise.all(runs);
      await connection.close();
    },
  };
}
