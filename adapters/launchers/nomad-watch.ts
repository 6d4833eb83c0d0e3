import type { Allocation, Changed } from './nomad-api.ts';
import {
  deregister,
  readAllocations,
  readJob,
  readMemory,
  readShortage,
  signalTask,
} from './nomad-api.ts';
import { META_IMAGE } from './nomad-job.ts';
import { NomadRefusedError } from './nomad-client.ts';
import type { NomadClient } from './nomad-client.ts';
import { standingOf, standingWithout } from './nomad-state.ts';
import type { TaskStanding } from './nomad-state.ts';
import type { JobObservation, LaunchSpec } from './launcher.ts';
import { classify } from './process-end.ts';
import { isGentle } from './process-grace.ts';
import type { JobFiles } from './process-job-files.ts';
import type { JobEnd, Stop } from './process-job-records.ts';
import { isOutputTooLarge } from './process-output.ts';
import { uptimeMs } from './process-table.ts';

const MIB = 1024 * 1024;

/** What a watch knows of all jobs. */
export interface NomadWatchOptions {
  readonly client: NomadClient;
  /** How long a job may wait for a node and its image, in ms. */
  readonly startDeadlineMs: number;
  /** How often memory and output are measured, in ms. */
  readonly measureMs: number;
}

/** A job that has not ended. */
interface OpenJob {
  readonly spec: LaunchSpec;
  readonly standing: Extract<TaskStanding, { at: 'waiting' | 'running' }>;
}

/**
 * One observer's view of one job. Several may watch the same job and act alike: why it is stopped
 * and how it ended are files of the job, written once.
 */
export class NomadWatch {
  readonly #options: NomadWatchOptions;
  readonly #files: JobFiles;
  #measuredAt = -Infinity;
  #memory = 0;
  /** State of the allocations that was seen last; see {@link Changed}. */
  #index = 0;

  constructor(options: NomadWatchOptions, files: JobFiles) {
    this.#options = options;
    this.#files = files;
  }

  /** Looks at the job without enforcing its limits. */
  async observe(): Promise<JobObservation> {
    const job = await this.#find();
    if ('phase' in job) return job;
    if (job.standing.at === 'running') {
      this.#memory = await readMemory(this.#options.client, job.standing.allocationId);
    }
    return this.#running(job);
  }

