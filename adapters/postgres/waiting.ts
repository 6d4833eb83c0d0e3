import type { Stage } from '../../schemas/stage.ts';
import type { Window } from '../../schemas/window.ts';
import type { Queryable } from './pool.ts';

/** A cycle that waits for a person. */
export interface WaitingStage {
  readonly cycleId: string;
  readonly strategyId: string;
  readonly window: Window;
  readonly stage: Stage;
  readonly cause: string;
  /** When it began to wait. */
  readonly since: string;
  /** How long it has waited by the database's clock, in ms. */
  readonly ageMs: number;
}

/**
 * Cycles and retrains of a strategy (or of all) that wait for a person, the longest waiting first.
 *
 * @param limit at most so many; null for all.
 */
export async function readWaiting(
  client: Queryable,
  strategyId: string | null,
  limit: number | null = null,
): Promise<WaitingStage[]> {
  const { rows } = await client.query<WaitingStage>(
    `select cycle_id as "cycleId", strategy_id as "strategyId", stage,
       json_build_object('from', bar_time(window_from), 'to', bar_time(window_to)) as "window",
       coalesce(cause, 'unknown') as cause, waiting_since as since,
       round(extract(epoch from clock_timestamp() - waiting_since) * 1000)::float8 as "ageMs"
     from cycles join stages using (cycle_id)
     where cycles.status = 'awaiting-operator' and stages.status = 'awaiting-operator'
       and ($1::text is null or strategy_id = $1)
     order by waiting_since, cycle_id limit $2`,
    [strategyId, limit],
  );
  return rows;
}
