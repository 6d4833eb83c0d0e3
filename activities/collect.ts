import { basename } from 'node:path';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import { requireCycle } from '../adapters/postgres/cycles.ts';
import type { Queryable } from '../adapters/postgres/pool.ts';
import {
  insertDataset,
  newestQuality,
  readAgainFrom,
  upsertBars,
} from '../adapters/postgres/series.ts';
import { acceptStage, claimStage, startStage } from '../adapters/postgres/stages.ts';
import { readStrategy } from '../adapters/postgres/strategies.ts';
import { inTransaction } from '../adapters/postgres/transaction.ts';
import { readBars as parseBars } from '../engine/bars-file.ts';
import { FailureType } from '../schemas/failure-type.ts';
import { FEED_BYTES_DEFAULT, hostOf } from '../schemas/feed-hosts.ts';
import { BARS_FILE } from '../schemas/jobs/collect.ts';
import type { FetchInput } from '../schemas/jobs/collect.ts';
import type { CycleRef, FileRef, FinishedJob, Preparation } from '../schemas/payload.ts';
import type { FeedSettings } from '../schemas/settings.ts';
import { Stage } from '../schemas/stage.ts';
import { buildDataset, missingBars } from './build-dataset.ts';
import { noticeGaps } from './find-gaps.ts';
import { classified, refusal } from './failure.ts';
import { fileOf, readResult } from './job-result.ts';
import { prepareJob } from './prepare-job.ts';
import type { StoreDeps } from './store-deps.ts';

const CSV_FILE = 'feed.csv';

export type CollectActivities = ReturnType<typeof createCollectActivities>;

export function createCollectActivities(deps: StoreDeps) {
  const { pool, artifacts, now, feedHosts } = deps;

  /**
   * Readies the job that fetches the bars before the window's end, the newest stored ones again. When the
   * feed was read just before, there is nothing to fetch, and the stage is done at once.
   */
  async function prepareCollect(cycle: CycleRef, isFeedRead = false): Promise<Preparation> {
    const { settings } = await readStrategy(pool, cycle.strategyId);
    if (isFeedRead && (await takeStored(cycle, settings.seriesId))) return { kind: 'accepted' };
    const { feed, files, hosts } = await openFeed(artifacts, settings.feed, feedHosts);
    return inTransaction(pool, async (client) => {
      if ((await startStage(client, cycle.cycleId, Stage.Collect, null)) !== null) {
        return { kind: 'accepted' };
      }
      const slot = { ...cycle, stage: Stage.Collect, unit: 'fetch' };
      return prepareJob(client, deps, slot, async () => ({
        jobType: 'collect/fetch',
        files,
        hosts,
        input: {
          feed,
          from: await readAgainFrom(client, settings.seriesId, cycle.window.to),
          to: cycle.window.to,
          now: now().toISOString(),
        },
      }));
    });
  }

  /** Makes the dataset from what is stored. @returns false when that does not cover the window. */
  async function takeStored(cycle: CycleRef, seriesId: string): Promise<boolean> {
    return inTransaction(pool, async (client) => {
      if ((await startStage(client, cycle.cycleId, Stage.Collect, null)) !== null) return true;
      const dataset = await buildDataset(client, artifacts, seriesId, cycle.window.to);
      const quality = await newestQuality(client, seriesId);
      if (dataset === null || quality === null || dataset.last < cycle.window.from) return false;
      await insertDataset(client, dataset, quality);
      await setDataset(client, cycle.cycleId, dataset.datasetId);
      await acceptStage(client, cycle.cycleId, Stage.Collect, {
        finished: null,
        result: { datasetId: dataset.datasetId, rows: dataset.rows, inserted: 0, revised: 0 },
      });
      return true;
    });
  }

  /**
   * Stores the fetched bars and the dataset of everything known before the window's end, in one
   * transaction. Safe to retry: bars are upserted, and a dataset's id is its content.
   */
  async function ingestCollect(cycle: CycleRef, finished: FinishedJob): Promise<void> {
    const result = await readResult(artifacts, 'collect/fetch', finished);
    const text = (await artifacts.get(fileOf(finished, BARS_FILE))).toString('utf8');
    const bars = parseBars(text);
    const { settings } = await readStrategy(pool, cycle.strategyId);
    await inTransaction(pool, async (client) => {
      if ((await claimStage(client, cycle.cycleId, Stage.Collect, finished.jobName)) === 'stands') {
        return;
      }
      const count = await upsertBars(client, settings.seriesId, bars);
      await noticeGaps(client, settings.seriesId, bars);
      const dataset = await buildDataset(client, artifacts, settings.seriesId, cycle.window.to);
      const stored = await requireCycle(client, cycle.cycleId);
      const span = stored.kind === 'cycle' ? cycle.window : { from: '', to: dataset?.last ?? '' };
      const missing = missingBars(dataset, span, now());
      if (dataset === null || missing !== null) {
        throw refusal(FailureType.ResultRefused, missing ?? 'the feed has no bars');
      }
      const { datasetId } = dataset;
      await insertDataset(client, dataset, result.quality);
      await setDataset(client, cycle.cycleId, datasetId);
      await acceptStage(client, cycle.cycleId, Stage.Collect, {
        finished,
        result: { datasetId, rows: dataset.rows, ...count },
      });
    });
  }

  return classified({ prepareCollect, ingestCollect });
}

async function setDataset(client: Queryable, cycleId: string, datasetId: string): Promise<void> {
  await client.query('update cycles set dataset_id = $2 where cycle_id = $1', [cycleId, datasetId]);
}

/** A feed as its job reads it. */
interface OpenFeed {
  readonly feed: FetchInput['feed'];
  readonly files: FileRef[];
  /** What the job may reach; nothing for a feed that needs no network. */
  readonly hosts: readonly string[];
}

/**
 * A CSV feed enters the job as a file, so that the job needs no path of this machine. One at an
 * address is fetched by the job, which may reach the address's own host and those of `feedHosts`.
 */
export async function openFeed(
  artifacts: ArtifactStore,
  feed: FeedSettings,
  feedHosts: readonly string[] = [],
): Promise<OpenFeed> {
  if (feed.kind === 'vega-datasets') return { feed, files: [], hosts: [] };
  if (feed.kind === 'csv-url') {
    const hosts = [...new Set([hostOf(new URL(feed.url)), ...feedHosts])];
    return {
      feed: { ...feed, bytesMax: feed.bytesMax ?? FEED_BYTES_DEFAULT, hosts },
      files: [],
      hosts,
    };
  }
  const sha256 = await artifacts.putFile(feed.path).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw refusal(
      FailureType.InvalidInput,
      `feed file "${feed.path}" cannot be read: ${reason}. Put the file there and retry the stage.`,
      { cause: error },
    );
  });
  if (feed.sha256 !== undefined && feed.sha256 !== sha256) {
    throw refusal(
      FailureType.InvalidInput,
      `feed file "${feed.path}" hashes to ${sha256}, but the strategy's settings say ${feed.sha256}: ` +
        'it was changed. Put the file back and retry the stage, or apply settings with its new hash.',
    );
  }
  return {
    feed: { kind: 'csv', file: CSV_FILE, originalName: basename(feed.path) },
    files: [{ name: CSV_FILE, sha256 }],
    hosts: [],
  };
}
