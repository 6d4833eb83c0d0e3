import type {
  V1ContainerState,
  V1ContainerStateTerminated,
  V1ContainerStateWaiting,
  V1Job,
  V1Pod,
} from '@kubernetes/client-node';
import { JOB_CONTAINER } from './kubernetes-job.ts';
import { readKeeperNote } from './kubernetes-keeper.ts';

/** Where a job stands, as its pod tells it. Times in ms since 1970, by the node's clock. */
export type PodStanding =
  | { readonly phase: 'pending'; readonly reason: string | null; readonly isHopeless: boolean }
  | { readonly phase: 'running'; readonly startedAtMs: number }
  | {
      readonly phase: 'ended';
      readonly exitCode: number;
      readonly isOutOfMemory: boolean;
      readonly wallMs: number;
      readonly peakMemoryBytes: number;
    }
  | { readonly phase: 'lost' | 'not-started'; readonly reason: string };

/** No waiting mends these. */
const HOPELESS = new Set(['InvalidImageName', 'ErrImageNeverPull', 'CreateContainerConfigError']);
/** The container never came to run its first program. */
const START_ERRORS = new Set(['StartError', 'ContainerCannotRun']);
/** A pod that is still there so long after it should be gone is on a node that does not answer. */
const GONE_MS_MAX = 30_000;

/** Reads a pod's status. A pod that is being deleted runs until its container has ended. */
export function standingOf(pod: V1Pod, nowMs: number): PodStanding {
  const state = stateOf(pod);
  if (state.terminated !== undefined) return endOf(state.terminated, disruptionOf(pod));
  const lost = lossOf(pod, nowMs);
  if (lost !== null) return { phase: 'lost', reason: lost };
  if (state.running === undefined) return pendingOf(pod, state.waiting);
  return { phase: 'running', startedAtMs: state.running.startedAt?.getTime() ?? nowMs };
}

/** Digest of the image that the job's container ran in, as the node found it. */
export function imageOf(pod: V1Pod | null): { readonly image?: string } {
  const found = pod?.status?.containerStatuses?.find(({ name }) => name === JOB_CONTAINER);
  const image = /sha256:[0-9a-f]{64}$/.exec(found?.imageID ?? '')?.[0];
  return image === undefined ? {} : { image };
}

function stateOf(pod: V1Pod): V1ContainerState {
  return pod.status?.containerStatuses?.find(({ name }) => name === JOB_CONTAINER)?.state ?? {};
}

/** Why a pod will run no more though no container of it has ended; null when it may. */
function lossOf(pod: V1Pod, nowMs: number): string | null {
  const disruption = disruptionOf(pod);
  if (pod.status?.phase === 'Failed') return disruption ?? statusText(pod);
  const deletion = pod.metadata?.deletionTimestamp;
  if (deletion === undefined || nowMs - deletion.getTime() <= GONE_MS_MAX) return null;
  return `node ${pod.spec?.nodeName ?? 'unknown'} does not answer; ${disruption ?? ''}`;
}

function pendingOf(pod: V1Pod, waiting: V1ContainerStateWaiting | undefined): PodStanding {
  const isHopeless = HOPELESS.has(waiting?.reason ?? '');
  const reason = sentence(waiting?.reason, waiting?.message) ?? unscheduled(pod);
  return { phase: 'pending', reason, isHopeless };
}

function unscheduled(pod: V1Pod): string | null {
  const found = pod.status?.conditions?.find(
    ({ type, status }) => type === 'PodScheduled' && status === 'False',
  );
  return sentence(found?.reason, found?.message);
}

/** Read where a job has no pod: not yet, or not any more. */
export function standingWithoutPod(job: V1Job): PodStanding | { readonly phase: 'deadline' } {
  const isTrue = (type: string) =>
    job.status?.conditions?.find((each) => each.type === type && each.status === 'True');
  if (isTrue('Complete') !== undefined) {
    // Kubernetes counts a pod as succeeded only when its container exited with 0.
    return { phase: 'ended', exitCode: 0, isOutOfMemory: false, wallMs: 0, peakMemoryBytes: 0 };
  }
  const failed = isTrue('Failed');
  if (failed === undefined) return { phase: 'pending', reason: null, isHopeless: false };
  if (failed.reason === 'DeadlineExceeded') return { phase: 'deadline' };
  return { phase: 'lost', reason: `its pod is gone (${failed.reason ?? 'no reason given'})` };
}

function endOf(end: V1ContainerStateTerminated, disruption: string | null): PodStanding {
  const isOutOfMemory = end.reason === 'OOMKilled';
  if (end.reason === 'ContainerStatusUnknown') {
    return { phase: 'lost', reason: disruption ?? 'the node lost its container' };
  }
  if (START_ERRORS.has(end.reason ?? '')) {
    return { phase: 'not-started', reason: sentence(end.reason, end.message) ?? '' };
  }
  if (disruption !== null && end.exitCode !== 0 && !isOutOfMemory) {
    return { phase: 'lost', reason: disruption };
  }
  const note = readKeeperNote(end.message) ?? { wallMs: wholeSeconds(end), peakMemoryBytes: 0 };
  return { phase: 'ended', exitCode: end.exitCode, isOutOfMemory, ...note };
}

/** Why the platform took the pod away; null when it did not. */
function disruptionOf(pod: V1Pod): string | null {
  const target = pod.status?.conditions?.find(
    ({ type, status }) => type === 'DisruptionTarget' && status === 'True',
  );
  if (target !== undefined) return sentence(target.reason, target.message);
  return pod.metadata?.deletionTimestamp === undefined ? null : 'the pod was deleted';
}

function statusText({ status }: V1Pod): string {
  return sentence(status?.reason, status?.message) ?? 'the pod failed before its container ran';
}

function sentence(reason: string | undefined, message: string | undefined): string | null {
  const parts = [reason, message].filter((part) => part !== undefined && part !== '');
  return parts.length === 0 ? null : parts.join(': ').slice(0, 500);
}

function wholeSeconds({ startedAt, finishedAt }: V1ContainerStateTerminated): number {
  return startedAt === undefined || finishedAt === undefined
    ? 0
    : Math.max(0, finishedAt.getTime() - startedAt.getTime());
}
