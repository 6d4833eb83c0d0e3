import { jobOptions } from './activities.ts';
import type { StageContext } from './stage-context.ts';

/** Makes a challenger from the dataset; the last bars are held out from search and fit. */
export async function retrain({ store, launch, cycle, onJob }: StageContext): Promise<void> {
  const prepared = await store.prepareRetrain.executeWithOptions(
    { summary: 'choose the training window' },
    [cycle],
  );
  if (prepared.kind === 'accepted') return;
  const { job } = prepared;
  onJob(job.jobName);
  const finished =
    prepared.kind === 'finished'
      ? prepared.finished
      : await launch.launchRetrain.executeWithOptions(jobOptions(job, 'search and train'), [
          cycle.cycleId,
          job,
        ]);
  await store.ingestRetrain.executeWithOptions({ summary: 'store the challenger' }, [
    cycle,
    finished,
  ]);
}
