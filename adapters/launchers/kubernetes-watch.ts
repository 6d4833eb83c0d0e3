import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1Job, V1Pod } from '@kubernetes/client-node';
import {
  deleteJob,
  lastWarning,
  readJob,
  readPod,
  readPodLog,
  untilWithdrawn,
} from './kubernetes-calls.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { stopFile } from './kubernetes-job.ts';
import { imageOf, standingOf, standingWithoutPod } from './kubernetes-pod.ts';
import type { PodStanding } from './kubernetes-pod.ts';
import type { JobObservation, LaunchSpec } from './launcher.ts';
import { nullWhenMissing } from './null-when-missing.ts';
import { classify } from './process-end.ts';
import type { JobFiles } from './process-job-files.ts';
import type { JobEnd, Stop } from './process-job-records.ts';
import { isOutputTooLarge } from './process-output.ts';
import { uptimeMs } from './process-table.ts';
import { pause } from './process-wait.ts';

const MIB = 1024 * 1024;
const EMPTY_LOG_TRIES = 4;
const EMPTY_LOG_PAUSE_MS = 200;
/** A keeper that has not stopped its job so long after the grace is hung with it. */
const KEEPER_MS_MAX = 10_000;

/** What a watch needs to know beside the job's files. */
export interface WatchSettings {
  readonly api: KubernetesApi;
  /** Of the job in its namespace. */
  readonly name: string;
  readonly startMsMax: number;
}

type Standing = PodStanding | { readonly phase: 'deadline' };

type Over = Exclude<Standing, { phase: 'pending' | 'running' }>;

/** Of a job whose container left no end. */
const NOT_RUN = { exitCode: null, wallMs: 0, peakMemoryBytes: 0 };

/** A job that has not ended, with what is known of its pod. */
interface OpenJob {
  readonly spec: LaunchSpec;
  readonly pod: V1Pod | null;
  readonly createdAtMs: number;
  readonly standing: Extract<PodStanding, { phase: 'pending' | 'running' }>;
}

/**
 * One observer's view of one job in the cluster. Several may watch the same job and act alike: why it
 * is stopped and how it ended are files of the job on the shared volume, written once.
 */
export class KubernetesWatch {
  readonly #files: JobFiles;
  readonly #settings: WatchSettings;

  constructor(files: JobFiles, settings: WatchSettings) {
    this.#files = files;
    this.#settings = settings;
  }

  /** Looks at the job without enforcing its limits. */
  async observe(): Promise<JobObservation> {
    const job = await this.#find();
    return 'spec' in job ? running(job) : job;
  }

