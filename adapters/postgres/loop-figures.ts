import type { CycleState } from './cycles.ts';
import type { Queryable } from './pool.ts';

/** Where the loop stands, for whoever watches it. Ages in seconds by the database's clock. */
export interface LoopFigures {
  /** Cycles and manual retrains by status; a status without any is 0. */
  readonly cycles: Readonly<Record<CycleState, number>>;
  readonly waitingStages: number;
  /** Age of the stage that has waited longest for a person; 0 when none waits. */
  readonly waitingSecondsMax: number;
  readonly strategies: readonly StrategyFigures[];
}

/** One strategy. */
export interface StrategyFigures {
  readonly strategyId: string;
  /** Version of the stable release; null before the first. */
  readonly releaseVersion: number | null;
  readonly generation: number;
  /** Seconds since a cycle completed; null before the first. */
  readonly completedSeconds: number | null;
  /** End of the newest completed window, in seconds since 1970; null before the first. */
  readonly windowEndSeconds: number | null;
}

/** Reads the figures: one statement for the cycles, one for the strategies, both by indexes. */
export async function readLoopFigures(client: Queryable): Promise<LoopFigures> {
  const loop = await client.query<Omit<LoopFigures, 'strategies' | 'cycles'> & CycleCounts>(
    `select
       (select count(*) from cycles where status = 'running') as "running",
       (select count(*) from cycles where status = 'awaiting-operator') as "awaiting",
       (select count(*) from cycles where status = 'completed') as "completed",
       (select count(*) from cycles where status = 'aborted') as "aborted",
       count(*) as "waitingStages",
       coalesce(extract(epoch from clock_timestamp() - min(waiting_since)), 0)::float8
         as "waitingSecondsMax"
     from stages where status = 'awaiting-operator'`,
  );
  const strategies = await client.query<StrategyFigures>(
    `select strategy_id as "strategyId", stable as "releaseVersion", generation,
       extract(epoch from clock_timestamp() - last.ended_at)::float8 as "completedSeconds",
       extract(epoch from last.window_to)::float8 as "windowEndSeconds"
     from channels left join lateral (
       select ended_at, window_to from cycles
       where cycles.strategy_id = channels.strategy_id and kind = 'cycle' and status = 'completed'
       order by window_to desc limit 1) as last on true
     order by strategy_id`,
  );
  const row = loop.rows[0];
  if (row === undefined) throw new Error('an aggregate has one row');
  return {
    cycles: {
      running: row.running,
      'awaiting-operator': row.awaiting,
      completed: row.completed,
      aborted: row.aborted,
    },
    waitingStages: row.waitingStages,
    waitingSecondsMax: row.waitingSecondsMax,
    strategies: strategies.rows,
  };
}

interface CycleCounts {
  readonly running: number;
  readonly awaiting: number;
  readonly completed: number;
  readonly aborted: number;
}
