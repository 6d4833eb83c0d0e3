import { ApplicationFailure, IllegalStateError } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import type { Launcher } from '../adapters/launchers/launcher.ts';
import { createLaunchActivities } from '../activities/launch.ts';
import { createStoreActivities } from '../activities/store.ts';
import type { StoreDeps } from '../activities/store-deps.ts';
import { FailureType } from '../schemas/failure-type.ts';
import { launchTaskQueue, TaskQueue } from '../schemas/task-queue.ts';

/** What the workers of one process share. */
export interface WorkersOptions {
  readonly address: string;
  readonly namespace: string;
  readonly identity: string;
  /** Absent where no workflows run. */
  readonly workflows?: { readonly bundlePath: string; readonly stickyMs: number };
  /** Absent in a process without database rights. */
  readonly store?: StoreDeps;
  /** Absent in a process without launcher rights. */
  readonly launch?: {
    /** Each gets a worker on its own task queue. */
    readonly launchers: readonly Launcher[];
    readonly artifacts: ArtifactStore;
    /** Jobs at once for each launcher. */
    readonly jobsMax: number;
  };
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
 * What a workflows worker without database rights answers to any step: go over the queue. Without
 * it the SDK would let the whole workflow task fail, for ever.
 */
const NO_STEPS = {
  default: (): Promise<never> =>
    Promise.reject(
      ApplicationFailure.create({
        type: FailureType.NoDatabaseHere,
        message: 'this worker has no database: a store worker does the step',
      }),
    ),
};

/** Nothing is queued for the workflows' own worker but workflow tasks. */
const LOCAL_STEPS_ONLY = {
  enableNonLocalActivities: false,
  maxConcurrentLocalActivityExecutions: STORE_ACTIVITIES_MAX,
};

/**
 * Starts one worker per task queue: workflows, `store` (database, no launcher) and `launch`
 * (launcher, no database). The embedded default runs all three in one process, `strategy-loop
 * worker` one of them.
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
  const { workflows, store, launch } = options;
  const storeActivities = store === undefined ? null : createStoreActivities(store);
  const workers = await Promise.all([
    ...(workflows === undefined
      ? []
      : [
          Worker.create({
            ...shared,
            taskQueue: TaskQueue.Workflows,
            workflowBundle: { codePath: workflows.bundlePath },
            stickyQueueScheduleToStartTimeout: workflows.stickyMs,
            // With database rights the short steps of a workflow are done where it runs.
            activities: storeActivities ?? NO_STEPS,
            ...LOCAL_STEPS_ONLY,
            ...(storeActivities === null ? { interceptors: {} } : {}),
          }),
        ]),
    ...(storeActivities === null
      ? []
      : [
          Worker.create({
            ...shared,
            taskQueue: TaskQueue.Store,
            activities: storeActivities,
            maxConcurrentActivityTaskExecutions: STORE_ACTIVITIES_MAX,
          }),
        ]),
    ...(launch === undefined
      ? []
      : launch.launchers.map((launcher) =>
          Worker.create({
            ...shared,
            taskQueue: launchTaskQueue(launcher.kind),
            activities: createLaunchActivities({ launcher, artifacts: launch.artifacts }),
            maxConcurrentActivityTaskExecutions: launch.jobsMax,
          }),
        )),
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
      await closeConnection(connection);
    });
  return {
    finished,
    stop,
    isRunning: () => workers.every((worker) => worker.getState() === 'RUNNING'),
    askTemporal: () => connection.workflowService.getSystemInfo({}),
  };
}

/** A worker that was cut off holds the connection until the process ends. */
async function closeConnection(connection: NativeConnection): Promise<void> {
  try {
    await connection.close();
  } catch (error) {
    if (!(error instanceof IllegalStateError)) throw error;
  }
}
