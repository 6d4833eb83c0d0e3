import { workflowInfo } from '@temporalio/workflow';
import { feedReadId } from '../schemas/ids.ts';
import type { FeedReading } from '../schemas/payload.ts';
import { jobOptions } from './activities.ts';
import type { Rooms } from './activities.ts';
import { finishJob } from './finish-job.ts';

/**
 * Reads a strategy's feed up to a day and stores its bars, so that it is known which windows have
 * any. Nothing waits for a person here: what is wrong with the feed is the caller's to tell.
 */
export async function readFeed(
  { store, launch }: Rooms,
  { strategyId, to }: Omit<FeedReading, 'readId'>,
): Promise<void> {
  const readId = feedReadId(strategyId, workflowInfo().runId);
  const reading: FeedReading = { readId, strategyId, to };
  const prepared = await store.prepareFeed.executeWithOptions(
    { summary: `which bars are missing before ${to}` },
    [reading],
  );
  try {
    const finished = await finishJob(prepared, (job) =>
      launch.launchFeed.executeWithOptions(jobOptions(job, 'fetch and check the feed'), [
        readId,
        job,
      ]),
    );
    if (finished === null) return;
    await store.ingestFeed.executeWithOptions({ summary: 'store the bars' }, [reading, finished]);
  } finally {
    await launch.removeJobs.executeWithOptions({ summary: 'clear away the job' }, [readId]);
  }
}
