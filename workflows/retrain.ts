import type { FinishedJob, Preparation, PreparedParts } from '../schemas/payload.ts';
import { jobOptions } from './activities.ts';
import { finishJob } from './finish-job.ts';
import { runParts } from './run-parts.ts';
import type { StageContext } from './stage-context.ts';

/** Makes a challenger from the dataset; the last bars are held out from search and fit. */
export async function retrain(context: StageContext): Promise<void> {
  const { store, launch, cycle, onJob } = context;
  const prepared = await store.prepareRetrain.executeWithOptions(
    { summary: 'choose the training window' },
    [cycle],
  );
  const isSplit = prepared.kind === 'parts';
  const trainer = isSplit ? await scoreParts(context, prepared) : prepared;
  const summary = isSplit ? 'rank what the parts have scored' : 'search and train';
  const finished = await finishJob(
    trainer,
    (job) =>
      launch.launchRetrain.executeWithOptions(jobOptions(job, summary), [cycle.cycleId, job]),
    onJob,
  );
  if (finished === null) return;
  await store.ingestRetrain.executeWithOptions({ summary: 'store the challenger' }, [
    cycle,
    finished,
  ]);
}

/** Scores the candidates of a search in several jobs, and readies the one that ranks them. */
async function scoreParts(
  { store, launch, cycle }: StageContext,
  prepared: PreparedParts,
): Promise<Preparation> {
  const { length } = prepared.parts;
  const scored: readonly FinishedJob[] = await runParts({ store }, prepared, (job, part) =>
    launch.launchScore.executeWithOptions(
      jobOptions(job, `score candidates, part ${String(part)} of ${String(length)}`),
      [cycle.cycleId, job],
    ),
  );
  return store.prepareRanking.executeWithOptions({ summary: 'gather the scores' }, [cycle, scored]);
}
