/** A thread of a sweep: one message a job, one message back. Ends when its port is closed. */
import { parentPort } from 'node:worker_threads';
import type { SweepJob, ThreadReport } from './sweep-job.ts';
import { runEventShare, runKernelShare } from './sweep-steps.ts';

async function run(job: SweepJob): Promise<ThreadReport> {
  if (job.kind !== 'events') {
    return runKernelShare(job);
  }
  // Strategies load zod, which a kernel does without.
  const { strategyById } = await import('../../strategies/registry.ts');
  return runEventShare(job, strategyById(job.strategyId));
}

parentPort?.on('message', (job: SweepJob) => {
  void run(job).then((report) => {
    parentPort?.postMessage(report);
  });
});
