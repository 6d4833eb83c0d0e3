import type { FinishedJob } from '../../schemas/payload.ts';
import type { Stage } from '../../schemas/stage.ts';
import type { Queryable } from './pool.ts';

export interface StoredStage {
  readonly stage: Stage;
  readonly status: 'running' | 'awaiting-operator' | 'completed' | 'skipped' | 'aborted';
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly cause: string | null;
  readonly acceptedJob: string | null;
  readonly result: unknown;
  readonly consumed: boolean;
  /** Its own time; null while it has not ended. */
  readonly ms: number | null;
  /** How long it waited for a person, which is no part of `ms`. */
  readonly waitedMs: number;
}

/** How long a stage has been waiting now, in ms. */
const WAITING_MS = `coalesce(extract(epoch from clock_timestamp() - stages.waiting_since) * 1000, 0)::float8`;

const COLUMNS = `stage, status, started_at as "startedAt", ended_at as "endedAt", cause,
  accepted_job as "acceptedJob", result, consumed,
  case when ended_at is not null
    then greatest(0, extract(epoch from ended_at - started_at) * 1000 - waited_ms) end::float8 as ms,
  waited_ms + ${WAITING_MS} as "waitedMs"`;

export async function readStage(
  client: Queryable,
  cycleId: string,
  stage: Stage,
): Promise<StoredStage | null> {
  const { rows } = await client.query<StoredStage>(
    `select ${COLUMNS} from stages where cycle_id = $1 and stage = $2`,
    [cycleId, stage],
  );
  return rows[0] ?? null;
}

export async function listStages(client: Queryable, cycleId: string): Promise<StoredStage[]> {
  const { rows } = await client.query<StoredStage>(
    `select ${COLUMNS} from stages where cycle_id = $1
     order by array_position(array['collect', 'trade', 'analyze', 'retrain', 'roll-out'], stage)`,
    [cycleId],
  );
  return rows;
}

/**
 * Locks the cycle, marks the stage running, and says whether its result stands already. The result
 * that the stage builds on may not be replaced from now on.
 *
 * @param upstream the stage whose result is consumed; null for the first one.
 * @returns the accepted result, or null when the stage has to run.
 */
export async function startStage(
  client: Queryable,
  cycleId: string,
  stage: Stage,
  upstream: Stage | null,
): Promise<StoredStage | null> {
  const { rows } = await client.query<StoredStage>(
    `select ${COLUMNS} from start_stage($1, $2, $3) as stages`,
    [cycleId, stage, upstream],
  );
  return rows[0] ?? null;
}

/**
 * Decides whether a job's result becomes the stage's accepted one. The caller writes the stage's
 * effects in the same transaction, and only when the answer is `accept`.
 *
 * @returns `accept` when there is no accepted result yet, or one that nothing has consumed and
 *   that another attempt made; `stands` when the accepted one must stay.
 */
export async function claimStage(
  client: Queryable,
  cycleId: string,
  stage: Stage,
  jobName: string,
): Promise<'accept' | 'stands'> {
  const { rows } = await client.query<{ stands: boolean | null }>(
    `with locked as (select cycle_id from cycles where cycle_id = $1 for update)
     select stages.status = 'completed' and (consumed or accepted_job = $3) as stands
     from locked left join stages on stages.cycle_id = locked.cycle_id and stage = $2`,
    [cycleId, stage, jobName],
  );
  return rows[0]?.stands === true ? 'stands' : 'accept';
}

/** Records the stage's accepted result, and that the job which made it has succeeded. */
export async function acceptStage(
  client: Queryable,
  cycleId: string,
  stage: Stage,
  accepted: { readonly finished: FinishedJob | null; readonly result: unknown },
): Promise<void> {
  const { finished, result } = accepted;
  await client.query(
    `with job as (update job_runs set status = 'succeeded', finished = $5, ended_at = now()
       where job_name = $3 and status = 'running')
     insert into stages (cycle_id, stage, status, ended_at, accepted_job, result)
     values ($1, $2, 'completed', clock_timestamp(), $3, $4)
     on conflict (cycle_id, stage) do update
       set status = 'completed', ended_at = clock_timestamp(), cause = null,
         accepted_job = excluded.accepted_job, result = excluded.result`,
    [
      cycleId,
      stage,
      finished?.jobName ?? null,
      JSON.stringify(result),
      finished === null ? null : JSON.stringify(finished),
    ],
  );
}

/** A stage that waited runs again. */
export async function retryStage(client: Queryable, cycleId: string, stage: Stage): Promise<void> {
  await client.query(
    `update stages set status = 'running', cause = null
     where cycle_id = $1 and stage = $2 and status = 'awaiting-operator'`,
    [cycleId, stage],
  );
}

export async function setStageStatus(
  client: Queryable,
  cycleId: string,
  stage: Stage,
  { status, cause }: { status: 'awaiting-operator' | 'skipped'; cause: string | null },
): Promise<void> {
  await client.query(
    `insert into stages (cycle_id, stage, status, cause, ended_at)
     values ($1, $2, $3::text, $4, case when $3::text = 'skipped' then clock_timestamp() end)
     on conflict (cycle_id, stage) do update
       set status = excluded.status, cause = excluded.cause, ended_at = excluded.ended_at
       where stages.status <> 'completed'`,
    [cycleId, stage, status, cause],
  );
}

/** Closes the stages of a cycle that ended early; none of them waits or runs any more. */
export async function abortStages(
  client: Queryable,
  cycleId: string,
  reason: string,
): Promise<void> {
  await client.query(
    `update stages
     set status = 'aborted', ended_at = clock_timestamp(),
       cause = $2 || coalesce('; it had failed with ' || cause, '')
     where cycle_id = $1 and status in ('running', 'awaiting-operator')`,
    [cycleId, reason],
  );
}
