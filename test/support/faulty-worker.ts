import { join } from 'node:path';
import { PLAN_VARIABLE } from '../faults/plan.ts';
import type { WorkerPlan } from '../faults/plan.ts';
import { startTestWorker } from './loop.ts';
import type { TestLoop, TestWorker } from './loop.ts';

/** The worker of the embedded default, which breaks jobs and has mistakes as planned. */
export function startFaultyWorker(
  { session: { stack }, dataDirectory }: TestLoop,
  plan: WorkerPlan,
): Promise<TestWorker> {
  return startTestWorker(
    'dist/test/faults/faulty-worker.js',
    join(dataDirectory, 'logs', 'faulty.log'),
    {
      PATH: process.env['PATH'] ?? '',
      DATABASE_URL: stack.databaseUrl,
      TEMPORAL_ADDRESS: stack.temporalAddress,
      STRATEGY_LOOP_ARTIFACTS: stack.artifacts,
      STRATEGY_LOOP_JOBS: stack.jobsDirectory,
      STRATEGY_LOOP_STICKY_MS: '300',
      [PLAN_VARIABLE]: JSON.stringify(plan),
    },
  );
}
