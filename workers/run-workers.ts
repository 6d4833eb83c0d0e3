import { NativeConnection, Worker } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';
import type { Launcher } from '../adapters/launchers/launcher.ts';
import { createLaunchActivities } from '../activities/launch.ts';
import type { LaunchDeps } from '../activities/launch.ts';
import { createStoreActivities } from '../activities/store.ts';
import type { StoreDeps } from '../activities/store-deps.ts';
import { launchTaskQueue, TaskQueue } from '../schemas/task-queue.ts';

/** What the workers of one process share. */
export interface WorkersOptions {
  readonly address: string;
  readonly namespace: string;
  readonly identity: string;
  readonly workflowBundlePath: string;
  readonly stickyMs: number;
  readonly jobsMax: number;
  readonly store: StoreDeps;
  /** Each gets a worker on its own task queue. */
  readonly launchers: readonly Launcher[];
  readonly interceptors?: WorkerOptions['interceptors'];
}

/** Workers of this process, running. */
export interface RunningWorkers {
  /** Resolves when all have drained; rejects when one failed. */
  readonly finished: Promise<void>;
  readonly stop: () => void;
  /** Whether every worker takes work. */
  readonly isRunning: () => boolean;
  /** Resolves when the Temporal server answers; rejects when it does not. */
  readonly askTemporal: () => Promise<unknown>;
}

const STORE_ACTIVITIES_MAX = 20;

/**
 * Starts one worker per task queue: workflows, `store` (database, no launcher) and `launch`
 * (launcher, no database). The embedded default runs all three in one process.
 */
export async function runWorkers(options: WorkersOptions): Promise<RunningWorkers> {
  const connection = await NativeConnection.connect({ address: options.address });
  const shared = {
    connection,
    namespace: options.namespace,
    identity: options.identity,
    // Jobs go on without their worker, so there is nothing to wait for longer.
    shutdownGraceTime: '2s',
    shutdownForceTime: '8s',
    ...(options.interceptors === undefined ? {} : { interceptors: options.interceptors }),
  } satisfies Partial<WorkerOptions>;
  const launchDeps = (launcher: Launcher): LaunchDeps => ({
    launcher,
    artifacts: options.store.artifacts,
  });
  const workers = await Promise.all([
    Worker.create({
      ...shared,
      taskQueue: TaskQueue.Workflows,
      workflowBundle: { codePath: options.workflowBundlePath },
      stickyQueueScheduleToStartTimeout: options.stickyMs,
    }),
    Worker.create({
      ...shared,
      taskQueue: TaskQueue.Store,
      activities: createStoreActivities(options.store),
      maxConcurrentActivityTaskExecutions: STORE_ACTIVITIES_MAX,
    }),
    ...options.launchers.map((launcher) =>
      Worker.create({
        ...shared,
        taskQueue: launchTaskQueue(launcher.kind),
        activities: createLaunchActivities(launchDeps(launcher)),
        maxConcurrentActivityTaskExecutions: options.jobsMax,
      }),
    ),
  ]);
  const runs = workers.map((worker) => worker.run());
  const stop = (): void => {
    for (const worker of workers) {
      if (worker.getState() === 'RUNNING') worker.shutdown();
    }
  };
  // One worker that fails takes the others along: half a process helps nobody.
  const finished = Promise.all(runs)
    .then(() => undefined)
    .finally(async () => {
      stop();
      await Promise.allSettled(runs);
      await connection.close();
    });
  return {
    finished,
    stop,
    isRunning: () => workers.every((worker) => worker.getState() === 'RUNNING'),
    askTemporal: () => connection.workflowService.getSystemInfo({}),
  };
}
