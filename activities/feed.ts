import { insertDataset, readAgainFrom, upsertBars } from '../adapters/postgres/series.ts';
import { markJobSucceeded } from '../adapters/postgres/job-runs.ts';
import { readStrategy } from '../adapters/postgres/strategies.ts';
import { inTransaction } from '../adapters/postgres/transaction.ts';
import { readBars as parseBars } from '../engine/bars-file.ts';
import { FailureType } from '../schemas/failure-type.ts';
import { BARS_FILE } from '../schemas/jobs/collect.ts';
import type { FeedReading, FinishedJob, Preparation } from '../schemas/payload.ts';
import { Stage } from '../schemas/stage.ts';
import { buildDataset } from './build-dataset.ts';
import { openFeed } from './collect.ts';
import { noticeGaps } from './find-gaps.ts';
import { classified, refusal } from './failure.ts';
import { fileOf, readResult } from './job-result.ts';
import { prepareJob } from './prepare-job.ts';
import type { StoreDeps } from './store-deps.ts';

export type FeedActivities = ReturnType<typeof createFeedActivities>;

/** Reading a feed before it is known which windows have bars, outside of any cycle. */
export function createFeedActivities(deps: StoreDeps) {
  const { pool, artifacts, now, feedHosts } = deps;

  /** Readies the job that fetches the bars before the end of the reading, the newest stored ones again. */
  async function prepareFeed(reading: FeedReading): Promise<Preparation> {
    const { settings } = await readStrategy(pool, reading.strategyId);
    const { feed, files, hosts } = await openFeed(artifacts, settings.feed, feedHosts);
    const slot = {
      cycleId: reading.readId,
      strategyId: reading.strategyId,
      stage: Stage.Collect,
      unit: 'feed',
    };
    return inTransaction(pool, (client) =>
      prepareJob(client, deps, slot, async () => ({
        jobType: 'collect/fetch',
        files,
        hosts,
        input: {
          feed,
          from: await readAgainFrom(client, settings.seriesId, reading.to),
          to: reading.to,
          now: now().toISOString(),
        },
      })),
    );
  }

  /** Stores the bars in one transaction. Safe to retry: bars are upserted. */
  async function ingestFeed(reading: FeedReading, finished: FinishedJob): Promise<void> {
    const result = await readResult(artifacts, 'collect/fetch', finished);
    const text = (await artifacts.get(fileOf(finished, BARS_FILE))).toString('utf8');
    const bars = parseBars(text);
    const { settings } = await readStrategy(pool, reading.strategyId);
    await inTransaction(pool, async (client) => {
      await upsertBars(client, settings.seriesId, bars);
      await noticeGaps(client, settings.seriesId, bars);
      const dataset = await buildDataset(client, artifacts, settings.seriesId, reading.to);
      if (dataset === null) {
        throw refusal(
          FailureType.ResultRefused,
          `the feed of ${reading.strategyId} has no bars before ${reading.to}`,
        );
      }
      await insertDataset(client, dataset, result.quality);
      await markJobSucceeded(client, finished);
    });
  }

  return classified({ prepareFeed, ingestFeed });
}
