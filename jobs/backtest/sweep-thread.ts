/** A thread of a sweep: one message a job, one message back. Ends when its port is closed. */
import { parentPort } from 'node:worker_threads';
import type { Strategy } from '../../strategies/strategy.ts';
import type { EventJob, SweepJob, ThreadReport } from './sweep-job.ts';
import { runEventShare, runKernelShare } from './sweep-steps.ts';

async function strategyOf({ strategyId, source }: EventJob): Promise<Strategy> {
  if (source !== null) {
    const { loadStrategySource } = await import('../host/load-strategy.ts');
    return loadStrategySource(source, strategyId);
  }
  const { strategyById } = await import('../../strategies/registry.ts');
  return strategyById(strategyId);
}

async function run(job: SweepJob): Promise<ThreadReport> {
  if (job.kind !== 'events') {
    return runKernelShare(job);
  }
  // Strategies load zod, which a kernel does without.
  return runEventShare(job, await strategyOf(job));
}

parentPort?.on('message', (job: SweepJob) => {
  void run(job).then((report) => {
    parentPort?.postMessage(report);
  });
});
