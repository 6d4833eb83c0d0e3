import type { FinishedJob, Preparation, PreparedJob } from '../schemas/payload.ts';

/**
 * Runs the job that a `prepare…` activity has readied, unless it has ended already.
 *
 * @param launch runs the job with the stage's own activity.
 * @param onJob told the job's name, so that a failure can be booked to it.
 * @returns null when the stage's result was accepted before: there is nothing left to do.
 */
export async function finishJob(
  prepared: Preparation,
  launch: (job: PreparedJob) => Promise<FinishedJob>,
  onJob?: (jobName: string) => void,
): Promise<FinishedJob | null> {
  if (prepared.kind === 'accepted') return null;
  onJob?.(prepared.job.jobName);
  return prepared.kind === 'finished' ? prepared.finished : launch(prepared.job);
}
