import type { Bar } from '../../schemas/bar.ts';
import type { Dataset, QualityReport } from '../../schemas/dataset.ts';
import type { Queryable } from './pool.ts';
import type { StoredSpan } from './price-series.ts';

const READ_AGAIN_DAYS = 30;

/** How many rows an upsert changed. */
export interface UpsertCount {
  readonly inserted: number;
  readonly revised: number;
}

/**
 * Stores bars. A bar that is stored already with the same values is left alone; one with other
 * values becomes the next revision. Storing the same bars twice changes nothing. Each revision is
 * kept as a fact, and so is each bar that comes late: between two that were stored before.
 *
 * @param known what was stored before, when the bars are one batch of many: the batches before it
 *   do not make it late. Read from the store by default.
 */
export async function upsertBars(
  client: Queryable,
  seriesId: string,
  bars: readonly Bar[],
  known?: StoredSpan | null,
): Promise<UpsertCount> {
  const { rows } = await client.query<{ revision: number; count: number }>(
    `with incoming as (
       select * from unnest($2::timestamptz[], $3::float8[], $4::float8[], $5::float8[], $6::float8[],
         $7::float8[]) as t (open_time, open, high, low, close, volume)
     ), latest as (
       select distinct on (open_time) * from bars
       where series_id = $1 and open_time between
         (select min(open_time) from incoming) and (select max(open_time) from incoming)
       order by open_time, revision desc
     ), written as (
       insert into bars (series_id, open_time, revision, open, high, low, close, volume, available_at)
       select $1, i.open_time, coalesce(l.revision, 0) + 1, i.open, i.high, i.low, i.close, i.volume,
         i.open_time + s.duration
       from incoming i
         join series s on s.series_id = $1
         left join latest l using (open_time)
       where (l.open, l.high, l.low, l.close, l.volume)
         is distinct from (i.open, i.high, i.low, i.close, i.volume)
       on conflict (series_id, open_time, revision) do nothing
       returning open_time, revision
     ), known as (
       select
         case when $8::boolean then $9::timestamptz else (select min(open_time) from bars where series_id = $1) end as first,
         case when $8::boolean then $10::timestamptz else (select max(open_time) from bars where series_id = $1) end as last
     ), facts as (
       insert into bar_facts (series_id, kind, open_time, revision, detail)
       select $1, case when w.revision = 1 then 'late-bar' else 'revision' end, open_time, w.revision,
         case when w.revision = 1
           then jsonb_build_object('expectedAt', bar_time(open_time + s.duration, interval '0'))
           else jsonb_build_object(
             'before', jsonb_build_array(l.open, l.high, l.low, l.close, l.volume),
             'after', jsonb_build_array(i.open, i.high, i.low, i.close, i.volume))
         end
       from written w
         join incoming i using (open_time)
         join series s on s.series_id = $1
         cross join known
         left join latest l using (open_time)
       where w.revision > 1 or (open_time > known.first and open_time < known.last)
       on conflict do nothing
     )
     select revision, count(*) as count from written group by revision`,
    [
      seriesId,
      bars.map((bar) => bar.time),
      bars.map((bar) => bar.open),
      bars.map((bar) => bar.high),
      bars.map((bar) => bar.low),
      bars.map((bar) => bar.close),
      bars.map((bar) => bar.volume),
      known !== undefined,
      known?.first ?? null,
      known?.last ?? null,
    ],
  );
  let inserted = 0;
  let revised = 0;
  for (const row of rows) {
    if (row.revision === 1) inserted += row.count;
    else revised += row.count;
  }
  return { inserted, revised };
}

/** Newest revision of every bar with open time < `to`, oldest first. */
export async function readBars(client: Queryable, seriesId: string, to: string): Promise<Bar[]> {
  const { rows } = await client.query<Bar>(
    `select distinct on (open_time) bar_time(open_time) as time, open, high, low, close, volume
     from bars where series_id = $1 and open_time < $2
     order by open_time, revision desc`,
    [seriesId, to],
  );
  return rows;
}

/**
 * What is known of a series before `to`, seen from an older dataset: only bars after its last one,
 * or everything when a bar that the dataset holds was revised or filled in since.
 *
 * @returns null when the older dataset cannot be built on.
 */
export async function readBarsAfter(
  client: Queryable,
  seriesId: string,
  dataset: Pick<Dataset, 'rows' | 'last'>,
  to: string,
): Promise<Bar[] | null> {
  const { rows } = await client.query<{ isSame: boolean }>(
    `select count(*) = $3 and max(revision) = 1 as "isSame" from bars
     where series_id = $1 and open_time <= $2`,
    [seriesId, dataset.last, dataset.rows],
  );
  if (rows[0]?.isSame !== true) return null;
  const newer = await client.query<Bar>(
    `select distinct on (open_time) bar_time(open_time) as time, open, high, low, close, volume
     from bars where series_id = $1 and open_time > $2 and open_time < $3
     order by open_time, revision desc`,
    [seriesId, dataset.last, to],
  );
  return newer.rows;
}

/**
 * From when a feed is read again: vendors correct and complete their newest bars for a while, and
 * what is read again is compared with what is stored. Older corrections come by an import.
 *
 * @returns 30 days before the newest stored bar before `to`; null when there is none.
 */
export async function readAgainFrom(
  client: Queryable,
  seriesId: string,
  to: string,
): Promise<string | null> {
  const { rows } = await client.query<{ time: string | null }>(
    `select bar_time(max(open_time) - interval '${String(READ_AGAIN_DAYS)} days') as time
     from bars where series_id = $1 and open_time < $2`,
    [seriesId, to],
  );
  return rows[0]?.time ?? null;
}

/** Open time of the newest stored bar before `to`, or null when there is none. */
export async function lastBarTime(
  client: Queryable,
  seriesId: string,
  to: string,
): Promise<string | null> {
  const { rows } = await client.query<{ time: string | null }>(
    'select bar_time(max(open_time)) as time from bars where series_id = $1 and open_time < $2',
    [seriesId, to],
  );
  return rows[0]?.time ?? null;
}

/** Records a dataset; its id is its content, so recording it twice is harmless. */
export async function insertDataset(
  client: Queryable,
  dataset: Dataset,
  quality: QualityReport,
): Promise<void> {
  await client.query(
    `insert into datasets (dataset_id, series_id, rows, first_time, last_time, quality)
     values ($1, $2, $3, $4, $5, $6) on conflict (series_id, dataset_id) do nothing`,
    [
      dataset.datasetId,
      dataset.seriesId,
      dataset.rows,
      dataset.from,
      dataset.last,
      JSON.stringify(quality),
    ],
  );
}

/** What the newest reading of a series' feed found out about its quality, or null before the first. */
export async function newestQuality(
  client: Queryable,
  seriesId: string,
): Promise<QualityReport | null> {
  const { rows } = await client.query<{ quality: QualityReport }>(
    'select quality from datasets where series_id = $1 order by created_at desc limit 1',
    [seriesId],
  );
  return rows[0]?.quality ?? null;
}

/** Newest dataset of a series that ends before `to`, or null. */
export async function latestDataset(
  client: Queryable,
  seriesId: string,
  to: string,
): Promise<Dataset | null> {
  const { rows } = await client.query<Dataset>(
    `select dataset_id as "datasetId", series_id as "seriesId", rows,
       bar_time(first_time) as "from", bar_time(last_time) as last
     from datasets where series_id = $1 and last_time < $2
     order by last_time desc, created_at desc limit 1`,
    [seriesId, to],
  );
  return rows[0] ?? null;
}