  /**
   * Looks at the job, and stops it when it breaks a limit or is being stopped for some time.
   *
   * @param wait answer no later, and as soon as something has changed since the last look.
   */
  async enforce(wait?: Omit<Changed, 'index'>): Promise<JobObservation> {
    const isFirst = this.#index === 0 || wait === undefined;
    const job = await this.#find(isFirst ? undefined : { ...wait, index: this.#index });
    if ('phase' in job) return job;
    const stop = (await this.#files.readStop()) ?? (await this.#stopOnBreach(job));
    if (stop !== null && (await this.#isGraceOver(stop, job.spec))) await this.#kill(job);
    return this.#running(job);
  }

  /** Stops the job for a reason and returns what it came to; `enforce` does the rest. */
  async stop(cause: Stop['cause']): Promise<JobObservation> {
    const job = await this.#find();
    if ('phase' in job) return job;
    await this.#stop(job, cause);
    return this.enforce();
  }

  async #find(changed?: Changed): Promise<OpenJob | JobObservation> {
    const end = await this.#files.readEnd();
    const spec = await this.#files.readSpec();
    if (end !== null || spec === null) return end ?? { phase: 'absent' };
    const { client } = this.#options;
    const { allocations, index } = await readAllocations(client, spec.jobName, changed);
    this.#index = index;
    const standing = await this.#standing(spec, allocations);
    if (standing === null) {
      // Whoever claimed the job had seen it registered: one that is gone since then is lost.
      return (await this.#files.claimAgeMs()) === null
        ? { phase: 'absent' }
        : this.#settle(spec, { at: 'gone', reason: 'Nomad knows it no more' });
    }
    if (standing.at === 'waiting') return this.#stillWaiting(spec, standing);
    if (standing.at === 'running') return { spec, standing };
    return this.#settle(spec, standing);
  }

  /** The first allocation is the job. A replacement that Nomad makes for it would be a second run. */
  async #standing(
    { jobName }: LaunchSpec,
    allocations: readonly Allocation[],
  ): Promise<TaskStanding | null> {
    const { client } = this.#options;
    const [first] = allocations;
    if (first !== undefined) return standingOf(first);
    const job = await readJob(client, jobName);
    return job === null ? null : standingWithout(job, await readShortage(client, jobName));
  }

  /** A job that waits too long is withdrawn before that is said: it must not start later on. */
  async #stillWaiting(
    spec: LaunchSpec,
    standing: Extract<TaskStanding, { at: 'waiting' }>,
  ): Promise<OpenJob | JobEnd> {
    const { client, startDeadlineMs } = this.#options;
    const stop = await this.#files.readStop();
    const isLate = ((await this.#files.claimAgeMs()) ?? 0) >= startDeadlineMs;
    if (stop === null && !isLate) return { spec, standing };
    await deregister(client, spec.jobName, false);
    if (stop !== null) return this.#settle(spec, { at: 'gone', reason: 'it had not started' });
    const within = `not within ${String(Math.round(startDeadlineMs / 1000))} s`;
    const reason = standing.reason === null ? within : `${within}; ${standing.reason}`;
    return this.#settle(spec, { at: 'refused', reason });
  }

  async #stopOnBreach(job: OpenJob): Promise<Stop | null> {
    if (job.standing.at === 'waiting') return null;
    const { allocationId, startedAtMs } = job.standing;
    const { limits } = job.spec;
    if (Date.now() - startedAtMs >= limits.deadlineMs) return this.#stop(job, 'deadline');
    if (performance.now() - this.#measuredAt < this.#options.measureMs) return null;
    this.#measuredAt = performance.now();
    this.#memory = await readMemory(this.#options.client, allocationId);
    if (this.#memory > (await this.#files.readPeakMemoryBytes())) {
      await this.#files.writePeakMemoryBytes(this.#memory);
    }
    return (await isOutputTooLarge(this.#files.output, limits))
      ? this.#stop(job, 'output-too-large')
      : null;
  }

  /** The reason is recorded before the signal, so that every observer gives the same one. */
  async #stop({ spec, standing }: OpenJob, cause: Stop['cause']): Promise<Stop> {
    const stop = await this.#files.writeStopOnce({ cause, uptimeMs: uptimeMs() });
    if (stop.cause === cause && isGentle(cause) && standing.at === 'running') {
      await this.#signal(spec, standing.allocationId, 'SIGTERM');
    }
    return stop;
  }

  /** Memory and disk are taken from others at once, so such a job gets no time to say good-bye. */
  async #isGraceOver(stop: Stop, { limits }: LaunchSpec): Promise<boolean> {
    if (!isGentle(stop.cause)) return true;
    // By the file's age and not by this machine's uptime: another machine's worker may have begun.
    return ((await this.#files.stopAgeMs()) ?? 0) >= limits.graceMs;
  }

  async #kill({ spec, standing }: OpenJob): Promise<void> {
    if (standing.at === 'running') await this.#signal(spec, standing.allocationId, 'SIGKILL');
  }

  /** A task that takes no signal, because it ends just now or never runs, is taken off its node. */
  async #signal(
    { jobName }: LaunchSpec,
    allocationId: string,
    signal: 'SIGTERM' | 'SIGKILL',
  ): Promise<void> {
    const { client } = this.#options;
    try {
      await signalTask(client, allocationId, signal);
    } catch (error) {
      if (!(error instanceof NomadRefusedError)) throw error;
      await deregister(client, jobName, false);
    }
  }

  /** Records the end for every later observer. */
  async #settle(
    spec: LaunchSpec,
    standing: Extract<TaskStanding, { at: 'exited' | 'refused' | 'gone' }>,
  ): Promise<JobEnd> {
    // A replacement that Nomad may have made must not write into the same output.
    if (standing.at === 'gone') await deregister(this.#options.client, spec.jobName, false);
    const cause = (await this.#files.readStop())?.cause ?? (await this.#ownCause(spec, standing));
    const peak = await this.#files.readPeakMemoryBytes();
    const detail =
      standing.at === 'exited' ? await this.#imageOf(spec) : { detail: standing.reason };
    return this.#files.writeEndOnce({
      phase: 'ended',
      ...classify(cause, standing.at === 'exited' ? standing.code : null),
      wallMs:
        standing.at === 'exited'
          ? Math.max(0, Math.round(standing.endedAtMs - standing.startedAtMs))
          : 0,
      // What the kernel ended at its limit had taken all of it, whenever it was last measured.
      peakMemoryBytes:
        cause === 'out-of-memory' ? Math.max(peak, spec.limits.memoryMib * MIB) : peak,
      ...detail,
    });
  }

  async #imageOf({ jobName }: LaunchSpec): Promise<Pick<JobEnd, 'image'>> {
    const image = (await readJob(this.#options.client, jobName))?.Meta?.[META_IMAGE];
    return image === undefined ? {} : { image };
  }

  /** Why the job ended, when no launcher stopped it; null for an exit of its own. */
  async #ownCause(
    { limits }: LaunchSpec,
    standing: Extract<TaskStanding, { at: 'exited' | 'refused' | 'gone' }>,
  ): Promise<Stop['cause'] | null> {
    if (standing.at === 'refused') return 'not-started';
    if (standing.at === 'gone') return 'lost';
    if (standing.isOutOfMemory) return 'out-of-memory';
    return (await isOutputTooLarge(this.#files.output, limits)) ? 'output-too-large' : null;
  }

  /** A job that waits for a node counts as running from now on: its deadline has not begun. */
  #running({ standing }: OpenJob): JobObservation {
    const startedAtMs = standing.at === 'running' ? standing.startedAtMs : Date.now();
    return { phase: 'running', startedAtMs, memoryBytes: this.#memory };
  }
}
