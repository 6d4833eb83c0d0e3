import type { JobLimits } from '../../schemas/payload.ts';
import type { LauncherKind } from '../../schemas/task-queue.ts';

/** A job as a launcher starts it. The input directory is complete before `ensure` is called. */
export interface LaunchSpec {
  /** Deterministic: starting it twice attaches to the first. */
  readonly jobName: string;
  readonly jobType: string;
  /** Of everything that decides what the job does; two specs under one name are refused. */
  readonly specHash: string;
  readonly limits: JobLimits;
  /** `host:port` that the job may reach over the network; absent when it has none. */
  readonly hosts?: readonly string[] | undefined;
  /** For listing and for people: cycle, strategy, stage. Plain text, no secrets. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Where a job stands. Memory in bytes, summed over the job's processes. */
export type JobObservation =
  | { readonly phase: 'absent' }
  | { readonly phase: 'running'; readonly startedAtMs: number; readonly memoryBytes: number }
  | {
      readonly phase: 'ended';
      readonly cause: JobEndCause;
      readonly exitCode: number | null;
      readonly signal: string | null;
      readonly wallMs: number;
      readonly peakMemoryBytes: number;
      /** What the platform said about a job that it lost or did not start. */
      readonly detail?: string;
      /** Digest of the image that it ran in; absent for a process, and where the platform does not tell. */
      readonly image?: string;
    };

/**
 * Why a job ended. `out-of-memory` and `deadline` mean that the launcher itself stopped it for
 * that; `killed` that a signal it did not send ended it; `lost` that it vanished without a trace;
 * `not-started` that the platform could not start it in time.
 */
export type JobEndCause =
  | 'exited'
  | 'out-of-memory'
  | 'deadline'
  | 'cancelled'
  | 'output-too-large'
  | 'killed'
  | 'lost'
  | 'not-started';

/** Directories of a job on the worker's side. */
export interface JobDirectories {
  readonly input: string;
  readonly output: string;
}

/** Starts jobs and watches them. One contract test suite runs against every launcher. */
export interface Launcher {
  readonly kind: LauncherKind;
  /** Name of the image that jobs run in; absent where they are processes. */
  readonly image?: string;
  /** Creates empty input and output directories for a job, or returns the ones it has. */
  directories(jobName: string): Promise<JobDirectories>;
  /**
   * Starts the job, or attaches to the running or ended one of that name. Idempotent.
   *
   * @throws {JobConflictError} when a job of that name with another specHash exists.
   * @throws {NotStartedError} when the platform refuses it for good.
   */
  ensure(spec: LaunchSpec): Promise<void>;
  observe(jobName: string): Promise<JobObservation>;
  /**
   * Resolves when the job has ended; enforces deadline, memory and output caps meanwhile. Calls
   * `onProgress` at least every second. Aborting stops the watching and leaves the job running.
   */
  wait(
    jobName: string,
    options: {
      readonly signal: AbortSignal;
      readonly onProgress?: (observation: JobObservation) => void;
    },
  ): Promise<Extract<JobObservation, { phase: 'ended' }>>;
  /** Captured output (stdout and stderr in one stream), cut at the log cap. */
  logs(jobName: string): Promise<Buffer>;
  /** SIGTERM, grace, SIGKILL, on the whole job. Harmless when it has ended. */
  cancel(jobName: string): Promise<void>;
  /** Removes every trace of an ended job. Harmless when there is none. */
  remove(jobName: string): Promise<void>;
  /** Jobs this launcher knows of, running or ended, that were not removed. */
  list(): Promise<readonly ListedJob[]>;
}

/** A job that was not removed. */
export interface ListedJob {
  readonly jobName: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A job of this name exists already, with another spec. */
export class JobConflictError extends Error {
  override readonly name = 'JobConflictError';
  readonly jobName: string;

  constructor(jobName: string) {
    super(`job ${jobName} exists already with another specification`);
    this.jobName = jobName;
  }
}

/** The platform refuses to start a job, for a reason that lasts: somebody has to bring what is missing. */
export class NotStartedError extends Error {
  override readonly name: string = 'NotStartedError';
}

/** A job needs the network, and this launcher gives it none. */
export class NoNetworkError extends NotStartedError {
  override readonly name = 'NoNetworkError';

  constructor({ jobName, hosts = [] }: LaunchSpec, wayOut: string) {
    super(`job ${jobName} needs to reach ${hosts.join(', ')}, and gets no network here. ${wayOut}`);
  }
}

/** What starts the jobs cannot be reached, or is too busy to answer. Trying again later may help. */
export class LauncherUnavailableError extends Error {
  override readonly name = 'LauncherUnavailableError';
}
