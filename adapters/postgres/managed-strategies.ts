import { ScheduleSettings } from '../../schemas/schedule-settings.ts';
import type { Queryable } from './pool.ts';

/** A strategy that a settings file describes, as it was applied last. */
export interface ManagedStrategy {
  readonly strategyId: string;
  /** Null when the file wants no schedule. */
  readonly schedule: ScheduleSettings | null;
  /**
   * Hash of the schedule as Temporal described it after the last change, `pending` before that;
   * null when there is nothing in Temporal to look after.
   */
  readonly scheduleSeen: string | null;
  /** Taken out of the file; only its schedule may still have to go. */
  readonly isRemoved: boolean;
}

/** Marks a schedule that is wanted and was not brought to that state yet. */
const PENDING = 'pending';

export async function listManaged(client: Queryable): Promise<ManagedStrategy[]> {
  const { rows } = await client.query<Omit<ManagedStrategy, 'schedule'> & { schedule: unknown }>(
    `select strategy_id as "strategyId", schedule, schedule_seen as "scheduleSeen",
       is_removed as "isRemoved"
     from managed_strategies order by strategy_id`,
  );
  return rows.map((row) => ({
    ...row,
    schedule: row.schedule === null ? null : ScheduleSettings.parse(row.schedule),
  }));
}

/** Two commands that apply at the same time come one after the other. */
export async function lockManaged(client: Queryable): Promise<void> {
  await client.query('lock table managed_strategies in share row exclusive mode');
}

/**
 * Records what a file wants of a strategy. A schedule that was looked after stays so until
 * `recordSchedule` says that it is gone, also when the file wants none any more; and it counts as
 * pending until then, so that a command that dies in between is made good by the next one.
 */
export async function upsertManaged(
  client: Queryable,
  strategyId: string,
  schedule: ScheduleSettings | null,
): Promise<void> {
  await client.query(
    `insert into managed_strategies (strategy_id, schedule, schedule_seen)
     values ($1, $2::jsonb, case when $2::jsonb is not null then '${PENDING}' end)
     on conflict (strategy_id) do update
       set schedule = excluded.schedule, is_removed = false, applied_at = now(),
         schedule_seen = case when managed_strategies.schedule_seen is not null
           then '${PENDING}' else excluded.schedule_seen end`,
    [strategyId, schedule === null ? null : JSON.stringify(schedule)],
  );
}

/** The file does not describe the strategy any more. Its record and its releases stay. */
export async function removeManaged(client: Queryable, strategyId: string): Promise<void> {
  await client.query(
    `update managed_strategies set is_removed = true, schedule = null, applied_at = now()
     where strategy_id = $1`,
    [strategyId],
  );
}

/** Records what Temporal holds now; null when the schedule is gone. */
export async function recordSchedule(
  client: Queryable,
  strategyId: string,
  seen: string | null,
): Promise<void> {
  await client.query('update managed_strategies set schedule_seen = $2 where strategy_id = $1', [
    strategyId,
    seen,
  ]);
  await client.query(
    `delete from managed_strategies
     where strategy_id = $1 and is_removed and schedule_seen is null`,
    [strategyId],
  );
}

/** Appends to the record of changes. */
export async function recordChanges(
  client: Queryable,
  strategyId: string,
  change: { readonly actor: string; readonly changes: unknown },
): Promise<void> {
  await client.query(
    'insert into settings_changes (strategy_id, actor, changes) values ($1, $2, $3)',
    [strategyId, change.actor, JSON.stringify(change.changes)],
  );
}
