import { jobOptions } from './activities.ts';
import { finishJob } from './finish-job.ts';
import type { StageContext } from './stage-context.ts';

/** Fetches the bars up to the end of the window and stores them as a dataset. */
export async function collect({ store, launch, cycle, onJob }: StageContext): Promise<void> {
  const prepared = await store.prepareCollect.executeWithOptions(
    { summary: `which bars are missing before ${cycle.window.to}` },
    [cycle],
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
