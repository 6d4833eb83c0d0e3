import { jobOptions } from './activities.ts';
import { finishJob } from './finish-job.ts';
import type { StageContext } from './stage-context.ts';

/** Makes a challenger from the dataset; the last bars are held out from search and fit. */
export async function retrain({ store, launch, cycle, onJob }: StageContext): Promise<void> {
  const prepared = await store.prepareRetrain.executeWithOptions(
    { summary: 'choose the training window' },
    [cycle],
  );
  const finished = await finishJob(
    prepared,
    (job) =>
      launch.launchRetrain.executeWithOptions(jobOptions(job, 'search and train'), [
        cycle.cycleId,
        job,
      ]),
    onJob,
  );
  if (finished === null) return;
  await store.ingestRetrain.executeWithOptions({ summary: 'store the challenger' }, [
    cycle,
    finished,
  ]);
}
