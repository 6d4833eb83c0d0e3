import type { Stage } from '../../schemas/stage.ts';
import type { Queryable } from './pool.ts';

export interface StoredStage {
  readonly stage: Stage;
  readonly status: 'running' | 'awaiting-operator' | 'completed' | 'skipped';
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly cause: string | null;
  readonly acceptedJob: string | null;
  readonly result: unknown;
  readonly consumed: boolean;
  readonly ms: number | null;
}

const COLUMNS = `stage, status, started_at as "startedAt", ended_at as "endedAt", cause,
  accepted_job as "acceptedJob", result, consumed,
  (extract(epoch from ended_at - started_at) * 1000)::float8 as ms`;

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
 * Locks the cycle, marks the stage running, and says whether its result stands already.
 *
 * A result stands once something downstream has consumed it, or simply because it was accepted:
 * running a completed stage again is only useful when nothing has built on it, and a Reset that
 * wants that asks for it by retrying the stage.
 *
 * @returns the accepted result, or null when the stage has to run.
 */
export async function startStage(
  client: Queryable,
  cycleId: string,
  stage: Stage,
): Promise<StoredStage | null> {
  await client.query('select 1 from cycles where cycle_id = $1 for update', [cycleId]);
  const stored = await readStage(client, cycleId, stage);
  if (stored?.status === 'completed') return stored;
  await client.query(
    `insert into stages (cycle_id, stage, status) values ($1, $2, 'running')
     on conflict (cycle_id, stage) do update
       set status = 'running', cause = null, ended_at = null`,
    [cycleId, stage],
  );
  await client.query(`update cycles set status = 'running' where cycle_id = $1`, [cycleId]);
  return null;
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
  await client.query('select 1 from cycles where cycle_id = $1 for update', [cycleId]);
  const stored = await readStage(client, cycleId, stage);
  if (stored?.status !== 'completed') return 'accept';
  return stored.consumed || stored.acceptedJob === jobName ? 'stands' : 'accept';
}

/** Records the stage's accepted result. */
export async function acceptStage(
  client: Queryable,
  cycleId: string,
  stage: Stage,
  accepted: { readonly jobName: string | null; readonly result: unknown },
): Promise<void> {
  await client.query(
    `insert into stages (cycle_id, stage, status, ended_at, accepted_job, result)
     values ($1, $2, 'completed', clock_timestamp(), $3, $4)
     on conflict (cycle_id, stage) do update
       set status = 'completed', ended_at = clock_timestamp(), cause = null,
         accepted_job = excluded.accepted_job, result = excluded.result`,
    [cycleId, stage, accepted.jobName, JSON.stringify(accepted.result)],
  );
}

/** From now on the stage's accepted result may not be replaced: a later stage builds on it. */
export async function consumeStage(
  client: Queryable,
  cycleId: string,
  stage: Stage,
): Promise<void> {
  await client.query(
    `update stages set consumed = true where cycle_id = $1 and stage = $2 and not consumed`,
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
