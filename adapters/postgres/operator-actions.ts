import type { Queryable } from './pool.ts';

/** Records an operator's decision about the n-th failure of a stage; recording it twice is one row. */
export async function recordAction(
  client: Queryable,
  cycleId: string,
  action: {
    readonly stage: string;
    readonly action: 'retry' | 'skip' | 'abort';
    readonly runId: string;
    readonly failureNumber: number;
    readonly reason: string;
    readonly actor: string;
  },
): Promise<void> {
  await client.query(
    `insert into operator_actions (cycle_id, run_id, stage, action, failure_number, reason, actor)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (cycle_id, run_id, stage, failure_number) do update
       set action = excluded.action, reason = excluded.reason, actor = excluded.actor`,
    [
      cycleId,
      action.runId,
      action.stage,
      action.action,
      action.failureNumber,
      action.reason,
      action.actor,
    ],
  );
}

/** How many decisions operators have taken about a cycle. */
export async function countActions(client: Queryable, cycleId: string): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    'select count(*) as count from operator_actions where cycle_id = $1',
    [cycleId],
  );
  return rows[0]?.count ?? 0;
}
