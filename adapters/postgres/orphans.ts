import type { OrphanJob } from '../../schemas/payload.ts';
import type { FailureType } from '../../schemas/failure-type.ts';
import type { Queryable } from './pool.ts';

/**
 * Closes the attempt of a job that nobody waits for any more, so that a new start of its cycle takes
 * the next one. An attempt that ended already is left alone.
 */
export async function closeOrphanJob(
  client: Queryable,
  { jobName, workflowId, status }: OrphanJob,
  type: FailureType,
): Promise<void> {
  const failure = { type, message: `${workflowId} has ended (${status}) and left the job behind` };
  await client.query(
    `update job_runs set status = 'failed', failure = $2, ended_at = now()
     where job_name = $1 and status = 'running'`,
    [jobName, JSON.stringify(failure)],
  );
}

/** Cycles that are open in the store, oldest first; the newest minute is left out. */
export async function listOpenCycles(client: Queryable, limit: number): Promise<string[]> {
  const { rows } = await client.query<{ cycleId: string }>(
    `select cycle_id as "cycleId" from cycles
     where status in ('running', 'awaiting-operator') and started_at < now() - interval '1 minute'
     order by started_at limit $1`,
    [limit],
  );
  return rows.map(({ cycleId }) => cycleId);
}
