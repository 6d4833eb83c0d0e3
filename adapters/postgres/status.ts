import type { CycleKind } from '../../schemas/payload.ts';
import type { Stage } from '../../schemas/stage.ts';
import type { Window } from '../../schemas/window.ts';
import type { CycleState } from './cycles.ts';
import type { StorePool } from './pool.ts';
import { readWaiting } from './waiting.ts';
import type { WaitingStage } from './waiting.ts';

/** How many cycles, or manual retrains, are in each state. */
export type StateCounts = Readonly<Record<CycleState, number>>;

/** A cycle or a manual retrain that is under way. */
export interface RunningCycle {
  readonly cycleId: string;
  readonly kind: CycleKind;
  readonly strategyId: string;
  /** Stage that runs; null between two stages. */
  readonly stage: Stage | null;
  readonly startedAt: string;
  readonly ageSeconds: number;
}

/** A stage that waits for a person; its age is in seconds, by the database's clock. */
export type StatusWaiting = Pick<
  WaitingStage,
  'cycleId' | 'strategyId' | 'stage' | 'cause' | 'since'
> & { readonly ageSeconds: number };

/** Where a strategy stands. */
export interface StrategyState {
  readonly strategyId: string;
  /** Number of the champion; null before the first release. */
  readonly champion: number | null;
  /** Since when it is the champion without a break. */
  readonly championSince: string | null;
  readonly candidate: number | null;
  readonly cycles: StateCounts;
  readonly lastWindow: Window | null;
  readonly lastState: CycleState | null;
}

/** Everything that `strategy-loop status` shows of the store, as of one instant. */
export interface StoreStatus {
  /** Time of the database's clock. */
  readonly at: string;
  readonly cycles: StateCounts;
  readonly retrains: StateCounts;
  /** Longest waiting first; at most {@link OPEN_MAX}. The counts say how many there are. */
  readonly waiting: readonly StatusWaiting[];
  /** Newest first; at most {@link OPEN_MAX}. */
  readonly running: readonly RunningCycle[];
  /** Those that need attention first, then by name. */
  readonly strategies: readonly StrategyState[];
}

/** Open cycles that one answer lists: a screen, and not a report. */
export const OPEN_MAX = 200;

const AGE = (since: string): string => `extract(epoch from now() - ${since})::float8`;

/**
 * Reads the state of the loop. All of it is of one instant, and nothing is locked. The time it
 * takes grows with the strategies and the open cycles, and hardly with the completed ones.
 */
export async function readStatus(pool: StorePool): Promise<StoreStatus> {
  const client = await pool.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    const now = await client.query<{ at: string }>('select now() as at');
    const counts = await client.query<CountRow>(
      `select kind, strategy_id as "strategyId", status, count(*) as count
       from cycles group by kind, strategy_id, status`,
    );
    const waiting = await readWaiting(client, null, OPEN_MAX);
    const running = await client.query<RunningCycle>(
      `select cycle_id as "cycleId", kind, strategy_id as "strategyId", (select stage from stages
           where stages.cycle_id = cycles.cycle_id and status = 'running' limit 1) as stage,
         started_at as "startedAt", ${AGE('started_at')} as "ageSeconds"
       from cycles where status in ('running', 'awaiting-operator') and status = 'running'
       order by started_at desc limit ${String(OPEN_MAX)}`,
    );
    const strategies = await client.query<Omit<StrategyState, 'cycles'>>(STRATEGIES);
    await client.query('commit');
    const cycles = counts.rows.filter(({ kind }) => kind === 'cycle');
    return {
      at: now.rows[0]?.at ?? '',
      cycles: sum(cycles),
      retrains: sum(counts.rows.filter(({ kind }) => kind === 'retrain')),
      waiting: waiting.map(({ cycleId, strategyId, stage, cause, since, ageMs }) => ({
        ...{ cycleId, strategyId, stage, cause, since },
        ageSeconds: ageMs / 1000,
      })),
      running: running.rows,
      strategies: withCounts(strategies.rows, cycles),
    };
  } finally {
    client.release();
  }
}

interface CountRow {
  readonly kind: CycleKind;
  readonly strategyId: string;
  readonly status: CycleState;
  readonly count: number;
}

function sum(rows: readonly CountRow[]): StateCounts {
  const counts = { running: 0, 'awaiting-operator': 0, completed: 0, aborted: 0 };
  for (const { status, count } of rows) counts[status] += count;
  return counts;
}

/** Adds each strategy's cycles, and puts those first that wait for a person, then those that run. */
function withCounts(
  strategies: readonly Omit<StrategyState, 'cycles'>[],
  rows: readonly CountRow[],
): StrategyState[] {
  const byStrategy = new Map<string, CountRow[]>();
  for (const row of rows) {
    const own = byStrategy.get(row.strategyId);
    if (own === undefined) byStrategy.set(row.strategyId, [row]);
    else own.push(row);
  }
  const urgency = ({ cycles }: StrategyState): number =>
    cycles['awaiting-operator'] > 0 ? 0 : cycles.running > 0 ? 1 : 2;
  return strategies
    .map((each) => ({ ...each, cycles: sum(byStrategy.get(each.strategyId) ?? []) }))
    .sort((a, b) => urgency(a) - urgency(b) || (a.strategyId < b.strategyId ? -1 : 1));
}

const STRATEGIES = `
  select s.strategy_id as "strategyId", c.stable as champion, c.candidate,
    -- A champion that came back counts from its return.
    (select max(h.moved_at) from channel_history h
       where h.strategy_id = s.strategy_id and h.stable = c.stable and not exists (
         select 1 from channel_history before where before.strategy_id = h.strategy_id
           and before.generation = h.generation - 1 and before.stable = h.stable)
    ) as "championSince",
    case when last.cycle_id is not null then json_build_object(
      'from', bar_time(last.window_from), 'to', bar_time(last.window_to)) end as "lastWindow",
    last.status as "lastState"
  from strategies s
    left join channels c using (strategy_id)
    left join lateral (select cycle_id, window_from, window_to, status from cycles
      where cycles.strategy_id = s.strategy_id and kind = 'cycle'
      order by window_to desc limit 1) last on true`;
