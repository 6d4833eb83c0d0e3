import { mkdtemp, rm, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import type { Launcher } from '../../adapters/launchers/launcher.ts';
import { createLaunchActivities } from '../../activities/launch.ts';
import type { Output } from '../../cli/output.ts';
import { packagePath } from '../../cli/package-path.ts';
import { openSession } from '../../cli/session.ts';
import { JOB_CONTRACT } from '../../schemas/job.ts';
import { DEFAULT_JOB_LIMITS } from '../../schemas/payload.ts';
import type { PreparedJob } from '../../schemas/payload.ts';
import { Stage } from '../../schemas/stage.ts';
import { launchTaskQueue, TaskQueue } from '../../schemas/task-queue.ts';

const WORKFLOW_ID = 'bench/queued-jobs';
const JOBS_AT_ONCE = 2;

/** A look at the worker's memory after a number of jobs. */
export interface MemoryLook {
  readonly jobs: number;
  /** What is in use after a full collection of garbage: JavaScript and what hangs on it. */
  readonly liveMb: number;
  readonly rssMb: number;
}

/** How the worker went through its queue. */
export interface QueueRun {
  readonly seconds: number;
  readonly looks: readonly MemoryLook[];
}

/**
 * Lets one launch worker of this process go through a queue of jobs that only hand their input back,
 * and looks at its memory on the way.
 *
 * @param create makes the launcher whose jobs copy `input.json` to `result.json`.
 * @param every jobs between two looks.
 */
export async function runQueue(
  create: (directory: string) => Launcher,
  {
    count,
    every,
    output,
  }: { readonly count: number; readonly every: number; readonly output: Output },
): Promise<QueueRun> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const dataDirectory = await mkdtemp(join(tmpdir(), 'strategy-loop-bench-jobs-'));
  await chmod(dataDirectory, 0o755);
  const session = await openSession({ dataDirectory, output, withWorker: false });
  const looks: MemoryLook[] = [];
  let ended = 0;
  const look = (): void => {
    collect();
    const { heapUsed, external, rss } = process.memoryUsage();
    looks.push({ jobs: ended, liveMb: (heapUsed + external) / 1e6, rssMb: rss / 1e6 });
  };
  const launcher = create(session.stack.jobsDirectory);
  const counted: Launcher = {
    ...launcher,
    async logs(jobName) {
      ended += 1;
      if (ended % every === 0) look();
      return launcher.logs(jobName);
    },
  };
  const connection = await NativeConnection.connect({ address: session.stack.temporalAddress });
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: packagePath('dist/bench/jobs/workflows.js'),
    logger: new DefaultLogger('ERROR'),
  });
  const workers = await Promise.all([
    Worker.create({ connection, taskQueue: TaskQueue.Workflows, workflowBundle }),
    Worker.create({
      connection,
      taskQueue: launchTaskQueue(launcher.kind),
      activities: createLaunchActivities({ launcher: counted, artifacts: session.artifacts }),
      maxConcurrentActivityTaskExecutions: JOBS_AT_ONCE,
    }),
  ]);
  const runs = workers.map((worker) => worker.run());
  try {
    const jobs: PreparedJob[] = [];
    for (let index = 0; index < count; index += 1) {
      jobs.push(await echoJob(`job-${String(index)}`, (text) => session.artifacts.put(text)));
    }
    look();
    const startedAt = performance.now();
    await session.client.workflow.execute('queuedJobs', {
      workflowId: WORKFLOW_ID,
      taskQueue: TaskQueue.Workflows,
      args: [WORKFLOW_ID, launcher.kind, jobs],
    });
    return { seconds: (performance.now() - startedAt) / 1000, looks };
  } finally {
    for (const worker of workers) worker.shutdown();
    await Promise.all(runs);
    await connection.close();
    await session.close();
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

/** A job whose input is a valid result of itself. */
async function echoJob(
  jobName: string,
  put: (text: string) => Promise<string>,
): Promise<PreparedJob> {
  const jobType = 'echo';
  const envelope = { contract: JOB_CONTRACT, jobName, jobType, files: {}, result: {} };
  return {
    jobName,
    jobType,
    strategyId: 'bench',
    stage: Stage.Trade,
    attempt: 1,
    specHash: 'echo',
    inputSha256: await put(JSON.stringify(envelope)),
    files: [],
    limits: DEFAULT_JOB_LIMITS,
  };
}
