import { z } from 'zod';
import type { NomadClient, NomadRequest } from './nomad-client.ts';
import { NomadRefusedError } from './nomad-client.ts';
import { JOB_ID_PREFIX, META_DIRECTORY, META_JOB, nomadJobId, TASK } from './nomad-job.ts';

/** What happened to a task. `Type` is a text of Nomad's, `Time` in ns since 1970. */
const TaskEvent = z.looseObject({
  Type: z.string(),
  Time: z.number(),
  DisplayMessage: z.string().nullish(),
  Details: z.record(z.string(), z.string()).nullish(),
});
export type TaskEvent = z.infer<typeof TaskEvent>;

const TaskState = z.looseObject({
  State: z.string(),
  /** As an ISO time; null before it started. The event of the start may be gone: ten are kept. */
  StartedAt: z.string().nullish(),
  Events: z.array(TaskEvent).nullish(),
});

/** One placement of a job on a node. */
const Allocation = z.looseObject({
  ID: z.string(),
  ClientStatus: z.string(),
  DesiredStatus: z.string(),
  DesiredDescription: z.string().nullish(),
  CreateIndex: z.number(),
  TaskStates: z.record(z.string(), TaskState).nullish(),
});
export type Allocation = z.infer<typeof Allocation>;

const RegisteredJob = z.looseObject({
  Stop: z.boolean().nullish(),
  Status: z.string(),
  StatusDescription: z.string().nullish(),
  Meta: z.record(z.string(), z.string()).nullish(),
});
export type RegisteredJob = z.infer<typeof RegisteredJob>;

const JobStub = z.looseObject({
  ID: z.string(),
  Meta: z.record(z.string(), z.string()).nullish(),
});

/** Why the scheduler found no node, counted by reason. */
const Shortage = z.looseObject({
  NodesEvaluated: z.number().nullish(),
  /** By datacenter, of those that the job names. */
  NodesAvailable: z.record(z.string(), z.number()).nullish(),
  ConstraintFiltered: z.record(z.string(), z.number()).nullish(),
  DimensionExhausted: z.record(z.string(), z.number()).nullish(),
});

const Evaluation = z.looseObject({
  Status: z.string(),
  StatusDescription: z.string().nullish(),
  FailedTGAllocs: z.record(z.string(), Shortage).nullish(),
  ModifyIndex: z.number().nullish(),
});
export type Evaluation = z.infer<typeof Evaluation>;

const MemoryUse = z.looseObject({
  RSS: z.number().nullish(),
  Usage: z.number().nullish(),
  Cache: z.number().nullish(),
  Measured: z.array(z.string()).nullish(),
});
const Stats = z.looseObject({ ResourceUsage: z.looseObject({ MemoryStats: MemoryUse.nullish() }) });

/** Nomad's words for "there is a job of that id". */
const EXISTS = /Enforcing job modify index/;

/** @returns false when there was a job of that id already; it is left as it is. */
export async function registerOnce(
  client: NomadClient,
  job: Record<string, unknown>,
): Promise<boolean> {
  try {
    await client.ask({
      what: 'register a job',
      method: 'PUT',
      path: '/v1/jobs',
      // Modify index 0 means: only when there is none.
      body: { Job: job, EnforceIndex: true, JobModifyIndex: 0 },
    });
    return true;
  } catch (error) {
    if (error instanceof NomadRefusedError && EXISTS.test(error.message)) return false;
    throw error;
  }
}

/** @returns null when Nomad knows no such job. */
export async function readJob(
  client: NomadClient,
  jobDirectory: string,
): Promise<RegisteredJob | null> {
  const answer = await read(client, jobDirectory, { what: 'show a job' });
  return answer === null ? null : RegisteredJob.parse(answer.value);
}

