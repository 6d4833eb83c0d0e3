import { FailureType } from '../../schemas/failure-type.ts';
import type { FinishedJob, PreparedJob } from '../../schemas/payload.ts';
import type { Stage } from '../../schemas/stage.ts';
import type { Queryable } from './pool.ts';

/** Which job of which stage. A stage may own several jobs; `unit` tells them apart. */
export interface JobSlot {
  readonly cycleId: string;
  readonly stage: Stage;
  readonly unit: string;
}

export interface StoredJobRun {
  readonly job: PreparedJob;
  readonly status: 'running' | 'succeeded' | 'failed';
  readonly finished: FinishedJob | null;
}

/** The newest attempt of a job, or null before the first. */
export async function latestJobRun(client: Queryable, slot: JobSlot): Promise<StoredJobRun | null> {
  const { rows } = await client.query<StoredJobRun>(
    `select job, status, finished from job_runs
     where cycle_id = $1 and stage = $2 and unit = $3 order by attempt desc limit 1`,
    [slot.cycleId, slot.stage, slot.unit],
  );
  return rows[0] ?? null;
}

/** @returns the most memory, in MiB, with which an attempt of this job ran out of it; null when none did. */
export async function ranOutOfMemoryAt(client: Queryable, slot: JobSlot): Promise<number | null> {
  const { rows } = await client.query<{ mib: number | null }>(
    `select max((job -> 'limits' ->> 'memoryMib')::int) as mib from job_runs
     where cycle_id = $1 and stage = $2 and unit = $3 and failure ->> 'type' = $4`,
    [slot.cycleId, slot.stage, slot.unit, FailureType.JobOutOfMemory],
  );
  return rows[0]?.mib ?? null;
}

export async function insertJobRun(
  client: Queryable,
  slot: JobSlot,
  job: PreparedJob,
): Promise<void> {
  await client.query(
    `insert into job_runs (job_name, cycle_id, stage, unit, attempt, job, status)
     values ($1, $2, $3, $4, $5, $6, 'running')`,
    [job.jobName, slot.cycleId, slot.stage, slot.unit, job.attempt, JSON.stringify(job)],
  );
}

export async function markJobSucceeded(client: Queryable, finished: FinishedJob): Promise<void> {
  await client.query(
    `update job_runs set status = 'succeeded', finished = $2, ended_at = now()
     where job_name = $1 and status = 'running'`,
    [finished.jobName, JSON.stringify(finished)],
  );
}

/** A failed attempt is never used again: the next one gets the next number. */
export async function markJobFailed(
  client: Queryable,
  jobName: string,
  failure: unknown,
): Promise<void> {
  await client.query(
    `update job_runs set status = 'failed', failure = $2, ended_at = now() where job_name = $1`,
    [jobName, JSON.stringify(failure)],
  );
}

/** @throws {Error} when no such job was readied. */
export async function requireJob(client: Queryable, jobName: string): Promise<PreparedJob> {
  const { rows } = await client.query<{ job: PreparedJob }>(
    'select job from job_runs where job_name = $1',
    [jobName],
  );
  if (rows[0] === undefined) throw new Error(`job ${jobName} is not in the store`);
  return rows[0].job;
}

/** @returns the digest of the image that a stage's job succeeded in; null when it was a process. */
export async function imageOfStage(
  client: Queryable,
  cycleId: string,
  stage: Stage,
): Promise<string | null> {
  const { rows } = await client.query<{ image: string | null }>(
    `select finished ->> 'image' as image from job_runs
     where cycle_id = $1 and stage = $2 and status = 'succeeded'
     order by ended_at desc limit 1`,
    [cycleId, stage],
  );
  return rows[0]?.image ?? null;
}
