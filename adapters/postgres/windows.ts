import type { CycleRef } from '../../schemas/payload.ts';
import type { Window } from '../../schemas/window.ts';
import type { Queryable } from './pool.ts';

/**
 * Bars between the end of the last cycle or retrain that completed a stage, and the end of this
 * cycle's window; null when none has. Only the past counts, so that a stage that runs again gets
 * the answer of its first time.
 */
export async function barsSinceStage(
  client: Queryable,
  cycle: CycleRef,
  stage: string,
  seriesId: string,
): Promise<number | null> {
  const { rows } = await client.query<{ bars: number | null }>(
    `with last as (
       select max(window_to) as to from cycles join stages using (cycle_id)
       where strategy_id = $1 and cycle_id <> $2 and window_to <= $3 and stage = $4
         and stages.status = 'completed')
     select (select count(*) from bars where series_id = $5 and revision = 1
         and open_time >= last.to and open_time < $3) as bars
     from last where last.to is not null`,
    [cycle.strategyId, cycle.cycleId, cycle.window.to, stage, seriesId],
  );
  return rows[0]?.bars ?? null;
}

/** Open time of the first stored bar in [from, to), or null. */
export async function firstBarTime(
  client: Queryable,
  seriesId: string,
  { from, to }: Window,
): Promise<string | null> {
  const { rows } = await client.query<{ time: string | null }>(
    `select bar_time(min(open_time)) as time from bars
     where series_id = $1 and open_time >= $2 and open_time < $3`,
    [seriesId, from, to],
  );
  return rows[0]?.time ?? null;
}

/** Open time of the bar that is `count` bars before a time, or null when there are fewer. */
export async function barBefore(
  client: Queryable,
  seriesId: string,
  to: string,
  count: number,
): Promise<string | null> {
  const { rows } = await client.query<{ time: string }>(
    `select bar_time(open_time) as time from bars
     where series_id = $1 and open_time < $2 and revision = 1
     order by open_time desc offset $3 limit 1`,
    [seriesId, to, count - 1],
  );
  return rows[0]?.time ?? null;
}

/** Open times of all stored bars in [from, to), oldest first. */
export async function barTimes(
  client: Queryable,
  seriesId: string,
  { from, to }: Window,
): Promise<string[]> {
  const { rows } = await client.query<{ time: string }>(
    `select bar_time(open_time) as time from bars
     where series_id = $1 and revision = 1 and open_time >= $2 and open_time < $3
     order by open_time`,
    [seriesId, from, to],
  );
  return rows.map(({ time }) => time);
}

/** Windows whose trades are stored, or that have completed, oldest first. */
export async function tradedWindows(client: Queryable, strategyId: string): Promise<Window[]> {
  const { rows } = await client.query<Window>(
    `select bar_time(window_from) as "from", bar_time(window_to) as "to"
     from cycles left join stages on stages.cycle_id = cycles.cycle_id and stage = 'trade'
     where strategy_id = $1 and kind = 'cycle'
       and (cycles.status = 'completed' or stages.status = 'completed')
     order by window_from`,
    [strategyId],
  );
  return rows;
}

/** How many cycles with a window in a span have completed. */
export async function countCompleted(
  client: Queryable,
  strategyId: string,
  { from, to }: Window,
): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*) as count from cycles
     where strategy_id = $1 and kind = 'cycle' and status = 'completed'
       and window_from >= $2 and window_to <= $3`,
    [strategyId, from, to],
  );
  return rows[0]?.count ?? 0;
}

/** Start of the first window after a day that has traded, or null. */
export async function firstTradedAfter(
  client: Queryable,
  strategyId: string,
  day: string,
): Promise<string | null> {
  const { rows } = await client.query<{ from: string | null }>(
    `select bar_time(min(window_from)) as "from" from cycles join stages using (cycle_id)
     where strategy_id = $1 and kind = 'cycle' and stage = 'trade' and stages.status = 'completed'
       and window_to > $2`,
    [strategyId, day],
  );
  return rows[0]?.from ?? null;
}
