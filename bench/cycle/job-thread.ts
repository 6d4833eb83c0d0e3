import { parentPort } from 'node:worker_threads';
import { runJob } from '../../jobs/contract/run-job.ts';

/** One job for the thread: where it lies, and what it is. */
export interface ThreadJob {
  readonly jobName: string;
  readonly jobType: string;
  readonly input: string;
  readonly output: string;
}

export interface ThreadJobEnd {
  readonly jobName: string;
  readonly exitCode: number;
  /** The job's own work. */
  readonly wallMs: number;
}

/** Runs jobs one after another in a thread that stays: modules are loaded once. */
async function run(job: ThreadJob): Promise<ThreadJobEnd> {
  const startedAt = performance.now();
  const exitCode = await runJob(job.jobType, job.input, job.output, { log: () => undefined });
  return { jobName: job.jobName, exitCode, wallMs: performance.now() - startedAt };
}

parentPort?.on('message', (job: ThreadJob) => {
  void run(job).then((end) => parentPort?.postMessage(end));
});
