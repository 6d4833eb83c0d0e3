import type { Queryable } from './pool.ts';

/** Records an operator's decision about the n-th failure of a stage; recording it twice is one row. */
export async function recordAction(
  client: Queryable,
  cycleId: string,
  action: {
    readonly stage: string;
    readonly action: 'retry' | 'skip' | 'abort';
    readonly failureNumber: number;
    readonly reason: string;
    readonly actor: string;
  },
): Promise<void> {
  await client.query(
    `insert into operator_actions (cycle_id, stage, action, failure_number, reason, actor)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (cycle_id, stage, failure_number) do update
       set action = excluded.action, reason = excluded.reason, actor = excluded.actor`,
    [cycleId, action.stage, action.action, action.failureNumber, action.reason, action.actor],
  );
}
