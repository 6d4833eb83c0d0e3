import { jobOptions } from './activities.ts';
import { finishJob } from './finish-job.ts';
import type { StageContext } from './stage-context.ts';

/**
 * Measures the loop so far against buy-and-hold and against release 1 never retrained.
 *
 * @param always also when the strategy's settings let this cycle go without.
 */
export async function analyze(
  { store, launch, cycle, onJob }: StageContext,
  always = false,
): Promise<void> {
  const prepared = await store.prepareAnalyze.executeWithOptions(
    { summary: 'gather the record of the loop' },
    [cycle, always],
  );
  const finished = await finishJob(
    prepared,
    (job) =>
      launch.launchAnalyze.executeWithOptions(jobOptions(job, 'measure and draw'), [
        cycle.cycleId,
        job,
      ]),
    onJob,
  );
  if (finished === null) return;
  await store.ingestAnalyze.executeWithOptions({ summary: 'store figures and report' }, [
    cycle,
    finished,
  ]);
}
