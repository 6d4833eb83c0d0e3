import type { BeginCycleInput, CycleKind } from '../../schemas/payload.ts';
import type { Window } from '../../schemas/window.ts';
import type { Queryable } from './pool.ts';

export type CycleState = 'running' | 'awaiting-operator' | 'completed' | 'aborted';

export interface StoredCycle {
  readonly cycleId: string;
  readonly kind: CycleKind;
  readonly strategyId: string;
  readonly window: Window;
  readonly clock: 'live' | 'replay';
  readonly seed: number;
  readonly actor: string;
  readonly trainer: Record<string, unknown>;
  readonly trainFrom: string | null;
  readonly status: CycleState;
  readonly championVersion: number | null;
  readonly datasetId: string | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

/** This window, or one that overlaps it, has run already. */
export class WindowAlreadyRanError extends Error {
  override readonly name = 'WindowAlreadyRanError';
}

const COLUMNS = `cycle_id as "cycleId", kind, strategy_id as "strategyId",
  json_build_object('from', bar_time(window_from), 'to', bar_time(window_to)) as "window",
  clock, seed, actor, trainer, bar_time(train_from) as "trainFrom", status,
  champion_version as "championVersion", dataset_id as "datasetId",
  started_at as "startedAt", ended_at as "endedAt"`;

/**
 * Opens a cycle. Opening it again (a retried activity, a Reset, a new run after an abort) finds the
 * row that is there; a completed cycle, and a window that overlaps another cycle's, are refused.
 *
 * @returns null when the strategy is not registered.
 * @throws {WindowAlreadyRanError}
 */
export async function openCycle(
  client: Queryable,
  input: BeginCycleInput,
): Promise<StoredCycle | null> {
  // One opener per strategy at a time, or two overlapping windows could both find nothing.
  const { rowCount } = await client.query(
    'select 1 from strategies where strategy_id = $1 for update',
    [input.strategyId],
  );
  if (rowCount === 0) return null;
  if (input.kind === 'cycle') await refuseOtherWindows(client, input);
  const { rows } = await client.query<StoredCycle>(
    `insert into cycles (cycle_id, kind, strategy_id, window_from, window_to, clock, seed, actor,
       trainer, train_from, status)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'running')
     on conflict (cycle_id) do update
       set status = case cycles.status when 'completed' then 'completed' else 'running' end,
         ended_at = case cycles.status when 'completed' then cycles.ended_at end
     returning ${COLUMNS}`,
    [
      input.cycleId,
      input.kind,
      input.strategyId,
      input.window.from,
      input.window.to,
      input.clock,
      input.seed,
      input.actor,
      JSON.stringify(input.trainer),
      input.trainFrom,
    ],
  );
  const cycle = rows[0];
  if (cycle === undefined) throw new Error(`cycle ${input.cycleId} was not written`);
  refuseOtherRun(cycle, input);
  return cycle;
}

function refuseOtherRun(cycle: StoredCycle, input: BeginCycleInput): void {
  if (cycle.status === 'completed') {
    throw new WindowAlreadyRanError(
      `${cycle.cycleId} completed at ${cycle.endedAt ?? 'an unknown time'}; a window runs once`,
    );
  }
  if (cycle.seed !== input.seed) {
    throw new WindowAlreadyRanError(
      `${cycle.cycleId} was started with seed ${String(cycle.seed)}, not ${String(input.seed)}. ` +
        'Use that seed, or another data directory.',
    );
  }
}

/** Refuses a window that overlaps another one, or lies before one that has traded. */
async function refuseOtherWindows(client: Queryable, input: BeginCycleInput): Promise<void> {
  const { from, to } = input.window;
  const { rows } = await client.query<{ id: string; status: string; place: string }>(
    `select cycles.cycle_id as id, cycles.status,
       case when window_to <= $3 then 'before' when window_from >= $4 then 'after'
         else 'overlapping' end as place
     from cycles left join stages on stages.cycle_id = cycles.cycle_id and stage = 'trade'
     where strategy_id = $1 and kind = 'cycle' and cycles.cycle_id <> $2
       and case when stages.status is not distinct from 'completed' then window_to > $3
         -- One that is open will trade; an aborted one has left nothing that could be done twice.
         else cycles.status <> 'aborted' and window_from < $4 end
       -- A cycle that has traded itself may always be finished.
       and not exists (select 1 from stages own
         where own.cycle_id = $2 and own.stage = 'trade' and own.status = 'completed')
     order by window_from limit 1`,
    [input.strategyId, input.cycleId, from, to],
  );
  const other = rows[0];
  if (other === undefined) return;
  const window = `window ${from} to ${to} of ${input.strategyId}`;
  const texts: Record<string, string> = {
    overlapping: `${window} overlaps ${other.id} (${other.status}). Choose a window that starts where that one ends.`,
    after: `${window} lies before ${other.id}, which has traded. A strategy's windows run in the order of time.`,
    before: `${window} comes after ${other.id}, which is ${other.status} and has not traded yet. Finish or abort that one first.`,
  };
  throw new WindowAlreadyRanError(texts[other.place] ?? other.place);
}

export async function readCycle(client: Queryable, cycleId: string): Promise<StoredCycle | null> {
  const { rows } = await client.query<StoredCycle>(
    `select ${COLUMNS} from cycles where cycle_id = $1`,
    [cycleId],
  );
  return rows[0] ?? null;
}

/** @throws {Error} when there is no such cycle: callers opened it before. */
export async function requireCycle(client: Queryable, cycleId: string): Promise<StoredCycle> {
  const cycle = await readCycle(client, cycleId);
  if (cycle === null) throw new Error(`cycle ${cycleId} is not in the store`);
  return cycle;
}

/** Cycles of a strategy (or of all), in the order of their windows. */
export async function listCycles(
  client: Queryable,
  strategyId: string | null,
): Promise<StoredCycle[]> {
  const { rows } = await client.query<StoredCycle>(
    `select ${COLUMNS} from cycles where $1::text is null or strategy_id = $1
     order by strategy_id, window_to, started_at`,
    [strategyId],
  );
  return rows;
}

export async function setCycleStatus(
  client: Queryable,
  cycleId: string,
  status: CycleState,
): Promise<void> {
  await client.query(
    `update cycles set status = $2,
       ended_at = case when $2 in ('completed', 'aborted') then coalesce(ended_at, now()) end
     where cycle_id = $1 and status <> 'completed'`,
    [cycleId, status],
  );
}

/**
 * The window of a cycle that is open, or that an operator aborted after it had traded. It has to be
 * finished before the next one may start.
 */
export async function unfinishedWindow(
  client: Queryable,
  strategyId: string,
): Promise<Window | null> {
  const { rows } = await client.query<Window>(
    `select bar_time(window_from) as "from", bar_time(window_to) as "to"
     from cycles left join stages on stages.cycle_id = cycles.cycle_id and stage = 'trade'
     where strategy_id = $1 and kind = 'cycle' and cycles.status <> 'completed'
       and (cycles.status <> 'aborted' or stages.status = 'completed')
     order by window_to limit 1`,
    [strategyId],
  );
  return rows[0] ?? null;
}

/** End of the newest window that has traded, or null when none has. */
export async function lastTradedEnd(client: Queryable, strategyId: string): Promise<string | null> {
  const { rows } = await client.query<{ to: string | null }>(
    `select bar_time(max(window_to)) as "to" from cycles join stages using (cycle_id)
     where strategy_id = $1 and kind = 'cycle' and stage = 'trade' and stages.status = 'completed'`,
    [strategyId],
  );
  return rows[0]?.to ?? null;
}

/** End of the newest completed window of a strategy, or null when none has completed. */
export async function lastCompletedWindowEnd(
  client: Queryable,
  strategyId: string,
): Promise<string | null> {
  const { rows } = await client.query<{ to: string | null }>(
    `select bar_time(max(window_to)) as "to" from cycles
     where strategy_id = $1 and kind = 'cycle' and status = 'completed'`,
    [strategyId],
  );
  return rows[0]?.to ?? null;
}

/** Has the strategy ever collected bars, for a cycle or a retrain? */
export async function hasCollected(client: Queryable, strategyId: string): Promise<boolean> {
  const { rowCount } = await client.query(
    'select 1 from cycles where strategy_id = $1 and dataset_id is not null limit 1',
    [strategyId],
  );
  return rowCount === 1;
}
