import type { Allocation, Evaluation, RegisteredJob, TaskEvent } from './nomad-api.ts';
import { TASK } from './nomad-job.ts';

/** Where a job's container stands, in the launcher's words. Times in ms since 1970. */
export type TaskStanding =
  | {
      readonly at: 'waiting';
      readonly reason: string | null;
      /** Nomad was told to take it back, and has not finished doing so. */
      readonly isWithdrawn: boolean;
    }
  | { readonly at: 'running'; readonly allocationId: string; readonly startedAtMs: number }
  | ({ readonly at: 'exited' } & ContainerExit)
  /** It could not be started: bad image, bad settings, a driver that fails. */
  | { readonly at: 'refused'; readonly reason: string }
  /** Nomad took it off its node, or lost the node; how its container ended, where that is known. */
  | { readonly at: 'gone'; readonly reason: string; readonly exit: ContainerExit | null };

/** How a container ended. */
export interface ContainerExit {
  /** As a shell reports it: 128 + n for a death by signal n. */
  readonly code: number;
  readonly isOutOfMemory: boolean;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

const NS_PER_MS = 1_000_000;
/** Events that say that a task will never run. */
const NEVER_RAN = new Set([
  'Driver Failure',
  'Setup Failure',
  'Failed Validation',
  'Failed Artifact Download',
  'Task hook failed',
]);

/**
 * Reads one allocation. An out-of-memory kill is what the driver calls one; exit code 137 alone is
 * not, because anybody's SIGKILL gives the same.
 */
export function standingOf(allocation: Allocation): TaskStanding {
  const task = allocation.TaskStates?.[TASK];
  const events = task?.Events ?? [];
  if (allocation.ClientStatus === 'lost') return goneOf(allocation, null);
  if (task?.State === 'dead') return deadOf(allocation, events, task.StartedAt);
  const startedAt = textOf(task?.StartedAt);
  if (task?.State === 'running' && startedAt !== null) {
    return { at: 'running', allocationId: allocation.ID, startedAtMs: Date.parse(startedAt) };
  }
  const latest = events.at(-1);
  return {
    at: 'waiting',
    reason: latest === undefined ? null : describe(latest),
    isWithdrawn: allocation.DesiredStatus !== 'run',
  };
}

function deadOf(
  allocation: Allocation,
  events: readonly TaskEvent[],
  startedAt: string | null | undefined,
): TaskStanding {
  const ended = events.findLastIndex(({ Type }) => Type === 'Terminated');
  const killing = events.findIndex(({ Type }) => Type === 'Killing');
  const exit = exitOf(textOf(startedAt), events[ended]);
  // A drain or a preemption ends the container too; that says nothing about the job. What has ended is
  // "killed" once more when its node forgets it.
  const isKilled = killing !== -1 && (ended === -1 || killing < ended);
  if (allocation.DesiredStatus !== 'run' && isKilled) return goneOf(allocation, exit);
  if (exit !== null) return { at: 'exited', ...exit };
  const failure = events.findLast(({ Type }) => NEVER_RAN.has(Type));
  return failure === undefined
    ? goneOf(allocation, null)
    : { at: 'refused', reason: describe(failure) };
}

function goneOf(
  { DesiredDescription, ClientStatus }: Allocation,
  exit: ContainerExit | null,
): TaskStanding {
  const reason = textOf(DesiredDescription) ?? `its allocation is ${ClientStatus}`;
  return { at: 'gone', reason, exit };
}

/**
 * A job that has no allocation: it waits for a node, or it was stopped before it got one. While an
 * evaluation is open the scheduler may still place what was stopped after it began.
 */
export function standingWithout(
  job: RegisteredJob,
  evaluations: readonly Evaluation[],
): TaskStanding {
  const isWithdrawn = job.Stop === true;
  if (isWithdrawn && !evaluations.some(({ Status }) => Status === 'pending')) {
    return { at: 'gone', reason: 'it was stopped before a node took it', exit: null };
  }
  const shortage = newestShortage(evaluations);
  const reason = shortage === null ? textOf(job.StatusDescription) : shortageText(shortage);
  return { at: 'waiting', reason, isWithdrawn };
}

/** @returns the newest evaluation that found no node, or null. */
function newestShortage(evaluations: readonly Evaluation[]): Evaluation | null {
  return evaluations
    .filter((one) => Object.keys(one.FailedTGAllocs ?? {}).length > 0)
    .reduce<Evaluation | null>(
      (newest, one) => ((newest?.ModifyIndex ?? -1) > (one.ModifyIndex ?? 0) ? newest : one),
      null,
    );
}

/** Says in one sentence why no node took a job. */
export function shortageText({ FailedTGAllocs, StatusDescription }: Evaluation): string {
  const shortage = Object.values(FailedTGAllocs ?? {})[0];
  if (Object.keys(shortage?.NodesAvailable ?? {}).length === 0) {
    return 'no node takes it: there is none in its datacenters and its node pool';
  }
  const lacks = [
    ...texts(shortage?.ConstraintFiltered, 'do not meet'),
    ...texts(shortage?.DimensionExhausted, 'have too little'),
  ];
  const evaluated = `no node takes it: ${String(shortage?.NodesEvaluated ?? 0)} looked at`;
  const remark = textOf(StatusDescription);
  if (lacks.length > 0) return `${evaluated}, ${lacks.join(', ')}`;
  return remark === null ? evaluated : `${evaluated} (${remark})`;
}

function texts(
  counts: Readonly<Record<string, number>> | null | undefined,
  verb: string,
): string[] {
  return Object.entries(counts ?? {}).map(([what, nodes]) => `${String(nodes)} ${verb} ${what}`);
}

function exitOf(startedAt: string | null, ended: TaskEvent | undefined): ContainerExit | null {
  if (ended === undefined) return null;
  const { exit_code: code = '0', signal = '0', oom_killed: oom } = ended.Details ?? {};
  return {
    code: Number(signal) > 0 ? 128 + Number(signal) : Number(code),
    isOutOfMemory: oom === 'true',
    startedAtMs: startedAt === null ? ended.Time / NS_PER_MS : Date.parse(startedAt),
    endedAtMs: ended.Time / NS_PER_MS,
  };
}

function describe({ Type, DisplayMessage, Details }: TaskEvent): string {
  const text =
    textOf(DisplayMessage) ?? textOf(Details?.['driver_error']) ?? textOf(Details?.['message']);
  return text === null ? Type : `${Type}: ${text}`;
}

function textOf(text: string | null | undefined): string | null {
  return text === undefined || text === null || text === '' ? null : text;
}
