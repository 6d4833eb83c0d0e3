import type { FinishedJob } from '../../schemas/payload.ts';
import type { GateCheck, GateEvidence, GateVerdict } from '../../schemas/gate.ts';
import type { Stage } from '../../schemas/stage.ts';
import { readCycle } from './cycles.ts';
import type { StoredCycle } from './cycles.ts';
import type { Queryable } from './pool.ts';
import { listStages } from './stages.ts';
import type { StoredStage } from './stages.ts';

/** One attempt at a job, as the store remembers it. */
export interface JobRun {
  readonly jobName: string;
  readonly cycleId: string;
  readonly stage: Stage;
  readonly unit: string;
  readonly attempt: number;
  readonly jobType: string;
  readonly status: 'running' | 'succeeded' | 'failed';
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly finished: FinishedJob | null;
  readonly failure: { readonly type: string; readonly message: string } | null;
  /** Artifact with the attempt's log; null while it runs, and when infrastructure lost it. */
  readonly logSha256: string | null;
}

/** A decision that an operator took. */
export interface OperatorDecision {
  readonly stage: Stage;
  readonly action: 'retry' | 'skip' | 'abort';
  readonly failureNumber: number;
  readonly reason: string;
  readonly actor: string;
  readonly at: string;
}

/** What became of a challenger at the gate. */
export interface Judgement {
  readonly challengerId: string;
  readonly verdict: GateVerdict['verdict'];
  readonly reason: string;
  readonly checks: readonly GateCheck[];
  readonly evidence: GateEvidence;
  readonly policyVersion: number;
  readonly judgedAt: string;
}

/** All that the store knows of a cycle. It needs nothing of Temporal, whose history expires. */
export interface CycleHistory {
  readonly cycle: StoredCycle;
  readonly stages: readonly StoredStage[];
  readonly jobs: readonly JobRun[];
  readonly decisions: readonly OperatorDecision[];
  /** Challengers that the cycle made: more than one when its retrain was done again. */
  readonly challengers: readonly { readonly challengerId: string; readonly trials: number }[];
  readonly gates: readonly Judgement[];
  readonly releases: readonly { readonly version: number; readonly releaseId: string }[];
}

/** Narrows job runs. */
export interface JobFilter {
  readonly cycleId?: string;
  readonly stage?: string;
  readonly jobName?: string;
}

const JOB_COLUMNS = `job_name as "jobName", cycle_id as "cycleId", stage, unit, attempt,
  job ->> 'jobType' as "jobType", status, started_at as "startedAt", ended_at as "endedAt",
  finished, failure,
  coalesce(finished ->> 'logSha256', failure ->> 'logSha256') as "logSha256"`;

/** Job runs in the order in which they were started. */
export async function listJobRuns(client: Queryable, filter: JobFilter): Promise<JobRun[]> {
  const { rows } = await client.query<JobRun>(
    `select ${JOB_COLUMNS} from job_runs
     where ($1::text is null or cycle_id = $1) and ($2::text is null or stage = $2)
       and ($3::text is null or job_name = $3)
     order by started_at, attempt`,
    [filter.cycleId ?? null, filter.stage ?? null, filter.jobName ?? null],
  );
  return rows;
}

/** @returns null when there is no such cycle. */
export async function readHistory(
  client: Queryable,
  cycleId: string,
): Promise<CycleHistory | null> {
  const cycle = await readCycle(client, cycleId);
  if (cycle === null) return null;
  const decisions = await client.query<OperatorDecision>(
    `select stage, action, failure_number as "failureNumber", reason, actor, at
     from operator_actions where cycle_id = $1 order by at, action_id`,
    [cycleId],
  );
  const challengers = await client.query<{ challengerId: string; trials: number }>(
    `select challenger_id as "challengerId", trials from challengers
     where cycle_id = $1 order by created_at`,
    [cycleId],
  );
  const gates = await client.query<Judgement>(
    `select challenger_id as "challengerId", verdict, reason, checks, evidence,
       policy_version as "policyVersion", judged_at as "judgedAt"
     from gate_verdicts where cycle_id = $1 order by judged_at`,
    [cycleId],
  );
  const releases = await client.query<{ version: number; releaseId: string }>(
    `select version, release_id as "releaseId" from releases
     where strategy_id = $1 and provenance ->> 'cycleId' = $2 order by version`,
    [cycle.strategyId, cycleId],
  );
  return {
    cycle,
    stages: await listStages(client, cycleId),
    jobs: await listJobRuns(client, { cycleId }),
    decisions: decisions.rows,
    challengers: challengers.rows,
    gates: gates.rows,
    releases: releases.rows,
  };
}
