import { workflowInfo } from '@temporalio/workflow';
import { feedReadId } from '../schemas/ids.ts';
import type { FeedReading } from '../schemas/payload.ts';
import { Stage } from '../schemas/stage.ts';
import { jobOptions } from './activities.ts';
import type { Rooms } from './activities.ts';
import { causeOf } from './failure.ts';
import { finishJob } from './finish-job.ts';
import { isTriedAgain } from './try-again.ts';
import type { Tries } from './try-again.ts';

/**
 * Reads a strategy's feed up to a day and stores its bars, so that it is known which windows have
 * any. Nothing waits for a person here: what is wrong with the feed is the caller's to tell.
 */
export async function readFeed(
  rooms: Rooms,
  { strategyId, to }: Omit<FeedReading, 'readId'>,
): Promise<void> {
  const readId = feedReadId(strategyId, workflowInfo().runId);
  const reading: FeedReading = { readId, strategyId, to };
  try {
    const tries = { strategyId, stage: Stage.Collect, lost: 0 };
    while (!(await isRead(rooms, reading, tries)));
  } finally {
    await rooms.launch.removeJobs.executeWithOptions({ summary: 'clear away the job' }, [readId]);
  }
}

/** @returns false when the job failed in a way that another attempt may mend. */
async function isRead(rooms: Rooms, reading: FeedReading, tries: Tries): Promise<boolean> {
  try {
    await readOnce(rooms, reading);
    return true;
  } catch (error) {
    const cause = causeOf(error);
    if (cause === null || !(await isTriedAgain(rooms, tries, cause))) throw error;
    return false;
  }
}

async function readOnce({ store, launch }: Rooms, reading: FeedReading): Promise<void> {
  const prepared = await store.prepareFeed.executeWithOptions(
    { summary: `which bars are missing before ${reading.to}` },
    [reading],
  );
  const finished = await finishJob(prepared, (job) =>
    launch.launchFeed.executeWithOptions(jobOptions(job, 'fetch and check the feed'), [
      reading.readId,
      job,
    ]),
  );
  if (finished === null) return;
  await store.ingestFeed.executeWithOptions({ summary: 'store the bars' }, [reading, finished]);
}
