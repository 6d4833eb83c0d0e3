import { jobOptions } from './activities.ts';
import { finishJob } from './finish-job.ts';
import type { StageContext } from './stage-context.ts';

/** Walks the window bar by bar with the release that is stable when the stage starts. */
export async function trade({ store, launch, cycle, onJob }: StageContext): Promise<void> {
  const prepared = await store.prepareTrade.executeWithOptions(
    { summary: 'take the stable release and the account' },
    [cycle],
  );
  const { from, to } = cycle.window;
  const finished = await finishJob(
    prepared,
    (job) =>
      launch.launchTrade.executeWithOptions(jobOptions(job, `trade ${from} to ${to}`), [
        cycle.cycleId,
        job,
      ]),
    onJob,
  );
  if (finished === null) return;
  await store.ingestTrade.executeWithOptions(
    { summary: 'store decisions, orders, fills and equity' },
    [cycle, finished],
  );
}
