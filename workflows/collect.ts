import { jobOptions } from './activities.ts';
import { finishJob } from './finish-job.ts';
import type { StageContext } from './stage-context.ts';

/**
 * Fetches the bars up to the end of the window and stores them as a dataset.
 *
 * @param isFeedRead the bars were stored just before; a retry by an operator reads the feed anew.
 */
export async function collect(
  { store, launch, cycle, onJob, stageAttempt }: StageContext,
  isFeedRead = false,
): Promise<void> {
  const prepared = await store.prepareCollect.executeWithOptions(
    { summary: `which bars are missing before ${cycle.window.to}` },
    [cycle, isFeedRead && stageAttempt === 1],
  );
  const finished = await finishJob(
    prepared,
    (job) =>
      launch.launchCollect.executeWithOptions(jobOptions(job, 'fetch and check the feed'), [
        cycle.cycleId,
        job,
      ]),
    onJob,
  );
  if (finished === null) return;
  await store.ingestCollect.executeWithOptions({ summary: 'store bars and dataset' }, [
    cycle,
    finished,
  ]);
}
