import { jobOptions } from './activities.ts';
import type { StageContext } from './stage-context.ts';

/** Measures the loop so far against buy-and-hold and against release 1 never retrained. */
export async function analyze({ store, launch, cycle, onJob }: StageContext): Promise<void> {
  const prepared = await store.prepareAnalyze.executeWithOptions(
    { summary: 'gather the record of the loop' },
    [cycle],
  );
  if (prepared.kind === 'accepted') return;
  const { job } = prepared;
  onJob(job.jobName);
  const finished =
    prepared.kind === 'finished'
      ? prepared.finished
      : await launch.launchAnalyze.executeWithOptions(jobOptions(job, 'measure and draw'), [
          cycle.cycleId,
          job,
        ]);
  await store.ingestAnalyze.executeWithOptions({ summary: 'store figures and report' }, [
    cycle,
    finished,
  ]);
}