  /** Looks at the job, and stops it when it breaks a limit or cannot be started. */
  async enforce(): Promise<JobObservation> {
    const job = await this.#find();
    if (!('spec' in job)) return job;
    const stop = (await this.#files.readStop()) ?? (await this.#stopOnBreach(job));
    return stop === null ? running(job) : this.#carryOut(job, stop);
  }

  /** Stops the job for a reason and returns what it came to; `enforce` does the rest. */
  async stop(cause: Stop['cause']): Promise<JobObservation> {
    const job = await this.#find();
    if (!('spec' in job)) return job;
    return this.#carryOut(job, await this.#record(cause));
  }

  async log(): Promise<Buffer> {
    const { limits } = (await this.#files.readSpec()) ?? {};
    if (limits === undefined) return Buffer.alloc(0);
    const saved = await this.#files.readLog();
    if (saved !== null) return saved.subarray(0, limits.logBytesMax);
    const pod = await readPod(this.#settings.api, this.#settings.name);
    return pod === null ? Buffer.alloc(0) : readPodLog(this.#settings.api, pod, limits.logBytesMax);
  }

  async #find(): Promise<OpenJob | JobObservation> {
    const end = await this.#files.readEnd();
    const spec = await this.#files.readSpec();
    if (end !== null || spec === null) return end ?? { phase: 'absent' };
    const { api, name } = this.#settings;
    const pod = await readPod(api, name);
    const job = pod === null ? await readJob(api, name) : null;
    const standing = await this.#standing(pod, job);
    if (standing === null) return { phase: 'absent' };
    if (standing.phase !== 'pending' && standing.phase !== 'running') {
      return this.#settle(spec, pod, standing);
    }
    return { spec, pod, createdAtMs: createdAtMs(pod ?? job), standing };
  }

  /** @returns null when nobody has created the job yet. */
  async #standing(pod: V1Pod | null, job: V1Job | null): Promise<Standing | null> {
    if (pod !== null) return standingOf(pod, Date.now());
    if (job !== null) return standingWithoutPod(job);
    // Whoever claimed the job had created it: one that is gone since then is lost.
    const isClaimed = (await this.#files.claimAgeMs()) !== null;
    return isClaimed ? { phase: 'lost', reason: 'somebody deleted the Job' } : null;
  }

  async #stopOnBreach({ spec, standing, createdAtMs }: OpenJob): Promise<Stop | null> {
    if (standing.phase === 'pending') {
      const isOver = Date.now() - createdAtMs >= this.#settings.startMsMax;
      return isOver || standing.isHopeless ? this.#record('not-started') : null;
    }
    return (await isOutputTooLarge(this.#files.output, spec.limits))
      ? this.#record('output-too-large')
      : null;
  }

  /** The reason is recorded before the job is stopped, so that every observer gives the same one. */
  async #record(cause: Stop['cause']): Promise<Stop> {
    return this.#files.writeStopOnce({ cause, uptimeMs: uptimeMs() });
  }

  /**
   * A job that runs is asked to stop and keeps its pod, for its log and exit code. One that does not
   * run, or does not listen, is deleted before its end is reported: it must not start any more.
   */
  async #carryOut(job: OpenJob, stop: Stop): Promise<JobObservation> {
    const { api, name } = this.#settings;
    const { standing, spec, pod } = job;
    const mayRun = standing.phase === 'running' || (stop.cause === 'cancelled' && isStarting(job));
    if (mayRun && !(await this.#isKeeperOverdue(spec))) return running(job);
    const podName = pod?.metadata?.name;
    const warning = await lastWarning(
      api,
      podName === undefined ? { kind: 'Job', name } : { kind: 'Pod', name: podName },
    );
    const why = standing.phase === 'pending' ? standing.reason : null;
    const reason = [why, warning]
      .filter((part) => part !== null)
      .join('; ')
      .slice(0, 1000);
    await this.#saveLog(spec, pod);
    await deleteJob(api, name);
    await untilWithdrawn(api, name);
    return this.#settle(spec, null, {
      phase: stop.cause === 'not-started' ? 'not-started' : 'lost',
      reason,
    });
  }

  /** Asks the keeper for the stop; says whether it has had its time since then. */
  async #isKeeperOverdue({ limits }: LaunchSpec): Promise<boolean> {
    const { directory, name } = stopFile(this.#files);
    const asked = await stat(join(directory, name)).catch(nullWhenMissing);
    if (asked === null) await writeFile(join(directory, name), '');
    return asked !== null && Date.now() - asked.mtimeMs > limits.graceMs + KEEPER_MS_MAX;
  }

  /** Records the end for every later observer, after the log: a pod may be gone at any time. */
  async #settle(spec: LaunchSpec, pod: V1Pod | null, standing: Over): Promise<JobEnd> {
    await this.#saveLog(spec, pod);
    const ended = standing.phase === 'ended' ? standing : NOT_RUN;
    const cause = (await this.#files.readStop())?.cause ?? (await this.#lateCause(spec, standing));
    return this.#files.writeEndOnce({
      phase: 'ended',
      ...classify(cause, ended.exitCode),
      wallMs: ended.wallMs,
      // What the kernel ended at its limit had taken all of it.
      peakMemoryBytes: Math.max(
        ended.peakMemoryBytes,
        cause === 'out-of-memory' ? spec.limits.memoryMib * MIB : 0,
      ),
      ...(isUnrun(cause) && 'reason' in standing ? { detail: standing.reason } : {}),
      ...imageOf(pod),
    });
  }

  /** Reasons that show only when the job is over. The keeper itself enforces the deadline. */
  async #lateCause({ limits }: LaunchSpec, standing: Over): Promise<Stop['cause'] | null> {
    if (standing.phase !== 'ended') return standing.phase;
    if (standing.isOutOfMemory) return 'out-of-memory';
    if (standing.wallMs >= limits.deadlineMs) return 'deadline';
    return (await isOutputTooLarge(this.#files.output, limits)) ? 'output-too-large' : null;
  }

  async #saveLog({ limits }: LaunchSpec, pod: V1Pod | null): Promise<void> {
    if (pod === null || (await this.#files.readLog()) !== null) return;
    let log = await readPodLog(this.#settings.api, pod, limits.logBytesMax);
    // A busy node has given nothing of a log that was 3 MB long; jobs that write nothing are rare.
    for (let tries = 1; log.length === 0 && tries < EMPTY_LOG_TRIES; tries += 1) {
      await pause(EMPTY_LOG_PAUSE_MS);
      log = await readPodLog(this.#settings.api, pod, limits.logBytesMax);
    }
    await this.#files.writeLog(log);
  }
}

function createdAtMs(object: V1Pod | V1Job | null): number {
  return object?.metadata?.creationTimestamp?.getTime() ?? Date.now();
}

function isUnrun(cause: Stop['cause'] | null): boolean {
  return cause === 'lost' || cause === 'not-started';
}

/** A pod on its node may run already: the API tells of it up to a second later. */
function isStarting({ pod, standing }: OpenJob): boolean {
  return (
    standing.phase === 'pending' &&
    pod?.spec?.nodeName !== undefined &&
    /^(ContainerCreating|PodInitializing)?$/.test(standing.reason ?? '')
  );
}

function running({ standing, createdAtMs }: OpenJob): JobObservation {
  return {
    phase: 'running',
    startedAtMs: standing.phase === 'running' ? standing.startedAtMs : createdAtMs,
    // The cluster tells what a pod uses only where its metrics server is installed.
    memoryBytes: 0,
  };
}