/** What a wait for a change needs: the state that was seen, and how long to wait, in ms. */
export interface Changed {
  readonly index: number;
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/** Placements of a job, oldest first. With `changed` the answer comes when they change, or in time. */
export async function readAllocations(
  client: NomadClient,
  jobDirectory: string,
  changed?: Changed,
): Promise<{ readonly allocations: readonly Allocation[]; readonly index: number }> {
  const answer = await read(client, jobDirectory, {
    what: 'list the allocations of a job',
    below: '/allocations',
    ...(changed === undefined ? {} : { signal: changed.signal }),
    query:
      changed === undefined
        ? {}
        : { index: String(changed.index), wait: `${String(changed.waitMs)}ms` },
  });
  const allocations = z.array(Allocation).parse(answer?.value ?? []);
  return {
    allocations: allocations.sort((a, b) => a.CreateIndex - b.CreateIndex),
    index: answer?.index ?? 0,
  };
}

/** What the scheduler did about a job, and why it found no node. */
export async function readEvaluations(
  client: NomadClient,
  jobDirectory: string,
): Promise<readonly Evaluation[]> {
  const answer = await read(client, jobDirectory, {
    what: 'list the evaluations of a job',
    below: '/evaluations',
  });
  return z.array(Evaluation).parse(answer?.value ?? []);
}

/** Takes a job off its nodes: SIGTERM, its grace, SIGKILL. Harmless when there is none. */
export async function deregister(
  client: NomadClient,
  jobDirectory: string,
  purge: boolean,
): Promise<void> {
  await client.ask({
    what: purge ? 'remove a job' : 'stop a job',
    method: 'DELETE',
    path: pathOf(jobDirectory),
    query: { purge: String(purge) },
  });
}

/** @throws {NomadRefusedError} when the task does not run. */
export async function signalTask(
  client: NomadClient,
  allocationId: string,
  signal: 'SIGTERM' | 'SIGKILL',
): Promise<void> {
  await client.ask({
    what: 'signal a task',
    method: 'PUT',
    path: `/v1/client/allocation/${allocationId}/signal`,
    body: { Task: TASK, Signal: signal },
  });
}

/** @returns memory of a running task in bytes, without the page cache; 0 when nobody knows. */
export async function readMemory(client: NomadClient, allocationId: string): Promise<number> {
  const answer = await client
    .json({
      what: 'read the use of memory',
      method: 'GET',
      path: `/v1/client/allocation/${allocationId}/stats`,
    })
    .catch((error: unknown) => {
      // The task may have ended, or its node be out of touch: its limits are Nomad's to keep.
      if (error instanceof NomadRefusedError) return null;
      throw error;
    });
  const memory = Stats.safeParse(answer?.value).data?.ResourceUsage.MemoryStats;
  if (memory === undefined || memory === null) return 0;
  // On cgroup v2 there is no RSS, and usage has the cache in it.
  if ((memory.Measured ?? []).includes('RSS')) return memory.RSS ?? 0;
  return Math.max(0, (memory.Usage ?? 0) - (memory.Cache ?? 0));
}

/** Names of the jobs that a launcher on this directory has registered. */
export async function registeredNames(client: NomadClient, directory: string): Promise<string[]> {
  const answer = await client.json({
    what: 'list jobs',
    method: 'GET',
    path: '/v1/jobs',
    query: { prefix: JOB_ID_PREFIX, meta: 'true' },
  });
  return z
    .array(JobStub)
    .parse(answer?.value ?? [])
    .flatMap(({ Meta }) => {
      const name = Meta?.[META_JOB];
      return name === undefined || Meta?.[META_DIRECTORY] !== directory ? [] : [name];
    });
}

function pathOf(jobDirectory: string): string {
  return `/v1/job/${encodeURIComponent(nomadJobId(jobDirectory))}`;
}

function read(
  client: NomadClient,
  jobDirectory: string,
  { below = '', ...rest }: Omit<NomadRequest, 'method' | 'path'> & { readonly below?: string },
): Promise<{ value: unknown; index: number } | null> {
  return client.json({ ...rest, method: 'GET', path: `${pathOf(jobDirectory)}${below}` });
}
