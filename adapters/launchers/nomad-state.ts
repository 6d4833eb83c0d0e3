import type { Allocation, Evaluation, RegisteredJob, TaskEvent } from './nomad-api.ts';
import { TASK } from './nomad-job.ts';

/** Where a job's container stands, in the launcher's words. Times in ms since 1970. */
export type TaskStanding =
  | { readonly at: 'waiting'; readonly reason: string | null }
  | { readonly at: 'running'; readonly allocationId: string; readonly startedAtMs: number }
  | {
      readonly at: 'exited';
      /** As a shell reports it: 128 + n for a death by signal n. */
      readonly code: number;
      readonly isOutOfMemory: boolean;
      readonly startedAtMs: number;
      readonly endedAtMs: number;
    }
  /** It could not be started: bad image, bad settings, a driver that fails. */
  | { readonly at: 'refused'; readonly reason: string }
  /** Nomad took it off its node, or lost the node. */
  | { readonly at: 'gone'; readonly reason: string };

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
  if (allocation.ClientStatus === 'lost') return goneOf(allocation);
  if (task?.State === 'dead') return deadOf(allocation, events);
  const started = last(events, 'Started');
  if (started !== null) {
    return {
      at: 'running',
      allocationId: allocation.ID,
      startedAtMs: started.Time / NS_PER_MS,
    };
  }
  const latest = events.at(-1);
  return { at: 'waiting', reason: latest === undefined ? null : describe(latest) };
}

function deadOf(allocation: Allocation, events: readonly TaskEvent[]): TaskStanding {
  // A drain or a preemption ends the container too; that says nothing about the job.
  if (allocation.DesiredStatus !== 'run' && last(events, 'Killing') !== null) {
    return goneOf(allocation);
  }
  const ended = last(events, 'Terminated');
  if (ended !== null) return exited(last(events, 'Started') ?? ended, ended);
  const failure = events.findLast(({ Type }) => NEVER_RAN.has(Type));
  return failure === undefined ? goneOf(allocation) : { at: 'refused', reason: describe(failure) };
}

function goneOf({ DesiredDescription, ClientStatus }: Allocation): TaskStanding {
  return { at: 'gone', reason: textOf(DesiredDescription) ?? `its allocation is ${ClientStatus}` };
}

/** A job that has no allocation: it waits for a node, or it was stopped before it got one. */
export function standingWithout(job: RegisteredJob, shortage: Evaluation | null): TaskStanding {
  if (job.Stop === true) return { at: 'gone', reason: 'it was stopped before a node took it' };
  return {
    at: 'waiting',
    reason: shortage === null ? textOf(job.StatusDescription) : shortageText(shortage),
  };
}

/** Says in one sentence why no node took a job. */
export function shortageText({ FailedTGAllocs, StatusDescription }: Evaluation): string {
  const shortage = Object.values(FailedTGAllocs ?? {})[0];
  const parts = [
    ...Object.entries(shortage?.ConstraintFiltered ?? {}).map(
      ([constraint, nodes]) => `${String(nodes)} do not meet ${constraint}`,
    ),
    ...Object.entries(shortage?.DimensionExhausted ?? {}).map(
      ([dimension, nodes]) => `${String(nodes)} have too little ${dimension}`,
    ),
  ];
  const evaluated = `no node takes it: ${String(shortage?.NodesEvaluated ?? 0)} looked at`;
  const remark = textOf(StatusDescription);
  if (parts.length > 0) return `${evaluated}, ${parts.join(', ')}`;
  return remark === null ? evaluated : `${evaluated} (${remark})`;
}

function exited(started: TaskEvent, ended: TaskEvent): TaskStanding {
  const { exit_code: code = '0', signal = '0', oom_killed: oom } = ended.Details ?? {};
  return {
    at: 'exited',
    code: Number(signal) > 0 ? 128 + Number(signal) : Number(code),
    isOutOfMemory: oom === 'true',
    startedAtMs: started.Time / NS_PER_MS,
    endedAtMs: ended.Time / NS_PER_MS,
  };
}

function last(events: readonly TaskEvent[], type: string): TaskEvent | null {
  return events.findLast(({ Type }) => Type === type) ?? null;
}

function describe({ Type, DisplayMessage, Details }: TaskEvent): string {
  const text =
    textOf(DisplayMessage) ?? textOf(Details?.['driver_error']) ?? textOf(Details?.['message']);
  return text === null ? Type : `${Type}: ${text}`;
}

function textOf(text: string | null | undefined): string | null {
  return text === undefined || text === null || text === '' ? null : text;
}
