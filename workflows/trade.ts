import { jobOptions } from './activities.ts';
import type { StageContext } from './stage-context.ts';

/** Walks the window bar by bar with the release that is stable when the stage starts. */
export async function trade({ store, launch, cycle, onJob }: StageContext): Promise<void> {
  const prepared = await store.prepareTrade.executeWithOptions(
    { summary: 'take the stable release and the account' },
    [cycle],
  );
  if (prepared.kind === 'accepted') return;
  const { job } = prepared;
  onJob(job.jobName);
  const { from, to } = cycle.window;
  const finished =
    prepared.kind === 'finished'
      ? prepared.finished
      : await launch.launchTrade.executeWithOptions(jobOptions(job, `trade ${from} to ${to}`), [
          cycle.cycleId,
          job,
        ]);
  await store.ingestTrade.executeWithOptions(
    { summary: 'store decisions, orders, fills and equity' },
    [cycle, finished],
  );
}
