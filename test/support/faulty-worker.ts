import { join } from 'node:path';
import { PLAN_VARIABLE } from '../faults/plan.ts';
import type { WorkerPlan } from '../faults/plan.ts';
import { startTestWorker, workerEnvironment } from './loop.ts';
import type { TestLoop, TestWorker } from './loop.ts';

/** The worker of the embedded default, which breaks jobs and has mistakes as planned. */
export function startFaultyWorker(
  { session, dataDirectory }: TestLoop,
  plan: WorkerPlan,
): Promise<TestWorker> {
  return startTestWorker(
    'dist/test/faults/faulty-worker.js',
    join(dataDirectory, 'logs', 'faulty.log'),
    {
      ...workerEnvironment(session),
      [PLAN_VARIABLE]: JSON.stringify(plan),
    },
  );
}
