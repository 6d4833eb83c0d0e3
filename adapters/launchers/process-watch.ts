import type { JobObservation, LaunchSpec } from './launcher.ts';
import { settle } from './process-end.ts';
import { isGentle, isGraceOver } from './process-grace.ts';
import type { JobFiles } from './process-job-files.ts';
import type { Stop } from './process-job-records.ts';
import { killJob } from './process-kill.ts';
import { memoryBytes } from './process-memory.ts';
import { isOutputTooLarge } from './process-output.ts';
import {
  groupMembers,
  isRunning,
  signalGroup,
  ticksToUptimeMs,
  uptimeMs,
} from './process-table.ts';
import type { ProcessIdentity } from './process-table.ts';

/** A claimed job whose shim has not reported by then will never do so. */
const START_MS_MAX = 10_000;
/** How often memory and output are measured. */
const MEASURE_MS = 250;
/** The recorded peak of memory is renewed when it has grown by so much. */
const PEAK_STEP_BYTES = 256 * 1024;

/** A job that is claimed and has not ended. */
interface RunningJob {
  readonly spec: LaunchSpec;
  readonly leader: ProcessIdentity;
}

/** One observer's view of one job. Several may watch the same job and act alike. */
export class JobWatch {
  readonly #files: JobFiles;
  #measuredAt = -Infinity;
  #memory = 0;

  constructor(files: JobFiles) {
    this.#files = files;
  }

  /** Looks at the job without enforcing its limits. */
  async observe(): Promise<JobObservation> {
    const job = await this.#find();
    if ('phase' in job) {
      return job;
    }
    this.#memory = memoryBytes(groupMembers(job.leader));
    return this.#running(job);
  }

  /** Looks at the job, and stops it when it breaks a limit or is being stopped for some time. */
  async enforce(): Promise<JobObservation> {
    const job = await this.#find();
    if ('phase' in job) {
      return job;
    }
    const stop = (await this.#files.readStop()) ?? (await this.#stopOnBreach(job));
    if (stop !== null && isGraceOver(stop, job.spec)) {
      await killJob(this.#files, job.leader);
      return settle(this.#files, job.spec, job.leader);
    }
    return this.#running(job);
  }

  /** Stops the job for a reason and returns what it came to; `enforce` does the rest. */
  async stop(cause: Stop['cause']): Promise<JobObservation> {
    const job = await this.#find();
    if (!('phase' in job)) {
      await this.#stop(job, cause);
      return this.enforce();
    }
    if (job.phase === 'running' && (await this.#files.takeClaim())) {
      await this.#files.writeStopOnce({ cause, uptimeMs: uptimeMs() });
    }
    return job;
  }

  async #find(): Promise<RunningJob | JobObservation> {
    const end = await this.#files.readEnd();
    const spec = await this.#files.readSpec();
    if (end !== null || spec === null) {
      return end ?? { phase: 'absent' };
    }
    const leader = await this.#files.readStarted();
    if (leader === null) {
      return this.#findUnstarted(spec);
    }
    const isOver = (await this.#files.readExit()) !== null || !isRunning(leader);
    return isOver ? settle(this.#files, spec, leader) : { spec, leader };
  }

  async #findUnstarted(spec: LaunchSpec): Promise<JobObservation> {
    if ((await this.#files.readStop()) !== null) {
      return settle(this.#files, spec, null);
    }
    const age = await this.#files.claimAgeMs();
    // The shim may have reported between the two looks.
    if (age !== null && age > START_MS_MAX && (await this.#files.readStarted()) === null) {
      return settle(this.#files, spec, null);
    }
    return { phase: 'running', startedAtMs: Date.now() - (age ?? 0), memoryBytes: 0 };
  }

  async #stopOnBreach(job: RunningJob): Promise<Stop | null> {
    if (ageMs(job.leader) >= job.spec.limits.deadlineMs) {
      return this.#stop(job, 'deadline');
    }
    if (performance.now() - this.#measuredAt < MEASURE_MS) {
      return null;
    }
    this.#measuredAt = performance.now();
    this.#memory = memoryBytes(groupMembers(job.leader));
    if (this.#memory > (await this.#files.readPeakMemoryBytes()) + PEAK_STEP_BYTES) {
      await this.#files.writePeakMemoryBytes(this.#memory);
    }
    if (this.#memory > job.spec.limits.memoryMib * 1024 * 1024) {
      return this.#stop(job, 'out-of-memory');
    }
    return (await isOutputTooLarge(this.#files.output, job.spec.limits))
      ? this.#stop(job, 'output-too-large')
      : null;
  }

  /** The reason is recorded before the signal, so that every observer gives the same one. */
  async #stop({ leader }: RunningJob, cause: Stop['cause']): Promise<Stop> {
    const stop = await this.#files.writeStopOnce({ cause, uptimeMs: uptimeMs() });
    if (stop.cause === cause && isGentle(cause)) {
      signalGroup(leader, 'SIGTERM');
    }
    return stop;
  }

  #running({ leader }: RunningJob): JobObservation {
    return {
      phase: 'running',
      startedAtMs: Math.round(Date.now() - ageMs(leader)),
      memoryBytes: this.#memory,
    };
  }
}

function ageMs(leader: ProcessIdentity): number {
  return uptimeMs() - ticksToUptimeMs(leader.startTicks);
}
