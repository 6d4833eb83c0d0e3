import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Queryable } from '../adapters/postgres/pool.ts';
import { insertJobRun, latestJobRun, ranOutOfMemoryAt } from '../adapters/postgres/job-runs.ts';
import type { JobSlot } from '../adapters/postgres/job-runs.ts';
import { readJobSettings } from '../adapters/postgres/strategies.ts';
import { JOB_CONTRACT } from '../schemas/job.ts';
import type { JobInput } from '../schemas/job.ts';
import type { InputOf, JobType } from '../schemas/jobs/job-type.ts';
import type { FileRef, PreparedJob, PreparedJobOrResult } from '../schemas/payload.ts';
import { preparingBuild } from './job-build.ts';
import { jobLimits } from './job-limits.ts';
import type { StoreDeps } from './store-deps.ts';

/** What a new attempt of a job is asked to do. */
export interface JobRequest<T extends JobType> {
  readonly jobType: T;
  readonly input: InputOf<T>;
  readonly files: readonly FileRef[];
  /** `host:port` that the job may reach; none by default. */
  readonly hosts?: readonly string[];
  readonly releaseId?: string;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The one text of a value, whatever the order of its keys. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error('what a job is asked has a canonical form');
  return text;
}

/** Deterministic job name, a valid DNS label: the same attempt always finds the same job. */
export function jobNameOf(slot: JobSlot, attempt: number): string {
  const key = [slot.cycleId, slot.stage, slot.unit, String(attempt)].join('\n');
  return `sl-${slot.stage}-${sha256(key).slice(0, 20)}`;
}

/** What preparing a job needs of the store's dependencies. */
export type JobDeps = Pick<StoreDeps, 'artifacts' | 'sources' | 'acceptsOtherCode'>;

/**
 * Allocates the job of a slot: the newest attempt if it is running or has succeeded, else the next
 * one. Runs inside a transaction that holds the cycle's lock. `request` is only called for a new
 * attempt, so a retried activity does not build its input again.
 */
export async function prepareJob<T extends JobType>(
  client: Queryable,
  deps: JobDeps,
  slot: JobSlot & { readonly strategyId: string },
  request: () => Promise<JobRequest<T>>,
): Promise<PreparedJobOrResult> {
  const latest = await latestJobRun(client, slot);
  if (latest?.status === 'running') return { kind: 'run', job: latest.job };
  if (latest?.status === 'succeeded' && latest.finished !== null) {
    return { kind: 'finished', job: latest.job, finished: latest.finished };
  }
  const attempt = (latest?.job.attempt ?? 0) + 1;
  const { jobType, input, files, hosts = [], releaseId } = await request();
  const settings = await readJobSettings(client, slot.strategyId);
  const ranOutAtMib = latest === null ? null : await ranOutOfMemoryAt(client, slot);
  const jobName = jobNameOf(slot, attempt);
  const document: JobInput = {
    contract: JOB_CONTRACT,
    jobName,
    jobType,
    strategyId: slot.strategyId,
    stage: slot.stage,
    attempt,
    files: Object.fromEntries(files.map((file) => [file.name, file.sha256])),
    input,
  };
  const inputSha256 = await deps.artifacts.put(canonicalJson(document));
  const spec = { inputSha256, files, limits: jobLimits(settings, slot.stage, ranOutAtMib) };
  const job: PreparedJob = {
    jobName,
    jobType,
    strategyId: slot.strategyId,
    stage: slot.stage,
    attempt,
    specHash: sha256(canonicalJson(spec)),
    ...spec,
    // Jobs without a network keep the form that they always had.
    ...(hosts.length === 0 ? {} : { hosts }),
    ...(releaseId === undefined ? {} : { releaseId }),
    ...preparingBuild(deps.sources, jobType, deps.acceptsOtherCode),
  };
  await insertJobRun(client, slot, job);
  return { kind: 'run', job };
}
