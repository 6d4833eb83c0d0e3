import type { Allocation, Changed } from './nomad-api.ts';
import {
  deregister,
  readAllocations,
  readJob,
  readEvaluations,
  readMemory,
  signalTask,
} from './nomad-api.ts';
import { META_IMAGE } from './nomad-job.ts';
import { NomadRefusedError } from './nomad-client.ts';
import type { NomadClient } from './nomad-client.ts';
import { standingOf, standingWithout } from './nomad-state.ts';
import type { ContainerExit, TaskStanding } from './nomad-state.ts';
import { isLogTooLarge } from './nomad-log.ts';
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

type OverStanding = Extract<TaskStanding, { at: 'exited' | 'refused' | 'gone' }>;

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
  /** When the job is to be stopped for its deadline, or killed after its grace; as `Date.now()`. */
  #dueAtMs = Infinity;

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
    const job = await this.#find(this.#nextChange(wait));
    if ('phase' in job) return job;
    const stop = (await this.#files.readStop()) ?? (await this.#stopOnBreach(job));
    if (stop === null) this.#dueAtMs = deadlineAtMs(job);
    else await this.#killAfterGrace(stop, job);
    return this.#running(job);
  }

  /** Nobody waits past the moment at which the job is to be stopped or killed. */
  #nextChange(wait?: Omit<Changed, 'index'>): Changed | undefined {
    if (this.#index === 0 || wait === undefined) return undefined;
    const leftMs = Math.ceil(this.#dueAtMs - Date.now());
    return { ...wait, index: this.#index, waitMs: Math.max(1, Math.min(wait.waitMs, leftMs)) };
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
    const { allocations, index } = await readAllocations(client, this.#files.directory, changed);
    this.#index = index;
    const standing = await this.#standing(allocations);
    if (standing === null) {
      // Whoever claimed the job had seen it registered: one that is gone since then is lost.
      return (await this.#files.claimAgeMs()) === null
        ? { phase: 'absent' }
        : this.#settle(spec, { at: 'gone', reason: 'Nomad knows it no more', exit: null });
    }
    if (standing.at === 'waiting') return this.#stillWaiting(spec, standing);
    if (standing.at === 'running') return { spec, standing };
    return this.#settle(spec, standing);
  }

  /** The first allocation is the job. A replacement that Nomad makes for it would be a second run. */
  async #standing(allocations: readonly Allocation[]): Promise<TaskStanding | null> {
    const { client } = this.#options;
    const [first] = allocations;
    if (first !== undefined) return standingOf(first);
    const job = await readJob(client, this.#files.directory);
    return job === null
      ? null
      : standingWithout(job, await readEvaluations(client, this.#files.directory));
  }

  /**
   * A job that waits too long, or is stopped before it has started, is withdrawn. It is over only when
   * Nomad says so: its container may be starting just now, and must not write once its end was told.
   */
  async #stillWaiting(
    spec: LaunchSpec,
    standing: Extract<TaskStanding, { at: 'waiting' }>,
  ): Promise<OpenJob> {
    const { client, startDeadlineMs } = this.#options;
    const isLate = ((await this.#files.claimAgeMs()) ?? 0) >= startDeadlineMs;
    if ((await this.#files.readStop()) === null) {
      if (!isLate) return { spec, standing };
      const within = `not within ${String(Math.round(startDeadlineMs / 1000))} s`;
      const detail = standing.reason === null ? within : `${within}; ${standing.reason}`;
      await this.#files.writeStopOnce({ cause: 'not-started', uptimeMs: uptimeMs(), detail });
    }
    if (!standing.isWithdrawn) await deregister(client, this.#files.directory, false);
    // What comes of it is wanted at once, and not when the allocations change, which there may never be.
    this.#index = 0;
    return { spec, standing };
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
    return (await this.#isTooLarge(limits)) ? this.#stop(job, 'output-too-large') : null;
  }

  async #isTooLarge(limits: LaunchSpec['limits']): Promise<boolean> {
    return (
      (await isOutputTooLarge(this.#files.output, limits)) ||
      (await isLogTooLarge(this.#files, limits.logBytesMax))
    );
  }

  /** The reason is recorded before the signal, so that every observer gives the same one. */
  async #stop({ standing }: OpenJob, cause: Stop['cause']): Promise<Stop> {
    const stop = await this.#files.writeStopOnce({ cause, uptimeMs: uptimeMs() });
    if (stop.cause === cause && isGentle(cause) && standing.at === 'running') {
      await this.#signal(standing.allocationId, 'SIGTERM');
    }
    return stop;
  }

  async #killAfterGrace(stop: Stop, job: OpenJob): Promise<void> {
    const leftMs = await this.#graceLeftMs(stop, job);
    // Once it is killed, its end is the next change: there is nothing to be in time for.
    this.#dueAtMs = leftMs > 0 ? Date.now() + leftMs : Infinity;
    if (leftMs === 0) await this.#kill(job);
  }

  /** Memory and disk are taken from others at once, so such a job gets no time to say good-bye. */
  async #graceLeftMs(stop: Stop, { spec }: OpenJob): Promise<number> {
    if (!isGentle(stop.cause)) return 0;
    // By the file's age and not by this machine's uptime: another machine's worker may have begun.
    return Math.max(0, spec.limits.graceMs - ((await this.#files.stopAgeMs()) ?? 0));
  }

  async #kill({ standing }: OpenJob): Promise<void> {
    if (standing.at === 'running') await this.#signal(standing.allocationId, 'SIGKILL');
  }

  /** A task that takes no signal, because it ends just now or never runs, is taken off its node. */
  async #signal(allocationId: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const { client } = this.#options;
    try {
      await signalTask(client, allocationId, signal);
    } catch (error) {
      if (!(error instanceof NomadRefusedError)) throw error;
      await deregister(client, this.#files.directory, false);
    }
  }

  /** Records the end for every later observer. */
  async #settle(spec: LaunchSpec, standing: OverStanding): Promise<JobEnd> {
    // A replacement that Nomad may have made must not write into the same output.
    if (standing.at === 'gone')
      await deregister(this.#options.client, this.#files.directory, false);
    const stop = await this.#files.readStop();
    const cause = stop?.cause ?? (await this.#ownCause(spec, standing));
    const exit = exitOf(standing, stop);
    const peak = await this.#files.readPeakMemoryBytes();
    const detail = stop?.detail ?? (exit === null ? reasonOf(standing) : undefined);
    return this.#files.writeEndOnce({
      phase: 'ended',
      ...classify(cause, exit?.code ?? null),
      wallMs: exit === null ? 0 : Math.max(0, Math.round(exit.endedAtMs - exit.startedAtMs)),
      // What the kernel ended at its limit had taken all of it, whenever it was last measured.
      peakMemoryBytes:
        cause === 'out-of-memory' ? Math.max(peak, spec.limits.memoryMib * MIB) : peak,
      ...(detail === undefined ? {} : { detail }),
      ...(await this.#imageOf(exit)),
    });
  }

  /** The image's digest, as far as its reference names one. A job that never ran had none. */
  async #imageOf(exit: ReturnType<typeof exitOf>): Promise<Pick<JobEnd, 'image'>> {
    if (exit === null) return {};
    const image = (await readJob(this.#options.client, this.#files.directory))?.Meta?.[META_IMAGE];
    return image === undefined ? {} : { image };
  }

  /** Why the job ended, when no launcher stopped it; null for an exit of its own. */
  async #ownCause({ limits }: LaunchSpec, standing: OverStanding): Promise<Stop['cause'] | null> {
    if (standing.at === 'refused') return 'not-started';
    if (standing.at === 'gone') return 'lost';
    if (standing.isOutOfMemory) return 'out-of-memory';
    return (await this.#isTooLarge(limits)) ? 'output-too-large' : null;
  }

  /** A job that waits for a node counts as running from now on: its deadline has not begun. */
  #running({ standing }: OpenJob): JobObservation {
    const startedAtMs = standing.at === 'running' ? standing.startedAtMs : Date.now();
    return { phase: 'running', startedAtMs, memoryBytes: this.#memory };
  }
}

function deadlineAtMs({ spec, standing }: OpenJob): number {
  return standing.at === 'running' ? standing.startedAtMs + spec.limits.deadlineMs : Infinity;
}

/** What a job that we stopped came to counts, though it was Nomad that took its container away. */
function exitOf(standing: OverStanding, stop: Stop | null): ContainerExit | null {
  if (standing.at === 'exited') return standing;
  return standing.at === 'gone' && stop !== null ? standing.exit : null;
}

function reasonOf(standing: OverStanding): string | undefined {
  return standing.at === 'exited' ? undefined : standing.reason;
}
